"""`wait`: for a duration, or until something is true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine.drive import StepOutcome
from avops.engine.io import StepError
from avops.engine.steps.check import poll
from avops.model.duration import duration_s
from avops.model.run import StepStatus
from avops.model.step import WaitStep

if TYPE_CHECKING:
    from avops.engine.drive import Frame


async def perform(frame: Frame) -> StepOutcome:
    """Waits; a wait with `until` that runs out of time fails. Held checks are read again afterwards."""
    doc, driver = frame.step.doc, frame.driver
    assert isinstance(doc, WaitStep)
    driver.ledger.held.clear()
    if not isinstance(doc.wait, str):
        judgement = await poll(frame)
        if not judgement.passed:
            raise StepError(judgement.reason)
        if judgement.simulated:
            driver.ledger.conditions_simulated = True
        await driver.keep(frame, StepStatus.OK, value=True)
        return StepOutcome(StepStatus.OK, True, judgement.simulated)
    until = driver.io.now() + timedelta(seconds=duration_s(doc.wait))
    begun_at = driver.io.began_at(frame.key)
    if begun_at is None and duration_s(doc.wait) > driver.remaining_s(frame.key):
        raise StepError(f"a wait of {doc.wait} does not fit into what is left of the run's time")
    result = await driver.io.sleep(driver.intent(frame.step, frame.key, deadline_at=until), until)
    driver.check_stopped(result)
    return StepOutcome(StepStatus.OK, None)
