"""Clock changes of a time zone, as instants with the offset before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from avops.errors import FindingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_PROBE = timedelta(hours=12)
_SECOND = timedelta(seconds=1)
_LONGEST_JUMP = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The instant from which the offset is `after`; until then it was `before`."""

    at: datetime
    before: timedelta
    after: timedelta


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one offset: the instants of [start, end).

    `change` is the clock change at `end`; None when a stretch ends for no other reason than the year's end.
    """

    start: datetime
    end: datetime
    offset: timedelta
    change: ClockChange | None


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name; FindingsError when this machine knows none."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise FindingsError(f"no time zone is named '{name}'", hint="use an IANA name such as 'Europe/Berlin' or 'UTC'") from None


def offset_at(zone: ZoneInfo, instant: datetime) -> timedelta:
    """Local time minus UTC at an instant."""
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


@lru_cache(maxsize=2048)
def clock_changes(name: str, year: int) -> tuple[ClockChange, ...]:
    """The zone's clock changes within a UTC year, ascending.

    Found by looking at the offset twice a day: two changes that cancel each other within 12 hours would be overlooked;
    the tz database has had none since 1970.
    """
    zone = find_zone(name)
    found = []
    probe, end = datetime(year, 1, 1, tzinfo=UTC) - _SECOND, datetime(year + 1, 1, 1, tzinfo=UTC) - _SECOND
    offset = offset_at(zone, probe)
    while probe < end:
        ahead = min(probe + _PROBE, end)
        offset_ahead = offset_at(zone, ahead)
        if offset_ahead != offset:
            found.append(ClockChange(_bisect(zone, probe, ahead, offset), offset, offset_ahead))
        probe, offset = ahead, offset_ahead
    return tuple(found)


def _bisect(zone: ZoneInfo, low: datetime, high: datetime, offset_low: timedelta) -> datetime:
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if offset_at(zone, middle) == offset_low:
            low = middle
        else:
            high = middle
    return high


def stretches(name: str, start: datetime) -> Iterator[Stretch]:
    """The stretches of one offset from `start` on, to the end of the calendar."""
    zone = find_zone(name)
    for year in range(start.year, MAXYEAR):
        end = datetime(year + 1, 1, 1, tzinfo=UTC)
        for change in clock_changes(name, year):
            if change.at > start:
                yield Stretch(start, change.at, change.before, change)
                start = change.at
        yield Stretch(start, end, offset_at(zone, start), None)
        start = end


def repeated_until(name: str, instant: datetime) -> datetime | None:
    """The wall time up to which the clock has shown everything before, when it was put back shortly before `instant`."""
    earlier = instant - _LONGEST_JUMP
    changes = [change for year in sorted({earlier.year, instant.year}) for change in clock_changes(name, year)]
    back = [change for change in changes if earlier < change.at <= instant and change.after < change.before]
    return max(((change.at + change.before).replace(tzinfo=None) for change in back), default=None)
