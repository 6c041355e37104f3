"""`approve`: waits for a person in the named role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.drive import StepOutcome
from avops.engine.steps.people import ask_person
from avops.model.run import DecisionKind, StepStatus
from avops.model.step import ApproveStep

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """Who approved, and what they noted."""
    doc = frame.step.doc
    assert isinstance(doc, ApproveStep)
    answer = await ask_person(frame, DecisionKind.APPROVE, role=doc.approve)
    return StepOutcome(StepStatus.OK, {"by": answer.by, "note": answer.note})
