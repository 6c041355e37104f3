"""Bookings are kept for a room or calendar that the room list does not have.

`calendars.bookings` has an ICS file for each room key or calendar name. One that matches no room keeps no room free.

Wrong:

    calendars:
      bookings: {HQ-9: calendars/hq-9.ics}

Right:

    calendars:
      bookings: {HQ-1: calendars/hq-1.ics}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import TEAM, Family, Finding, Rule
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import SettingsView


def _check(settings: SettingsView) -> Iterator[Finding]:
    rooms = settings.project.rooms
    if rooms is None or not len(rooms):
        return
    names = {room.key for room in rooms} | {value for room in rooms if (value := room.values.get("calendar"))}
    known = {folded(name) for name in names}
    for name in settings.doc.calendars.bookings:
        if folded(name) not in known:
            path = ("calendars", "bookings", name)
            yield Finding(f"no room has the key or the calendar '{name}'", path, meant(name, names), tuple(sorted(names)), at_key=True)


RULE = Rule(number="AV107", name="unknown-calendar", family=Family.REFERENCES, levels=TEAM, page=__doc__, settings=_check)
