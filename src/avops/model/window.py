"""When writes are allowed: `Mon-Fri 06:00-22:00`, in the room's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from avops.errors import AvopsError

if TYPE_CHECKING:
    from datetime import datetime

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "|".join(DAYS)
_PART = re.compile(rf"^(?:(?P<days>(?:{_DAY})(?:[-,](?:{_DAY}))*) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)$")


@dataclass(frozen=True, slots=True)
class Span:
    """Some weekdays (0 is Monday), from a time to another; past midnight where the end is not after the start."""

    days: frozenset[int]
    start: time
    end: time

    def holds(self, local: datetime) -> bool:
        """True when the local time lies inside."""
        at, today = local.time(), local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= at < self.end
        return (today in self.days and at >= self.start) or ((today - 1) % 7 in self.days and at < self.end)


def parse_window(text: str) -> tuple[Span, ...]:
    """The spans of a window such as `Mon-Fri 06:00-22:00; Sat 08:00-12:00`; AvopsError for any other text."""
    return tuple(_span(part.strip(), text) for part in text.split(";"))


def _span(part: str, text: str) -> Span:
    found = _PART.match(part)
    try:
        if not found:
            raise ValueError
        start, end = (time(int(at[:2]), int(at[3:])) for at in (found["start"], found["end"]))
    except ValueError:
        raise AvopsError(f"'{text}' is no window", hint="write it like 'Mon-Fri 06:00-22:00'") from None
    days: set[int] = set()
    for item in (found["days"] or "Mon-Sun").split(","):
        first, _, last = item.partition("-")
        low, high = DAYS.index(first), DAYS.index(last or first)
        days.update(range(low, high + 1) if low <= high else [*range(low, 7), *range(high + 1)])
    return Span(frozenset(days), start, end)


def is_open(text: str, at: datetime, timezone: str) -> bool:
    """True when the window is open at an instant, on the clocks of the time zone."""
    from zoneinfo import ZoneInfo

    local = at.astimezone(ZoneInfo(timezone))
    return any(span.holds(local) for span in parse_window(text))
