"""A person's Ctrl-C, heard by everything that waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from avops.engine.io import Stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Interruption:
    """A person's Ctrl-C: once ends the run with its rollback, twice skips the rollback too."""

    def __init__(self) -> None:
        self.level = 0
        self.heard: list[Callable[[], None]] = []
        """Called at each interruption, before anything is cut short."""
        self._tasks: dict[asyncio.Task[object], bool] = {}

    def interrupt(self) -> None:
        """Cuts short what is in flight: at first all but rollback, then rollback as well."""
        self.level += 1
        for hear in self.heard:
            hear()
        for task, rolling_back in list(self._tasks.items()):
            if not rolling_back or self.level > 1:
                task.cancel()

    def stops(self, phase: str) -> bool:
        """True when nothing of this phase may be begun any more."""
        return self.level > (1 if phase == "rollback" else 0)

    async def guard(self, phase: str, work: Awaitable[object]) -> object:
        """What the work gives; Stopped when an interruption cut it short."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[task] = phase == "rollback"
        level = self.level
        try:
            return await work
        except asyncio.CancelledError:
            if self.level == level:
                raise
            task.uncancel()
            raise Stopped("interrupted by a person") from None
        finally:
            self._tasks.pop(task, None)
