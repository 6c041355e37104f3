"""Spans of time as people type them: `24h`, `7d`, `today`, `2026-03-01`, `2026-03-01..2026-03-07`, `all`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

_AGO = re.compile(r"(\d{1,6})\s*(min|[hdw])\Z")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
EXPECTED = "24h, 7d, 4w, today, 2026-03-01, 2026-03-01..2026-03-07 or all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open span; None where it is open. `words` says it for people."""

    since: datetime | None
    until: datetime | None
    words: str


def parse_period(text: str, zone: tzinfo, now: datetime) -> Period:
    """The period that a person means; dates are days of the zone, and the last day of a span belongs to it."""
    plain = text.strip().lower()
    if plain == "all":
        return Period(since=None, until=None, words="all time")
    if plain == "today":
        today = now.astimezone(zone).date()
        return Period(since=_midnight(today, zone), until=None, words="today")
    if ago := _AGO.match(plain):
        number, unit = int(ago[1]), ago[2]
        try:
            return Period(since=now - number * _UNITS[unit], until=None, words=f"the last {_counted(number, unit)}")
        except OverflowError:
            return Period(since=None, until=None, words="all time")
    first, dots, last = plain.partition("..")
    since = _midnight(_date(first, text), zone)
    if not dots:
        return Period(since=since, until=None, words=f"since {first}")
    until = _midnight(_date(last, text) + timedelta(days=1), zone)
    if until <= since:
        raise UsageError(f"the period '{text}' ends before it begins", hint=f"write {last}..{first}")
    return Period(since=since, until=until, words=f"{first} to {last}")


def _date(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{whole}' is no period", hint=f"expected {EXPECTED}") from None


def _midnight(day: date, zone: tzinfo) -> datetime:
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _counted(number: int, unit: str) -> str:
    word = {"min": "minute", "h": "hour", "d": "day", "w": "week"}[unit]
    return word if number == 1 else f"{number} {word}s"
