"""`ask`: one more value from a person, when the run gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.drive import StepOutcome
from avops.engine.steps.people import ask_person
from avops.model.run import DecisionKind, StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """The value the person gave."""
    answer = await ask_person(frame, DecisionKind.ASK)
    return StepOutcome(StepStatus.OK, answer.answer)
