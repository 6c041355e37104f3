"""Taking Act back, newest first, and then telling whoever the recipe names.

Taken back is each Act step that finished, and each of which nobody knows whether it did, if its undo is idempotent.
Only `rollback_minutes` bounds it, anew in each life of the run. What could not be taken back is said, with the reason.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from avops.engine import calls
from avops.engine.drive import Frame
from avops.engine.host_source import check_hosts
from avops.engine.io import Bounds, StepError, Stopped
from avops.expression import ExpressionError
from avops.model.duration import duration_s
from avops.model.run import StepStatus

if TYPE_CHECKING:
    from datetime import datetime

    from avops.engine.drive import Done, Driver
    from avops.engine.program import CompiledStep

_NOT = "was not taken back"


async def roll_back(driver: Driver) -> list[str]:
    """What could not be taken back, a sentence each."""
    errors: list[str] = []
    stopped = False
    deadline = driver.io.now() + timedelta(minutes=driver.recipe.doc.guardrails.rollback_minutes)
    order = sorted(enumerate(driver.ledger.done), key=lambda entry: (entry[1].epoch, entry[1].finished_at, entry[0]), reverse=True)
    for _, done in order:
        reason = _not_possible(done)
        if reason is None:
            try:
                reason = f"{_NOT}: rollback was skipped" if stopped else await _take_back(driver, done, deadline)
            except Stopped as stop:
                stopped, reason = True, f"{_NOT}: {stop}"
        if reason is not None:
            errors.append(f"{done.key} '{done.step.title}' {reason}")
    for index, action in enumerate(driver.recipe.rollback_actions):
        frame = Frame(driver, action, driver.scope, f"{driver.prefix}rollback.{index}")
        try:
            problem = "rollback was skipped" if stopped else await _act(frame, deadline)
        except Stopped as stop:
            stopped, problem = True, str(stop)
        if problem:
            errors.append(f"{frame.key} '{action.title}': {problem}")
    return errors


def _not_possible(done: Done) -> str | None:
    if done.undo is None:
        return f"cannot be taken back{f': {done.step.doc.why}' if done.step.doc.why else ''}"
    if done.unknown and not done.undo.spec.is_idempotent:
        return "may or may not have happened, and its undo is not idempotent: look, and decide"
    return None


async def _take_back(driver: Driver, done: Done, deadline: datetime) -> str | None:
    assert done.undo is not None
    if done.arguments is None:
        return f"{_NOT}: the arguments of its undo could not be known"
    frame = Frame(done.driver, done.step, done.driver.scope, f"{done.key}/undo")
    rendered = calls.Rendered(call=done.undo, arguments=done.arguments, simulated_arguments=False)
    try:
        trouble = await _call(frame, rendered, deadline, kind="undo", retries=driver.recipe.doc.guardrails.retries)
    except Stopped:
        await driver.io.mark_undo(done.key, "failed")
        raise
    await driver.io.mark_undo(done.key, "failed" if trouble else "ok")
    if trouble is None:
        return None
    return f"{'may or may not have been taken back' if trouble.is_unknown else _NOT}: {trouble.reason}"


async def _act(frame: Frame, deadline: datetime) -> str | None:
    """One of the rollback actions, for each entry of its `for_each`; the reasons why it was not done."""
    step: CompiledStep = frame.step
    try:
        if step.for_each is None:
            return await _act_once(frame, deadline)
        items = step.for_each.render(frame.scope.values)
        if not isinstance(items, list):
            return f"for_each needs a list, got {type(items).__name__}"
        tainted = frame.scope.is_simulated(step.for_each.names)
        reasons = []
        for index, item in enumerate(items):
            inner = Frame(frame.driver, step, frame.scope.with_item(item, simulated=tainted), f"{frame.key}[{index}]", conditioned=tainted)
            reasons.append(await _act_once(inner, deadline))
        return "; ".join(reason for reason in reasons if reason) or None
    except ExpressionError as error:
        return error.message


async def _act_once(frame: Frame, deadline: datetime) -> str | None:
    step = frame.step
    assert step.call is not None
    if step.when is not None:
        if not step.when.test(frame.scope.values):
            return None
        if frame.scope.is_simulated(step.when.names):
            frame = Frame(frame.driver, step, frame.scope, frame.key, conditioned=True)
    rendered = calls.render(frame, step.call)
    must_ask, role = calls.required_role(frame, step.call)
    if must_ask:
        return f"it needs the approval of {f'role {role}' if role else 'a person'}, and rollback waits for nobody"
    try:
        check_hosts(frame, step.call, rendered.arguments)
        calls.check_simulation(frame, rendered)
    except StepError as error:
        return str(error)
    trouble = await _call(frame, rendered, deadline, kind=step.kind, retries=frame.driver.recipe.doc.guardrails.retries)
    return None if trouble is None else f"may or may not have been done: {trouble.reason}" if trouble.is_unknown else trouble.reason


class _Trouble(NamedTuple):
    """Why a call of rollback did not go well, and whether it may have happened all the same."""

    reason: str
    is_unknown: bool = False


async def _call(frame: Frame, rendered: calls.Rendered, deadline: datetime, *, kind: str, retries: int) -> _Trouble | None:
    """One call of rollback, with its attempts; None when it went well. Stopped after a second interruption."""
    from avops.engine.steps.tool import keep_artifact

    driver, call = frame.driver, rendered.call
    timeout_s = duration_s(call.spec.timeout or call.manifest.timeout)
    attempts = 1 + (retries if call.spec.is_idempotent else 0)
    trouble: _Trouble | None = None
    for attempt in range(1, attempts + 1):
        if attempt > 1 and not driver.io.recalls(frame.key, attempt):
            await driver.io.pause(calls.backoff_s(attempt), jitter=True)
        left_s = (deadline - driver.io.now()).total_seconds()
        if left_s <= 0:
            return trouble or _Trouble("the time for rollback is over")
        try:
            calls.check_call(frame, rendered, undoing=True)
            intent = driver.intent(
                frame.step,
                frame.key,
                attempt=attempt,
                phase="rollback",
                kind=kind,
                tool=call.tool,
                action=call.action,
                effect=call.effect.value,
                arguments=dict(rendered.arguments),
                simulated=driver.program.is_simulated(call.manifest),
                idempotent=call.spec.is_idempotent,
            )
            result = await driver.io.step(intent, Bounds(timeout_s=min(timeout_s, left_s)))
        except StepError as error:
            return _Trouble(str(error))
        if result.status is StepStatus.OK:
            await keep_artifact(frame, call, result)
            return None
        driver.check_stopped(result)
        maybe = result.status is StepStatus.UNKNOWN or (trouble is not None and trouble.is_unknown)
        trouble = _Trouble(result.error or "it failed", maybe)
    return trouble
