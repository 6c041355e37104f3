"""`do`: a plain-language instruction. Without a model, a person does it and says so."""

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
    """What came of it: the person's answer, fitting `expect` where the step says so."""
    if frame.step.phase is Phase.ACT and not frame.driver.io.is_answered(frame.key):
        await before_write(frame)
    answer = await ask_person(frame, DecisionKind.DO)
    return StepOutcome(StepStatus.OK, answer.answer)
