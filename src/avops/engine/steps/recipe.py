"""`recipe`: another recipe, with inputs; its outputs come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.drive import Driver, StepOutcome
from avops.engine.inputs import complete
from avops.engine.io import StepError
from avops.engine.scope import Scope
from avops.model.run import StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """Drives the called recipe within this step; what it did in Act is taken back with the rest of the run."""
    step, parent = frame.step, frame.driver
    assert step.child is not None
    given = {name: value.render(frame.scope.values) for name, value in step.values.items()}  # type: ignore[union-attr]  # the inputs of a recipe step are templates
    simulated = any(frame.scope.is_simulated(value.names) for value in step.values.values())
    inputs, problems = complete(step.child.doc.inputs, given)
    if problems:
        raise StepError("; ".join(problem.message for problem in problems))
    scope = Scope.of(parent.program)
    scope.values["inputs"] = inputs
    if simulated:
        scope.simulated.add("inputs")
    child = Driver(parent.program, parent.io, recipe=step.child, scope=scope, prefix=f"{frame.key}/", outer=frame)
    await child.phases()
    parent.errors.extend(child.errors)
    if child.has_failure:
        raise StepError(f"the recipe '{step.child.doc.name}' failed")
    outputs = {name: expression.evaluate(scope.values) for name, expression in step.child.outputs.items()}
    said = any(scope.is_simulated(expression.names) for expression in step.child.outputs.values())
    await parent.keep(frame, StepStatus.OK, value=outputs)
    fresh = any(scope.is_verified(expression.names) for expression in step.child.outputs.values())
    return StepOutcome(StepStatus.OK, outputs, simulated or said, fresh)
