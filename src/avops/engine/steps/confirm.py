"""`confirm`: a check in words, judged by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine import calls
from avops.engine.drive import StepOutcome
from avops.engine.io import StepError
from avops.engine.steps.check import counts
from avops.engine.steps.people import ask_person
from avops.model.run import DecisionKind, StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """True when a person, shown the reading, says that it is so; in Verify that counts towards success."""
    simulated = await confirm(frame)
    if counts(frame, True):
        frame.driver.ledger.passed_checks += 1
    return StepOutcome(StepStatus.OK, True, simulated)


async def confirm(frame: Frame) -> bool:
    """Whether what the person judged was simulated; StepError when they say that it is not so."""
    step, driver = frame.step, frame.driver
    more: dict[str, object] = {}
    simulated = False
    if step.call is not None:
        result, simulated = await calls.read(frame, step.call, key=f"{frame.key}/reading", fresh=False)
        if result.status is not StepStatus.OK:
            raise StepError(f"the reading failed: {result.error}")
        more["reading"] = result.value
    await ask_person(frame, DecisionKind.CONFIRM, more=more)
    if simulated:
        driver.ledger.conditions_simulated = True
    return simulated
