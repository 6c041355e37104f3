"""`artifact`: records what exists already (a ticket, a URL), or makes a file of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.drive import StepOutcome
from avops.engine.io import Bounds, StepError
from avops.model.run import StepStatus

if TYPE_CHECKING:
    from avops.engine.drive import Frame

TIMEOUT_S = 30.0


async def perform(frame: Frame) -> StepOutcome:
    """The artifact's kind, title, id, URL and path."""
    driver, scope = frame.driver, frame.scope
    spec = {name: value.render(scope.values) for name, value in frame.step.values.items()}  # type: ignore[union-attr]  # an artifact's parts are templates
    simulated = any(scope.is_simulated(value.names) for value in frame.step.values.values())
    intent = driver.intent(frame.step, frame.key, arguments=spec, idempotent=True, effect="record")
    result = await driver.io.step(intent, Bounds(timeout_s=min(TIMEOUT_S, driver.remaining_s(frame.key))))
    driver.check_stopped(result)
    if result.status is not StepStatus.OK:
        raise StepError(result.error or "it failed", kept=True)
    return StepOutcome(StepStatus.OK, result.value, simulated)
