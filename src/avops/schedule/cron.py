"""Cron lines: five fields, read with cronsim, asked for wall-clock times.

    minute  0-59
    hour    0-23
    day     1-31, `L` (the last day of the month), `LW` (its last working day)
    month   1-12 or JAN-DEC
    weekday 0-7 or SUN-SAT (0 and 7 are Sunday), `5L` or `FRIL` (the last Friday), `1#2` or `MON#2` (the second Monday)

Each takes `*`, lists `1,15`, ranges `1-5`, steps `*/10` and `0-30/10`. When day and weekday are both given, either is
enough; when one of them starts with `*`, both must hold (the rule of Debian's cron). Clock changes are no business of
this module: it knows wall time only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from avops.errors import FindingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cronsim import CronSim

WORDS = {
    "@annually": "0 0 1 1 *",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@midnight": "0 0 * * *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@yearly": "0 0 1 1 *",
}
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
HORIZON_YEARS = 50
"""A line without a date in so many years never fires: leap years and weekdays repeat within 40."""

_FIELDS = (
    ("a minute", "0-59"),
    ("an hour", "0-23"),
    ("a day of month", "1-31, L, LW"),
    ("a month", "1-12, JAN-DEC"),
    ("a weekday", "0-7, SUN-SAT, 5L, MON#2"),
)
_SAMPLE = ("0", "0", "1", "1", "1")
_HINT = "a cron line is `minute hour day month weekday`, for example '0 6 * * 1-5'"
_ONE_DAY = timedelta(days=1)
_ANY_DAY = datetime(2024, 1, 1)  # noqa: DTZ001 - wall time has no zone


@dataclass(frozen=True)
class CronLine:
    """A cron line that was read: which wall-clock minutes it names.

    `fields` are the five texts in capitals; `times` the minutes of a day it names, ascending.
    """

    text: str
    fields: tuple[str, str, str, str, str]
    times: tuple[int, ...]

    @cached_property
    def follows_clock(self) -> bool:
        """True for a line with `*` or `/` in minute or hour: it follows real time through a clock change."""
        return any(mark in field for field in self.fields[:2] for mark in "*/")

    @cached_property
    def every_day(self) -> bool:
        """True when no day is left out."""
        return self.fields[2:] == ("*", "*", "*")

    def dates(self, first: date, last: date) -> Iterator[date]:
        """The dates that the line names, from `first` to `last` inclusive, ascending."""
        calendar = _calendar(*self.fields[2:])
        if calendar is None:
            return
        day = first
        while day <= last:
            if day.month not in calendar.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                continue
            if self.every_day or calendar.match_day(day):
                yield day
            day += _ONE_DAY

    def walls(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The naive wall-clock minutes that the line names in [start, end), ascending."""
        for day in self.dates(start.date(), end.date()):
            midnight = datetime.combine(day, time())
            first = 0 if midnight >= start else bisect_left(self.times, -((midnight - start) // timedelta(minutes=1)))
            for minutes in self.times[first:]:
                wall = midnight + timedelta(minutes=minutes)
                if wall >= end:
                    return
                yield wall

    @cached_property
    def never_fires(self) -> bool:
        """True when no date of the calendar matches, as in `0 0 31 2 *`."""
        # Any start will do: the calendar of 50 years from here holds every pairing of leap day and weekday.
        return next(self.dates(date(2024, 1, 1), date(2024 + HORIZON_YEARS, 1, 1)), None) is None

    def fires_within(self, seconds: float) -> bool:
        """True when two fires can be closer together than `seconds` of wall time."""
        gaps = [later - earlier for earlier, later in pairwise(self.times)]
        if gaps and min(gaps) * 60 < seconds:
            return not self.never_fires
        over_midnight = 1440 - self.times[-1] + self.times[0]
        if over_midnight * 60 >= seconds:
            return False
        return self._shortest_days() * 1440 * 60 - (1440 - over_midnight) * 60 < seconds

    def _shortest_days(self) -> float:
        previous, shortest = None, float("inf")
        for day in self.dates(date(2024, 1, 1), date(2032, 1, 1)):
            if previous is not None:
                shortest = min(shortest, (day - previous).days)
            if shortest == 1:
                break
            previous = day
        return shortest


@lru_cache(maxsize=4096)
def read_cron(text: str) -> CronLine:
    """The cron line in `text`; FindingsError names the field that cannot be read.

    A line that never fires can be read: ask `never_fires`.
    """
    expanded = text.strip()
    if expanded.startswith("@"):
        if expanded.lower() not in WORDS:
            raise FindingsError(f"unknown cron word '{expanded}', expected one of {', '.join(sorted(WORDS))}", hint=_HINT)
        expanded = WORDS[expanded.lower()]
    fields = expanded.upper().split()
    if len(fields) != 5:
        raise FindingsError(f"a cron line has five fields, '{text}' has {len(fields)}", hint=_HINT)
    fields[4] = ",".join(_plain_weekdays(term) for term in fields[4].split(","))
    minute, hour, day, month, weekday = fields
    minutes, hours = _clock_fields(text, fields)
    times = tuple(sorted(h * 60 + m for h in hours for m in minutes))
    return CronLine(text=text.strip(), fields=(minute, hour, day, month, weekday), times=times)


def _clock_fields(text: str, fields: list[str]) -> tuple[set[int], set[int]]:
    """The minutes and hours, after each field was tried alone: cronsim refuses some sound fields that never meet."""
    from cronsim import CronSim, CronSimError

    for index, (name, expected) in enumerate(_FIELDS):
        alone = " ".join(fields[index] if at == index else usual for at, usual in enumerate(_SAMPLE))
        try:
            CronSim(alone, _ANY_DAY)
        except CronSimError:
            raise FindingsError(f"'{fields[index]}' in '{text.strip()}' is not {name}, expected {expected}", hint=_HINT) from None
    clock = CronSim(f"{fields[0]} {fields[1]} * * *", _ANY_DAY)
    return clock.minutes, clock.hours


@lru_cache(maxsize=4096)
def _calendar(day: str, month: str, weekday: str) -> CronSim | None:
    """The reader of the three date fields; None when, sound each for itself, they name no date together."""
    from cronsim import CronSim, CronSimError

    try:
        return CronSim(f"0 0 {day} {month} {weekday}", _ANY_DAY)
    except CronSimError:
        return None


_RANGE = re.compile(r"([A-Z]{3}|[0-7])-([A-Z]{3}|[0-7])")
_LAST = re.compile(r"([A-Z]{3})L")


def _plain_weekdays(term: str) -> str:
    """A weekday term as cronsim reads it: ranges over the week's end and `FRIL` are ours."""
    if (last := _LAST.fullmatch(term)) and last[1] in WEEKDAYS:
        return f"{WEEKDAYS.index(last[1])}L"
    if (span := _RANGE.fullmatch(term)) is None:
        return term
    ends = [WEEKDAYS.index(end) if end in WEEKDAYS else int(end) if end.isdigit() else None for end in span.groups()]
    first, last_day = ends
    if first is None or last_day is None or first <= last_day:
        return term
    if last_day == 0:
        return f"{first}-7"
    return f"{first}-7,1" if last_day == 1 else f"{first}-7,1-{last_day}"
