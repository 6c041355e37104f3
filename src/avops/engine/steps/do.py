"""`do`: a plain-language instruction for the agent's model. Without a model, a person does it and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.calls import before_write
from avops.engine.drive import StepOutcome
from avops.engine.io import StepError
from avops.engine.steps.people import ask_person
from avops.expression import ExpressionError
from avops.model.effect import Phase
from avops.model.run import DecisionKind, StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """What came of it: the model's or the person's answer, fitting `expect` where the step says so."""
    if frame.driver.io.has_model(frame.key):
        return await _by_model(frame)
    frame.driver.recall_failure(frame)
    if frame.step.phase is Phase.ACT and not frame.driver.io.is_answered(frame.key):
        await before_write(frame)
    answer = await ask_person(frame, DecisionKind.DO)
    return StepOutcome(StepStatus.OK, answer.answer, fresh=True)


async def _by_model(frame: Frame) -> StepOutcome:
    from avops.engine.agent_loop import AgentLoop

    loop = AgentLoop(frame)
    try:
        return await loop.run()
    except (StepError, ExpressionError):
        if loop.simulated:
            # What follows from this failure follows from what a simulated tool said.
            frame.driver.ledger.conditions_simulated = True
        raise
