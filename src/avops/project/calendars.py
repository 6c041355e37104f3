"""Calendars kept as ICS files: who has a room now, and which days are closed.

Reading iCalendar (RFC 5545) and its recurrences is left to `icalendar` and `recurring-ical-events`. Events that are
cancelled or marked as free time (`TRANSP:TRANSPARENT`) keep nobody out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from avops.errors import AvopsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.model.settings import Calendars

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A stretch of time that somebody has."""

    starts_at: datetime
    ends_at: datetime


class CalendarFiles:
    """The project's calendars; a file is read again when it has changed."""

    def __init__(self, root: Path, calendars: Calendars) -> None:
        self._root = root
        self._calendars = calendars
        self._read: dict[str, tuple[tuple[int, int], Any]] = {}

    def booking(self, room: str, values: Mapping[str, object], at: datetime, timezone: str) -> Booking | None:
        """The booking that a room is in at an instant, its end that of the last that follows without a gap."""
        name = str(values.get("calendar") or room)
        file = self._calendars.bookings.get(room) or self._calendars.bookings.get(name)
        if file is None:
            return None
        found = self._at(file, at, timezone)
        until = None if found is None else found.ends_at
        while until is not None and (following := self._at(file, until, timezone)) is not None and following.ends_at > until:
            until = following.ends_at
        return None if found is None or until is None else Booking(starts_at=found.starts_at, ends_at=until)

    def blackout(self, at: datetime, timezone: str) -> Booking | None:
        """The closed stretch that an instant lies in; None on an ordinary day."""
        for file in self._calendars.blackout:
            if found := self._at(file, at, timezone):
                return found
        return None

    def _at(self, file: str, at: datetime, timezone: str) -> Booking | None:
        from zoneinfo import ZoneInfo

        import recurring_ical_events

        zone = ZoneInfo(timezone)
        calendar = self._calendar(file)
        try:
            # Whole days and floating times are compared on the clocks of the question, so it is asked on those of the room.
            local = at.astimezone(zone)
            events = recurring_ical_events.of(calendar, skip_bad_series=True).between(local, local + timedelta(seconds=1))
        except (ValueError, TypeError, OverflowError) as error:
            raise StorageError(f"the calendar '{file}' cannot be understood: {error}") from error
        for event in events:
            if str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            starts_at, ends_at = _instant(event["DTSTART"].dt, zone), _instant(_end(event), zone)
            if starts_at <= at < ends_at:
                return Booking(starts_at=starts_at, ends_at=ends_at)
        return None

    def _calendar(self, file: str) -> Any:
        import icalendar

        path = (self._root / file).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise AvopsError(f"the calendar '{file}' lies outside the project", hint="keep it in the project, and name it in avops.yaml")
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._read.get(file)
            if known is not None and known[0] == stamp:
                return known[1]
            if status.st_size > MAX_BYTES:
                raise StorageError(f"the calendar '{file}' is larger than {MAX_BYTES // 1024 // 1024} MiB")
            calendar = icalendar.Calendar.from_ical(path.read_bytes())
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StorageError(f"the calendar '{file}' cannot be read: {reason}", hint="a write is not made on a guess") from error
        except ValueError as error:
            raise StorageError(f"the calendar '{file}' is no iCalendar file: {error}") from error
        self._read[file] = (stamp, calendar)
        return calendar


def _end(event: Any) -> datetime | date:
    if "DTEND" in event:
        end: datetime | date = event["DTEND"].dt
        return end
    start: datetime | date = event["DTSTART"].dt
    duration = event["DURATION"].dt if "DURATION" in event else timedelta(days=0 if isinstance(start, datetime) else 1)
    return start + duration


def _instant(value: datetime | date, zone: Any) -> datetime:
    """A date is the midnight that begins it, a time without a zone is on the clocks of the room."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
