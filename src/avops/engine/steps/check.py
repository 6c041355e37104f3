"""`check`: an expression that must be true, at once or within a time, for a moment or for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import StepOutcome
from avops.engine.holds import describe, sources
from avops.engine.io import StepError
from avops.expression import Expression, ExpressionError
from avops.expression.nodes import Logic, Not
from avops.model.duration import duration_s
from avops.model.effect import Phase
from avops.model.run import StepStatus
from avops.model.step import CheckStep, WaitStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.engine.drive import Frame
    from avops.expression.nodes import Node

DEFAULT_WAIT_S = 600.0
"""How long a `wait` with `until` and without `within` waits."""
LAST_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one look gave: whether it is true, why not, whether a simulated tool said so, and whether anything was read."""

    passed: bool
    reason: str = ""
    simulated: bool = False
    fresh: bool = False


async def perform(frame: Frame) -> StepOutcome:
    """Judges the check; in Verify, one that looked at something read there counts towards success."""
    driver, step = frame.driver, frame.step
    if getattr(step.doc, "hold", False):
        await driver.io.hold_room()
    judgement = await poll(frame)
    if judgement.simulated:
        driver.ledger.conditions_simulated = True
    if not judgement.passed:
        raise StepError(judgement.reason)
    await driver.keep(frame, StepStatus.OK, value=True)
    fresh = judgement.fresh or frame.scope.is_verified(step.expression.names if step.expression else ())
    if counts(frame, fresh) and _hangs_on_verify(frame, judgement):
        driver.ledger.passed_checks += 1
    return StepOutcome(StepStatus.OK, True, judgement.simulated)


def counts(frame: Frame, fresh: bool) -> bool:
    """True when a passed check of this step shows that the run worked: it looked at something taken after Act."""
    return fresh and frame.step.phase is Phase.VERIFY and frame.driver.within in (None, Phase.VERIFY)


def _hangs_on_verify(frame: Frame, judgement: Judgement) -> bool:
    """True when the check would not have passed on what was known before Verify: `host != '' or reading…` might.

    A check without a reading whose sources were read again is judged on those; they are old names with new values.
    """
    step = frame.step
    assert step.expression is not None
    if step.call is None and judgement.fresh:
        return True
    return _foregone(step.expression.root, frame.scope.without_verified()) is not True


def _foregone(node: Node, scope: Mapping[str, object]) -> bool | None:
    """What a condition is whatever Verify reads; None where that hangs on it. The order of `or` and `and` plays no part."""
    if isinstance(node, Not):
        inner = _foregone(node.operand, scope)
        return None if inner is None else not inner
    if isinstance(node, Logic):
        parts = {_foregone(operand, scope) for operand in node.operands}
        decisive = node.operator == "or"
        return decisive if decisive in parts else None if None in parts else not decisive
    try:
        return Expression("", node, ()).test(scope)
    except ExpressionError:
        return None


async def poll(frame: Frame) -> Judgement:
    """Looks until it is true (and stays so for `for`), at most `within`; the last look's judgement.

    One that passed in an earlier life of the run is not looked at again.
    """
    doc, step = frame.step.doc, frame.step
    assert isinstance(doc, CheckStep | WaitStep)
    row = frame.driver.io.recall(frame.key)
    if row is not None and row.status is StepStatus.OK:
        return Judgement(True, simulated=_is_simulated(frame), fresh=step.call is not None or _read_sources(frame))
    if doc.for_ is None and doc.within is None and isinstance(doc, CheckStep):
        return await look(frame, 1)
    within_s = duration_s(doc.within or "0s") if doc.within or doc.for_ else DEFAULT_WAIT_S
    return await _Poll(frame=frame, within_s=within_s, every_s=duration_s(doc.every), for_s=duration_s(doc.for_ or "0s")).run()


def _is_simulated(frame: Frame) -> bool:
    """Whether a look at this step's expression and reading is a look at what a simulated tool says."""
    step, scope = frame.step, frame.scope
    if step.expression is not None and scope.is_simulated(step.expression.names):
        return True
    return step.call is not None and (
        frame.driver.program.is_simulated(step.call.manifest) or scope.is_simulated(step.call.arguments.names)
    )


def _read_sources(frame: Frame) -> bool:
    assert frame.step.expression is not None
    named = sources(frame.driver, frame.step.expression.names)
    return any(frame.driver.io.began_at(f"{frame.key}/{source.doc.id}") is not None for source in named)


@dataclass(slots=True, kw_only=True)
class _Poll:
    """Looking again and again: it must become true before the deadline, and then stay so for a while.

    The deadline is kept, so that a continued run has no more time than was left. Whether it stayed true while nobody
    looked is not known, so that a continued run begins that anew.
    """

    frame: Frame
    within_s: float
    every_s: float
    for_s: float

    async def run(self) -> Judgement:
        io, step = self.frame.driver.io, self.frame.step
        deadline = io.now() + timedelta(seconds=self.within_s or self.for_s)
        deadline = await io.begin(self.frame.driver.intent(step, self.frame.key, deadline_at=deadline))
        true_since = None
        attempt = 1
        while True:
            # A look that begins at the deadline still gets a moment.
            within_s = max(LAST_LOOK_S, (deadline - io.now()).total_seconds()) if self.within_s else self.for_s
            judgement = await look(self.frame, attempt, within_s=within_s)
            seen_at = io.now()
            if judgement.passed:
                true_since = true_since or seen_at
                left_s = self.for_s - (seen_at - true_since).total_seconds()
                if left_s <= 0:
                    return judgement
            elif seen_at >= deadline or not self.within_s:
                return self._failed(judgement, stayed=true_since is not None)
            else:
                true_since = None
                left_s = (deadline - seen_at).total_seconds()
            self.frame.driver.remaining_s(self.frame.key)
            await io.pause(max(0.001, min(self.every_s, left_s)))
            attempt += 1

    def _failed(self, judgement: Judgement, *, stayed: bool) -> Judgement:
        what = f"it did not stay true for {self.for_s:g} s" if stayed else f"not true within {self.within_s:g} s"
        reason = judgement.reason if not self.within_s and not stayed else f"{what}: {judgement.reason}"
        return replace(judgement, reason=reason)


async def look(frame: Frame, attempt: int, *, within_s: float = float("inf")) -> Judgement:
    """One look: reads what is to be read, and judges it. A failed reading is "not yet", with its error."""
    step, scope = frame.step, frame.scope
    assert step.expression is not None
    values = dict(scope.values)
    simulated = scope.is_simulated(step.expression.names)
    fresh = False
    named = sources(frame.driver, step.expression.names) if step.call is None and attempt > 1 else ()
    calls_of_look = [("reading", step.call), *((source.doc.id or "", source.call) for source in named)]
    for name, call in calls_of_look:
        if call is None:
            continue
        result, again = await calls.read(frame, call, key=f"{frame.key}/{name}", attempt=attempt, within_s=within_s)
        simulated, fresh = simulated or again, True
        if result.status is not StepStatus.OK:
            return Judgement(False, f"the reading failed: {result.error}", simulated, fresh)
        values[name] = result.value
    try:
        passed = step.expression.test(values)
    except ExpressionError as error:
        return Judgement(False, error.message, simulated, fresh)
    return Judgement(passed, "" if passed else describe(step, values), simulated, fresh)
