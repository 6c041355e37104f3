"""Bookings and closed days from ICS files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from avops.errors import AvopsError, StorageError
from avops.model.settings import Calendars
from avops.project.calendars import CalendarFiles

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
{events}END:VCALENDAR
"""
WEEKLY = """BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260302T100000
RRULE:FREQ=WEEKLY;BYDAY=MO
END:VEVENT
"""
NEXT = WEEKLY.replace("UID:1", "UID:2").replace("T090000", "T103000").replace("T100000", "T110000").replace("T103000", "T100000")


def calendars(tmp_path, events, **more):
    (tmp_path / "a.ics").write_text(ICS.format(events=events).replace("\n", "\r\n"))
    return CalendarFiles(tmp_path, Calendars(**{"bookings": {"HQ-1": "a.ics", "board@x": "a.ics"}, **more}))


def at(hour, minute=0, *, day=2, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_recurring_booking_follows_the_clocks_of_its_zone(tmp_path):
    files = calendars(tmp_path, WEEKLY)
    assert files.booking("HQ-1", {}, at(8, 30), "UTC").ends_at == at(9)
    assert files.booking("HQ-1", {}, at(9), "UTC") is None
    summer = files.booking("HQ-1", {}, at(7, 30, day=6, month=4), "UTC")
    assert summer.starts_at == at(7, day=6, month=4)


def test_bookings_without_a_gap_are_one(tmp_path):
    assert calendars(tmp_path, WEEKLY + NEXT).booking("HQ-1", {}, at(8, 30), "UTC").ends_at == at(10)


def test_the_room_list_may_name_the_calendar(tmp_path):
    assert calendars(tmp_path, WEEKLY).booking("HQ-7", {"calendar": "board@x"}, at(8, 30), "UTC") is not None
    assert calendars(tmp_path, WEEKLY).booking("HQ-7", {}, at(8, 30), "UTC") is None


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
def test_free_and_cancelled_time_keeps_nobody_out(tmp_path, line):
    assert calendars(tmp_path, WEEKLY.replace("UID:1", f"UID:1\n{line}")).booking("HQ-1", {}, at(8, 30), "UTC") is None


def test_a_whole_day_is_closed_on_the_clocks_of_the_room(tmp_path):
    day = "BEGIN:VEVENT\nUID:3\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:20261225\nEND:VEVENT\n"
    files = calendars(tmp_path, day, blackout=["a.ics"])
    assert files.blackout(datetime(2026, 12, 24, 23, 30, tzinfo=UTC), "Europe/Berlin") is not None
    assert files.blackout(datetime(2026, 12, 24, 22, 30, tzinfo=UTC), "Europe/Berlin") is None


def test_a_calendar_that_cannot_be_read_is_an_error_and_no_free_room(tmp_path):
    files = calendars(tmp_path, WEEKLY)
    (tmp_path / "a.ics").unlink()
    with pytest.raises(StorageError, match="cannot be read"):
        files.booking("HQ-1", {}, at(8), "UTC")
    (tmp_path / "a.ics").write_text("hello")
    with pytest.raises(StorageError, match="no iCalendar file"):
        files.booking("HQ-1", {}, at(8), "UTC")


def test_a_calendar_outside_the_project_is_refused(tmp_path):
    (tmp_path / "p").mkdir()
    files = CalendarFiles(tmp_path / "p", Calendars(bookings={"A": "../a.ics"}))
    with pytest.raises(AvopsError, match="outside the project"):
        files.booking("A", {}, at(8), "UTC")
