"""Time that passes only when somebody waits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from heapq import heappush
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class SteppedClock:
    """`ports.Clock` on which a wait takes no time: the clock is put forward to its end. Of several, the shortest ends first."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._waiting: list[tuple[datetime, int]] = []
        self._number = count()

    def now(self) -> datetime:
        """The instant that all waits so far have led to."""
        return self._at

    async def sleep(self, seconds: float) -> None:
        """Returns at once, so many seconds later."""
        until = self._at + timedelta(seconds=max(0.0, seconds))
        mine = (until, next(self._number))
        heappush(self._waiting, mine)
        try:
            await asyncio.sleep(0)
            while min(self._waiting) != mine:  # noqa: ASYNC110  # the shorter waits end in this very turn of the loop
                await asyncio.sleep(0)
        finally:
            self._waiting.remove(mine)
        self._at = max(self._at, until)
