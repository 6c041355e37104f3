"""`notify`: a message through the tool that the first key names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.steps.tool import perform as perform_call

if TYPE_CHECKING:
    from avops.engine.drive import Frame, StepOutcome


async def perform(frame: Frame) -> StepOutcome:
    """Calls the tool's notifying action; it goes the way of any call."""
    return await perform_call(frame)
