"""`check`: an expression that must be true, at once or within a time, for a moment or for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import StepOutcome
from avops.engine.holds import describe, sources
from avops.engine.io import StepError
from avops.expression import ExpressionError
from avops.model.duration import duration_s
from avops.model.effect import Phase
from avops.model.run import StepStatus
from avops.model.step import CheckStep, WaitStep

if TYPE_CHECKING:
    from avops.engine.drive import Frame


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one look gave: whether it is true, why not, and whether a simulated tool said so."""

    passed: bool
    reason: str = ""
    simulated: bool = False


async def perform(frame: Frame) -> StepOutcome:
    """Judges the check; in Verify, one that looked at something read there counts towards success."""
    driver, step = frame.driver, frame.step
    if getattr(step.doc, "hold", False):
        await driver.io.hold_room()
    judgement = await poll(frame)
    if not judgement.passed:
        raise StepError(judgement.reason)
    await driver.keep(frame, StepStatus.OK, value=True)
    if judgement.simulated:
        driver.ledger.conditions_simulated = True
    if counts(frame, step.call is not None or frame.scope.is_verified(step.expression.names if step.expression else ())):
        driver.ledger.passed_checks += 1
    return StepOutcome(StepStatus.OK, True, judgement.simulated)


def counts(frame: Frame, fresh: bool) -> bool:
    """True when a passed check of this step shows that the run worked: it looked at something taken after Act."""
    return fresh and frame.step.phase is Phase.VERIFY and frame.driver.within in (None, Phase.VERIFY)


async def poll(frame: Frame) -> Judgement:
    """Looks until it is true (and stays so for `for`), at most `within`; the last look's judgement."""
    doc = frame.step.doc
    assert isinstance(doc, CheckStep | WaitStep)
    if doc.for_ is not None or doc.within is not None:
        return await _poll_until(frame, duration_s(doc.within or doc.for_ or "0s"), duration_s(doc.every), duration_s(doc.for_ or "0s"))
    return await look(frame, 1)


async def _poll_until(frame: Frame, within_s: float, every_s: float, for_s: float) -> Judgement:
    io = frame.driver.io
    began_at = None
    true_since = None
    attempt = 1
    while True:
        asked_at = io.now()
        judgement = await look(frame, attempt)
        seen_at = io.now()
        began_at = began_at or asked_at
        deadline = began_at + timedelta(seconds=max(within_s, for_s))
        if judgement.passed:
            true_since = true_since or seen_at
            if (seen_at - true_since).total_seconds() >= for_s:
                return judgement
        else:
            true_since = None
        if seen_at >= deadline:
            stayed = f"it did not stay true for {for_s:g} s" if judgement.passed else judgement.reason
            return Judgement(False, f"not true within {max(within_s, for_s):g} s: {stayed}", judgement.simulated)
        frame.driver.remaining_s(frame.step.phase.value)
        left = (deadline - seen_at).total_seconds()
        if judgement.passed and true_since is not None:
            left = min(left, for_s - (seen_at - true_since).total_seconds())
        await io.pause(max(0.001, min(every_s, left)))
        attempt += 1


async def look(frame: Frame, attempt: int) -> Judgement:
    """One look: reads what is to be read, and judges it. A failed reading is "not yet", with its error."""
    step, scope = frame.step, frame.scope
    assert step.expression is not None
    values = dict(scope.values)
    simulated = scope.is_simulated(step.expression.names)
    if step.call is not None:
        result, reading_simulated = await calls.read(frame, step.call, key=f"{frame.key}/reading", attempt=attempt)
        simulated = simulated or reading_simulated
        if result.status is not StepStatus.OK:
            return Judgement(False, f"the reading failed: {result.error}", simulated)
        values["reading"] = result.value
    elif attempt > 1:
        for source in sources(frame.driver, step.expression.names):
            assert source.call is not None
            result, again = await calls.read(frame, source.call, key=f"{frame.key}/{source.doc.id}", attempt=attempt)
            simulated = simulated or again
            if result.status is not StepStatus.OK:
                return Judgement(False, f"the reading failed: {result.error}", simulated)
            values[source.doc.id or ""] = result.value
    try:
        passed = step.expression.test(values)
    except ExpressionError as error:
        return Judgement(False, error.message, simulated)
    return Judgement(passed, "" if passed else describe(step, values), simulated)
