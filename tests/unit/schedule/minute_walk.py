"""An independent reading of the schedule's rules: look at every minute of real time, one after another.

It knows nothing of the code under test. A line is given as sets of numbers, not as text. Rules:

* with `*` or `/` in minute or hour: a real minute fires when the clock shows a minute that the line names;
* otherwise: a real minute fires when the clock shows such a minute for the first time, and the first minute after a
  skip fires when the skip swallowed at least one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Names:
    """What a cron line names. `day` judges a date."""

    minutes: frozenset[int]
    hours: frozenset[int]
    day: Callable[[date], bool]
    follows_clock: bool

    def shown(self, wall: datetime) -> bool:
        return wall.minute in self.minutes and wall.hour in self.hours and self.day(wall.date())


def walk(names: Names, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The fires in (start, end]; `start` and `end` are whole minutes."""
    fires = []
    previous = start.astimezone(zone).replace(tzinfo=None)
    at = start
    while at < end:
        at += MINUTE
        local = at.astimezone(zone)
        wall = local.replace(tzinfo=None)
        if names.follows_clock:
            fire = names.shown(wall)
        else:
            fire = names.shown(wall) and local.fold == 0
            swallowed = previous + MINUTE
            while swallowed < wall:
                fire = fire or names.shown(swallowed)
                swallowed += MINUTE
        if fire:
            fires.append(at)
        previous = wall
    return fires


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The whole hours of a year after which the offset is another."""
    found, at = [], datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        if at.astimezone(zone).utcoffset() != (at + timedelta(hours=1)).astimezone(zone).utcoffset():
            found.append(at)
        at += timedelta(hours=1)
    return found
