"""Taking Act back, newest first, and then telling whoever the recipe names.

Taken back is each Act step that finished, and each of which nobody knows whether it did, if its undo is idempotent.
Only `rollback_minutes` bounds it. What could not be taken back is said, with the reason.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import Frame
from avops.engine.io import Bounds, StepError, Stopped
from avops.expression import ExpressionError
from avops.model.duration import duration_s
from avops.model.run import StepStatus

if TYPE_CHECKING:
    from datetime import datetime

    from avops.engine.drive import Done, Driver


async def roll_back(driver: Driver, *, skip: bool = False) -> list[str]:
    """What could not be taken back, a sentence each."""
    errors: list[str] = []
    deadline = driver.io.now() + timedelta(minutes=driver.recipe.doc.guardrails.rollback_minutes)
    for done in sorted(driver.ledger.done, key=lambda done: done.finished_at, reverse=True):
        about = f"{done.key} '{done.step.title}'"
        if skip:
            errors.append(f"{about} was not taken back: rollback was skipped")
        elif done.undo is None:
            why = f": {done.step.doc.why}" if done.step.doc.why else ""
            errors.append(f"{about} cannot be taken back{why}")
        elif done.unknown and not done.undo.spec.is_idempotent:
            errors.append(f"{about} may or may not have happened, and its undo is not idempotent: look, and decide")
        elif error := await _take_back(driver, done, deadline):
            errors.append(f"{about} was not taken back: {error}")
    if not skip:
        errors.extend(await _actions(driver, deadline))
    return errors


async def _take_back(driver: Driver, done: Done, deadline: datetime) -> str | None:
    assert done.undo is not None
    if done.arguments is None:
        return "the arguments of its undo could not be known"
    frame = Frame(done.driver, done.step, done.driver.scope, f"{done.key}/undo")
    rendered = calls.Rendered(call=done.undo, arguments=done.arguments, simulated_arguments=False)
    error = await _call(frame, rendered, deadline, kind="undo")
    await driver.io.mark_undo(done.key, "failed" if error else "ok")
    return error


async def _actions(driver: Driver, deadline: datetime) -> list[str]:
    errors = []
    for index, step in enumerate(driver.recipe.rollback_actions):
        frame = Frame(driver, step, driver.scope, f"{driver.prefix}rollback.{index}")
        assert step.call is not None
        try:
            rendered = calls.render(frame, step.call)
        except ExpressionError as error:
            errors.append(f"{frame.key} '{step.title}': {error.message}")
            continue
        if problem := await _call(frame, rendered, deadline, kind="tool"):
            errors.append(f"{frame.key} '{step.title}': {problem}")
    return errors


async def _call(frame: Frame, rendered: calls.Rendered, deadline: datetime, *, kind: str) -> str | None:
    """One call of rollback; the reason when it failed."""
    driver, call = frame.driver, rendered.call
    left = (deadline - driver.io.now()).total_seconds()
    if left <= 0:
        return f"the {driver.recipe.doc.guardrails.rollback_minutes:g} minutes of rollback are over"
    try:
        calls.check_call(frame, rendered, undoing=True)
    except StepError as error:
        return str(error)
    simulated = driver.program.is_simulated(call.manifest)
    timeout_s = duration_s(call.spec.timeout or call.manifest.timeout)
    attempts = 1 + (driver.recipe.doc.guardrails.retries if call.spec.is_idempotent else 0)
    for attempt in range(1, attempts + 1):
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
            simulated=simulated,
            idempotent=call.spec.is_idempotent,
        )
        result = await driver.io.step(intent, Bounds(timeout_s=min(timeout_s, left)))
        if result.status is StepStatus.OK:
            return None
        if result.status is StepStatus.CANCELLED:
            raise Stopped("interrupted by a person", abandoned=True)
    return result.error or "it failed"
