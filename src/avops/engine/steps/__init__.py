"""The step keys, one module each: `async def perform(frame) -> StepOutcome`.

A module does one step, keeps its row, and raises StepError when the step failed. It never catches what it does not
understand: the engine's step boundary is `avops.engine.outside`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from avops.model.step import STEP_KEYS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from avops.engine.drive import Frame, StepOutcome

_PERFORMERS: dict[str, Callable[[Frame], Awaitable[StepOutcome]]] = {}


async def perform(frame: Frame) -> StepOutcome:
    """Does one step of any kind."""
    kind = frame.step.kind
    performer = _PERFORMERS.get(kind)
    if performer is None:
        assert kind in STEP_KEYS
        performer = _PERFORMERS[kind] = import_module(f"avops.engine.steps.{kind}").perform
    return await performer(frame)
