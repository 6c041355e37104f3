"""What a simulated site consists of: its rooms, how slow its devices are, and the faults it starts with."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError
from avops.model.duration import duration_s
from avops.sim.devices import device_specs
from avops.sim.faults import fault_from_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from avops.sim.devices import DeviceSpec
    from avops.sim.faults import Fault

STATUSES = ("Available", "InMeeting", "Offline")
DEVICES = ("camera", "controller", "microphone", "speaker")
_ROOM_KEYS = frozenset(
    {
        "room",
        "name",
        "site",
        "timezone",
        "calendar",
        "zoom_id",
        "display_host",
        "status",
        "power",
        "input",
        "volume",
        "people",
        "offline",
        "next_event",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSpec:
    """One room as the simulator starts with it."""

    room: str
    name: str
    site: str = ""
    zoom_id: str
    display_host: str
    calendar: str
    status: str = "Available"
    power: str = "off"
    input: str = "hdmi1"
    volume: int = 50
    people: int = 0
    offline: tuple[str, ...] = ()
    """The devices that are not there, of `DEVICES`."""
    next_event: tuple[str, float] | None = None
    """Title of the next booking, and how many seconds after the start of the simulator it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A simulated site. Every answer takes `delay_s`; a display warms up and a Zoom Room restarts for so long."""

    rooms: tuple[RoomSpec, ...]
    delay_s: float = 0.0
    warm_up_s: float = 2.0
    restart_s: float = 3.0
    faults: tuple[Fault, ...] = field(default=())
    devices: tuple[DeviceSpec, ...] = field(default=())
    """Devices that speak their own protocol, each on a port of its own."""


def load_site(path: Path | None = None) -> Site:
    """The site that a file describes: a room list (CSV), or YAML with `rooms`, `delay`, `warm_up`, `restart`, `faults`,
    `devices`.

    In YAML `rooms` is a list of rooms or the name of a room list beside the file. Without a file it is the site of
    the starter's room list. Raises AvopsError for a file that cannot be read or makes no site.
    """
    if path is None:
        return Site(rooms=_rooms_from_csv(_starter_rooms()))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise AvopsError(f"the site '{path}' cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    if path.suffix.lower() == ".csv":
        return Site(rooms=_rooms_from_csv(text))
    from avops.project.yaml_text import read_yaml

    data = read_yaml(text, path=str(path))
    if not isinstance(data, dict):
        raise UsageError(f"'{path}' describes no site", hint="a site file has the keys rooms, delay, warm_up, restart, faults and devices")
    return _site_from_data(data, path)


def numbered_site(count: int, *, delay_s: float = 0.0) -> Site:
    """A site of `count` rooms `R-0001`, `R-0002`, …, for measurements; nothing warms up and nothing restarts slowly."""
    rows = ({"room": f"R-{number:04}"} for number in range(1, count + 1))
    return Site(rooms=tuple(_room_from_row(row) for row in rows), delay_s=delay_s, warm_up_s=0.0, restart_s=0.0)


def _starter_rooms() -> str:
    from avops.project.starter import starter_files

    return next(text for name, text in starter_files() if name == "rooms.csv")


def _site_from_data(data: Mapping[str, object], path: Path) -> Site:
    known = {"rooms", "delay", "warm_up", "restart", "faults", "devices"}
    if unknown := sorted(set(data) - known):
        raise UsageError(f"'{unknown[0]}' is no property of a site; expected one of: {', '.join(sorted(known))}")
    rooms = data.get("rooms")
    if isinstance(rooms, str):
        specs = load_site(path.parent / rooms).rooms
    elif isinstance(rooms, list):
        specs = _unique(_room_from_row(row) for row in rooms)
    else:
        specs = load_site().rooms
    faults = data.get("faults") or []
    if not isinstance(faults, list) or not all(isinstance(fault, dict) for fault in faults):
        raise UsageError("'faults' is a list of mappings, each with a 'kind'")
    return Site(
        rooms=specs,
        delay_s=_seconds(data, "delay", 0.0),
        warm_up_s=_seconds(data, "warm_up", 2.0),
        restart_s=_seconds(data, "restart", 3.0),
        faults=tuple(fault_from_data(fault) for fault in faults),
        devices=device_specs(data.get("devices") or []),
    )


def _seconds(data: Mapping[str, object], key: str, default: float) -> float:
    if key not in data:
        return default
    try:
        return duration_s(str(data[key]))
    except ValueError:
        raise UsageError(f"'{data[key]}' is not a duration for '{key}'", hint="write for example 500ms or 3s") from None


def _rooms_from_csv(text: str) -> tuple[RoomSpec, ...]:
    rows = csv.DictReader(text.splitlines())
    return _unique(_room_from_row({key: value for key, value in row.items() if key in _ROOM_KEYS and value}) for row in rows)


def _unique(rooms: Iterable[RoomSpec]) -> tuple[RoomSpec, ...]:
    by_key: dict[str, RoomSpec] = {}
    for room in rooms:
        if room.room in by_key:
            raise UsageError(f"the room '{room.room}' is there twice")
        by_key[room.room] = room
    if not by_key:
        raise UsageError("a site needs at least one room")
    return tuple(by_key.values())


def _room_from_row(row: object) -> RoomSpec:
    if not isinstance(row, dict) or not row.get("room"):
        raise UsageError("every room of a site needs its key in 'room'")
    if unknown := sorted(set(row) - _ROOM_KEYS):
        raise UsageError(f"'{unknown[0]}' is no property of a simulated room; expected one of: {', '.join(sorted(_ROOM_KEYS))}")
    key = str(row["room"])
    status = str(row.get("status", "Available"))
    if status not in STATUSES:
        raise UsageError(f"'{status}' is no status of a Zoom Room; expected one of: {', '.join(STATUSES)}")
    offline = row.get("offline") or ()
    if isinstance(offline, str) or not set(offline) <= set(DEVICES):
        raise UsageError(f"'offline' of room '{key}' is a list of: {', '.join(DEVICES)}")
    event = row.get("next_event")
    if event is not None and not (isinstance(event, dict) and set(event) == {"title", "starts_in"}):
        raise UsageError(f"'next_event' of room '{key}' has 'title' and 'starts_in'")
    return RoomSpec(
        room=key,
        name=str(row.get("name") or key),
        site=str(row.get("site", "")),
        zoom_id=str(row.get("zoom_id") or f"zr-{key.lower()}"),
        display_host=str(row.get("display_host") or f"display-{key.lower()}.av.example"),
        calendar=str(row.get("calendar") or f"{key.lower()}@rooms.example"),
        status=status,
        power=str(row.get("power", "off")),
        input=str(row.get("input", "hdmi1")),
        volume=int(row.get("volume", 50)),
        people=int(row.get("people", 0)),
        offline=tuple(sorted(offline)),
        next_event=(str(event["title"]), duration_s(str(event["starts_in"]))) if event else None,
    )
