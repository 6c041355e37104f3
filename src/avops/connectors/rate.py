"""How often a tool may be called: the `rate_limit` of its manifest, shared by all runs of a process."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from avops.ports import Clock

_PERIOD_S = {"s": 1, "min": 60, "h": 3600}


class RateLimit:
    """Never more than `count` calls in any window of the period; calls beyond that wait, in the order they came.

    A window that slides keeps a vendor's limit exactly; a bucket that refills would let twice as many through at first.
    """

    def __init__(self, text: str, clock: Clock) -> None:
        count, _, unit = text.partition("/")
        self._period = timedelta(seconds=_PERIOD_S[unit])
        self._slots: deque[datetime] = deque(maxlen=int(count))
        self._clock = clock

    async def take(self) -> None:
        """Returns when one more call is allowed. A caller that is cancelled while it waits has used its place."""
        now = self._clock.now()
        slot = now
        if len(self._slots) == self._slots.maxlen:
            slot = max(now, self._slots[0] + self._period)
        self._slots.append(slot)
        if slot > now:
            await self._clock.sleep((slot - now).total_seconds())
