"""`set`: values computed from others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.drive import StepOutcome
from avops.expression import Expression
from avops.model.run import StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """Computes the values in their order; a later one does not see an earlier one."""
    scope = frame.scope
    values: dict[str, object] = {}
    simulated = False
    for name, value in frame.step.values.items():
        values[name] = value.evaluate(scope.values) if isinstance(value, Expression) else value.render(scope.values)
        simulated = simulated or scope.is_simulated(value.names)
    await frame.driver.keep(frame, StepStatus.OK, value=values)
    return StepOutcome(StepStatus.OK, values, simulated)
