"""Held checks: what was true in Plan is read again before the first write, and after every wait.

Reading again means calling again what the check looked at: its own `reading`, or the read steps whose results it
names. The fresh values are judged and kept in the record; the names that later steps see stay as they were.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avops.engine.io import StepError
from avops.engine.scope import root
from avops.model.effect import Effect
from avops.model.run import StepResult, StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Driver, Frame
    from avops.engine.program import CompiledCall, CompiledStep
    from avops.expression import NameUse


def held_checks(driver: Driver) -> list[CompiledStep]:
    """The held checks of the recipe that is being driven, in order."""
    return [step for step in driver.recipe.steps() if getattr(step.doc, "hold", False)]


async def read_holds(driver: Driver, frame: Frame) -> None:
    """Reads every held check of a recipe again, before the write of `frame`; StepError when one is not true any more."""
    for held in held_checks(driver):
        again = replace(frame, driver=driver, step=held, scope=driver.scope, key=f"{driver.prefix}{held.key}/hold@{frame.key}")
        if held.when is not None and not held.when.test(driver.scope.values):
            if driver.scope.is_simulated(held.when.names):
                driver.ledger.conditions_simulated = True
            continue
        await (_read_hold(again) if held.kind == "check" else _confirm_hold(again))


async def _read_hold(again: Frame) -> None:
    driver, held, key = again.driver, again.step, again.key
    assert held.expression is not None
    values = dict(driver.scope.values)
    if held.call is not None:
        values["reading"] = await _read_again(again, held.call, f"{key}/reading")
    for source in sources(driver, held.expression.names):
        assert source.call is not None
        value = await _read_again(replace(again, step=source), source.call, f"{key}/{source.doc.id}")
        values[source.doc.id or ""] = value
        phase_values = values[source.phase.value]
        assert isinstance(phase_values, dict)
        values[source.phase.value] = {**phase_values, source.doc.id: value}
    passed = held.expression.test(values)
    intent = driver.intent(held, key, kind="hold")
    status = StepStatus.OK if passed else StepStatus.FAILED
    error = None if passed else f"it does not hold any more: {describe(held, values)}"
    result = StepResult(key=key, status=status, value=passed, error=error, finished_at=driver.io.now())
    driver.check_stopped(await driver.io.record(intent, result, fresh=True))
    if not passed:
        raise StepError(f"the held check '{held.title}' does not hold any more: {describe(held, values)}")


async def _read_again(again: Frame, call: CompiledCall, key: str) -> object:
    from avops.engine.calls import read

    result, _ = await read(again, call, key=key)
    if result.status is not StepStatus.OK:
        raise StepError(f"the held check '{again.step.title}' could not be read again: {result.error}")
    return result.value


async def _confirm_hold(again: Frame) -> None:
    """A held check in words is asked again; what a person says then is as near to the write as it gets.

    A person who said yes before the process ended said it of another moment, and is asked anew.
    """
    from avops.engine.steps.confirm import confirm

    key, turn = again.key, 1
    while (row := again.driver.io.recall(again.key)) is not None and row.status is StepStatus.OK and row.intent.kind == "confirm":
        turn += 1
        again = replace(again, key=f"{key}.{turn}")
    held = set(again.driver.ledger.held)
    try:
        await confirm(again, again=True)
    except StepError as error:
        raise StepError(f"the held check '{again.step.title}' does not hold any more: {error}") from None
    again.driver.ledger.held.update(held)


def sources(driver: Driver, names: tuple[NameUse, ...]) -> list[CompiledStep]:
    """The read steps whose results these names hold, in order."""
    wanted = {root(name) for name in names}
    return [step for step in driver.recipe.steps() if step.doc.id in wanted and _is_plain_read(step)]


def _is_plain_read(step: CompiledStep) -> bool:
    return step.kind == "tool" and step.for_each is None and step.call is not None and step.call.effect is Effect.READ


def describe(step: CompiledStep, values: dict[str, object]) -> str:
    """The expression, and what its names were: `state.status != 'InMeeting' (state.status is 'InMeeting')`."""
    import json

    assert step.expression is not None
    seen: dict[str, str] = {}
    for name in step.expression.names:
        value: object = values
        for part in name.path:
            value = (
                value.get(part) if isinstance(value, dict) else value[part] if isinstance(value, list) and isinstance(part, int) else None
            )
        shown = json.dumps(value, ensure_ascii=False, default=str)
        seen[".".join(str(part) for part in name.path)] = shown if len(shown) <= 200 else shown[:200] + "…"
    readings = ", ".join(f"{name} is {value}" for name, value in seen.items())
    return f"{step.expression.text} ({readings})" if readings else step.expression.text
