"""`manual`: an instruction for a person, who confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.calls import before_write
from avops.engine.drive import StepOutcome
from avops.engine.steps.people import ask_person
from avops.model.effect import Phase
from avops.model.run import DecisionKind, StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """Done when a person says so. In Act it counts as a write: held checks are read again before it is asked for."""
    if frame.step.phase is Phase.ACT and not frame.driver.io.is_answered(frame.key):
        await before_write(frame)
    answer = await ask_person(frame, DecisionKind.MANUAL)
    return StepOutcome(StepStatus.OK, {"done": True, "by": answer.by, "note": answer.note})
