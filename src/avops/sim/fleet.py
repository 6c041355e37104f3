"""The state of the simulated fleet, and how it changes: plain data in, plain data out, the time from a clock.

Power answers `off`, `warming` or `on`: a display that was switched on warms up first. A Zoom Room that restarts is
`Offline` until it is back. Nothing here knows HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.sim.site import DEVICES, STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.site import RoomSpec, Site

INPUTS = ("hdmi1", "hdmi2", "pc", "usbc")


class RejectedError(Exception):
    """A request the fleet does not carry out: an HTTP status and what the service says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True, kw_only=True)
class Room:
    """One room and its display, now."""

    spec: RoomSpec
    status: str
    power: str
    input: str
    volume: int
    people: int
    offline: set[str]
    lit_at: datetime | None = None
    """When a display that warms up shows a picture."""
    back_at: datetime | None = None
    """When a Zoom Room that restarts is back."""
    restarted_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One incident ticket."""

    id: str
    title: str
    description: str
    room: str | None
    severity: str
    created_at: datetime
    state: str = "open"
    resolution: str | None = None
    comments: list[str] = field(default_factory=list)


class Fleet:
    """Rooms, tickets, messages and bookings of one site. `now` is asked for the time of every change."""

    def __init__(self, site: Site, now: Callable[[], datetime]) -> None:
        self.site = site
        self.now = now
        self.dark: Callable[[str], bool] = lambda room: False
        """Whether a fault keeps a room's display dark when it is switched on."""
        self.rooms = {spec.room: _room(spec) for spec in site.rooms}
        self._by_id = {key: room for room in self.rooms.values() for key in (room.spec.zoom_id, room.spec.display_host, room.spec.calendar)}
        self._tickets: dict[str, Ticket] = {}
        self._messages: list[dict[str, object]] = []
        started = now()
        self._bookings: dict[str, tuple[str, datetime]] = {
            room.spec.room: (room.spec.next_event[0], started + timedelta(seconds=room.spec.next_event[1]))
            for room in self.rooms.values()
            if room.spec.next_event
        }

    def find(self, key: str) -> Room:
        """The room with this key, Zoom id, display host or calendar; RejectedError with 404 when there is none."""
        room = self.rooms.get(key) or self._by_id.get(key)
        if room is None:
            raise RejectedError(404, f"there is no room or device '{key}'")
        return room

    # Zoom Rooms

    def list_rooms(self, site: str | None = None, status: str | None = None) -> dict[str, object]:
        """All rooms, or those of one site or in one state."""
        rooms = [
            self._room_data(room) for room in self.rooms.values() if site in (None, room.spec.site) and status in (None, self._status(room))
        ]
        return {"rooms": rooms, "count": len(rooms)}

    def get_room(self, key: str) -> dict[str, object]:
        """One room."""
        return self._room_data(self.find(key))

    def list_devices(self, key: str) -> dict[str, object]:
        """The room's camera, controller, microphone and speaker; all are gone while the room is offline."""
        room = self.find(key)
        gone = set(DEVICES) if self._status(room) == "Offline" else room.offline
        return {"devices": [{"kind": kind, "online": kind not in gone} for kind in DEVICES], "offline": sorted(gone)}

    def restart_room(self, key: str) -> dict[str, object]:
        """Restarts the Zoom Room: it is offline for the site's restart time, then available."""
        room = self.find(key)
        room.restarted_at = self.now()
        room.back_at = room.restarted_at + timedelta(seconds=self.site.restart_s)
        return {"accepted": True, "room_id": room.spec.zoom_id}

    def set_volume(self, key: str, volume: object) -> dict[str, object]:
        """Sets the speaker's volume, 0 to 100."""
        room = self.find(key)
        if isinstance(volume, bool) or not isinstance(volume, int) or not 0 <= volume <= 100:
            raise RejectedError(400, f"'{volume}' is not a volume from 0 to 100")
        room.volume = volume
        return {"room_id": room.spec.zoom_id, "volume": volume}

    def change(self, key: str, values: Mapping[str, object]) -> dict[str, object]:
        """Changes what people and devices do by themselves: `status`, `people`, `power`, `offline`. Not part of the fleet's API."""
        room = self.find(key)
        for name, value in values.items():
            if name == "status" and value in STATUSES:
                room.status, room.back_at = str(value), None
            elif name == "people" and isinstance(value, int):
                room.people = value
            elif name == "power" and value in ("on", "off"):
                room.power, room.lit_at = str(value), None
            elif name == "offline" and isinstance(value, list) and set(value) <= set(DEVICES):
                room.offline = set(value)
            else:
                raise RejectedError(400, f"'{name}' cannot be set to '{value}'")
        return self._room_data(room) | {"power": self._power(room)}

    # displays

    def get_display(self, host: str) -> dict[str, object]:
        """Power, what it was last told to be, input and room of a display."""
        room = self.find(host)
        power = self._power(room)
        return {"host": room.spec.display_host, "room": room.spec.room, "power": power, "target": room.power, "input": room.input}

    def set_power(self, host: str, power: object) -> dict[str, object]:
        """Switches a display on (it warms up first) or off."""
        room = self.find(host)
        if power not in ("on", "off"):
            raise RejectedError(400, f"'{power}' is no power state; expected off or on")
        if power == "off" or self.dark(room.spec.room):
            room.power, room.lit_at = "off", None
        elif room.power == "off":
            room.power, room.lit_at = "on", self.now() + timedelta(seconds=self.site.warm_up_s)
        return {"host": room.spec.display_host, "power": power, "accepted": True}

    def set_input(self, host: str, source: object) -> dict[str, object]:
        """Selects a display's input."""
        room = self.find(host)
        if source not in INPUTS:
            raise RejectedError(400, f"'{source}' is no input; expected one of: {', '.join(INPUTS)}")
        room.input = str(source)
        return {"host": room.spec.display_host, "input": room.input}

    # tickets, messages, bookings

    def create_ticket(self, body: Mapping[str, object]) -> dict[str, object]:
        """A new incident ticket; it needs a title."""
        title = body.get("title")
        if not isinstance(title, str) or not title.strip():
            raise RejectedError(400, "a ticket needs a title")
        number = f"INC{len(self._tickets) + 1001:07}"
        room = body.get("room")
        self._tickets[number] = Ticket(
            id=number,
            title=title,
            description=str(body.get("description", "")),
            room=None if room is None else str(room),
            severity=str(body.get("severity", "moderate")),
            created_at=self.now(),
        )
        return self.get_ticket(number)

    def get_ticket(self, number: str) -> dict[str, object]:
        """One ticket."""
        ticket = self._ticket(number)
        return {
            "id": ticket.id,
            "url": f"https://tickets.example/incidents/{ticket.id}",
            "title": ticket.title,
            "description": ticket.description,
            "room": ticket.room,
            "severity": ticket.severity,
            "state": ticket.state,
            "resolution": ticket.resolution,
            "comments": list(ticket.comments),
            "created_at": ticket.created_at.isoformat(),
        }

    def list_tickets(self, room: str | None = None, state: str | None = None) -> dict[str, object]:
        """All tickets, or those of one room or state."""
        found = [
            self.get_ticket(ticket.id) for ticket in self._tickets.values() if room in (None, ticket.room) and state in (None, ticket.state)
        ]
        return {"tickets": found, "count": len(found)}

    def comment_ticket(self, number: str, text: object) -> dict[str, object]:
        """Adds a comment to a ticket."""
        ticket = self._ticket(number)
        ticket.comments.append(str(text))
        return self.get_ticket(number)

    def resolve_ticket(self, number: str, resolution: object) -> dict[str, object]:
        """Resolves a ticket."""
        ticket = self._ticket(number)
        ticket.state, ticket.resolution = "resolved", str(resolution or "")
        return self.get_ticket(number)

    def post_message(self, channel: object, text: object) -> dict[str, object]:
        """Posts to a channel. As Slack does it, an error is an answer too: `{"ok": false, "error": …}`."""
        if not isinstance(channel, str) or not channel.startswith("#"):
            return {"ok": False, "error": "channel_not_found"}
        if not isinstance(text, str) or not text.strip():
            return {"ok": False, "error": "no_text"}
        stamp = f"{self.now().timestamp():.0f}.{len(self._messages) + 1:06}"
        self._messages.append({"channel": channel, "text": text, "ts": stamp})
        return {"ok": True, "channel": channel, "ts": stamp}

    def list_messages(self, channel: str | None = None) -> dict[str, object]:
        """What was posted, oldest first."""
        found = [message for message in self._messages if channel in (None, message["channel"])]
        return {"messages": found, "count": len(found)}

    def list_events(self, calendar: str) -> dict[str, object]:
        """The bookings of a room that have not begun yet, with the minutes until each begins."""
        booking = self._bookings.get(self.find(calendar).spec.room)
        events: list[dict[str, object]] = []
        if booking is not None and booking[1] >= (now := self.now()):
            minutes = round((booking[1] - now).total_seconds() / 60)
            events.append({"title": booking[0], "starts_at": booking[1].isoformat(), "minutes_until": minutes})
        return {"events": events, "count": len(events)}

    def _ticket(self, number: str) -> Ticket:
        if number not in self._tickets:
            raise RejectedError(404, f"there is no ticket '{number}'")
        return self._tickets[number]

    def _status(self, room: Room) -> str:
        if room.back_at is not None:
            if self.now() < room.back_at:
                return "Offline"
            room.status, room.back_at = "Available", None
        return room.status

    def _power(self, room: Room) -> str:
        if room.power == "on" and room.lit_at is not None and self.now() < room.lit_at:
            return "warming"
        return room.power

    def _room_data(self, room: Room) -> dict[str, object]:
        return {
            "id": room.spec.zoom_id,
            "room": room.spec.room,
            "name": room.spec.name,
            "site": room.spec.site,
            "status": self._status(room),
            "people": room.people,
            "volume": room.volume,
            "last_restart_at": room.restarted_at.isoformat() if room.restarted_at else None,
        }


def _room(spec: RoomSpec) -> Room:
    return Room(
        spec=spec,
        status=spec.status,
        power=spec.power,
        input=spec.input,
        volume=spec.volume,
        people=spec.people,
        offline=set(spec.offline),
    )
