"""Which request is which operation of the fleet: the simulator's API, written out.

Operations that change something are entered in the journal before they are carried out. The control paths
(`/faults`, `/state`, `/journal`) stand outside: no fault strikes them and they are not in the journal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from avops.sim.fleet import RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.sim.fleet import Fleet

    Handler = Callable[[Fleet, tuple[str, ...], Mapping[str, str], Mapping[str, object]], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation: its name is the `action` of a fault. `by_room`: the first part of the path names a room."""

    name: str
    method: str
    pattern: re.Pattern[str]
    handle: Handler
    changes: bool
    by_room: bool
    status: int


def _operation(
    name: str, method: str, path: str, handle: Handler, *, changes: bool = False, by_room: bool = False, status: int = 200
) -> Operation:
    pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", path))
    return Operation(name=name, method=method, pattern=pattern, handle=handle, changes=changes, by_room=by_room, status=status)


OPERATIONS: tuple[Operation, ...] = (
    _operation("health", "GET", "/health", lambda fleet, p, q, b: {"ok": True, "rooms": len(fleet.rooms)}),
    _operation("list_rooms", "GET", "/rooms", lambda fleet, p, q, b: fleet.list_rooms(q.get("site"), q.get("status"))),
    _operation("get_room", "GET", "/rooms/{id}", lambda fleet, p, q, b: fleet.get_room(p[0]), by_room=True),
    _operation("list_devices", "GET", "/rooms/{id}/devices", lambda fleet, p, q, b: fleet.list_devices(p[0]), by_room=True),
    _operation(
        "restart_room",
        "POST",
        "/rooms/{id}/restart",
        lambda fleet, p, q, b: fleet.restart_room(p[0]),
        changes=True,
        by_room=True,
        status=202,
    ),
    _operation(
        "set_volume",
        "PUT",
        "/rooms/{id}/volume",
        lambda fleet, p, q, b: fleet.set_volume(p[0], b.get("volume")),
        changes=True,
        by_room=True,
    ),
    _operation("get_display", "GET", "/displays/{host}", lambda fleet, p, q, b: fleet.get_display(p[0]), by_room=True),
    _operation("get_power", "GET", "/displays/{host}/power", lambda fleet, p, q, b: fleet.get_display(p[0]), by_room=True),
    _operation(
        "set_power",
        "PUT",
        "/displays/{host}/power",
        lambda fleet, p, q, b: fleet.set_power(p[0], b.get("power")),
        changes=True,
        by_room=True,
    ),
    _operation("get_input", "GET", "/displays/{host}/input", lambda fleet, p, q, b: fleet.get_display(p[0]), by_room=True),
    _operation(
        "set_input",
        "PUT",
        "/displays/{host}/input",
        lambda fleet, p, q, b: fleet.set_input(p[0], b.get("input")),
        changes=True,
        by_room=True,
    ),
    _operation("list_events", "GET", "/calendars/{calendar}/events", lambda fleet, p, q, b: fleet.list_events(p[0]), by_room=True),
    _operation("create_ticket", "POST", "/tickets", lambda fleet, p, q, b: fleet.create_ticket(b), changes=True, status=201),
    _operation("list_tickets", "GET", "/tickets", lambda fleet, p, q, b: fleet.list_tickets(q.get("room"), q.get("state"))),
    _operation("get_ticket", "GET", "/tickets/{id}", lambda fleet, p, q, b: fleet.get_ticket(p[0])),
    _operation(
        "comment_ticket",
        "POST",
        "/tickets/{id}/comments",
        lambda fleet, p, q, b: fleet.comment_ticket(p[0], b.get("text")),
        changes=True,
        status=201,
    ),
    _operation(
        "resolve_ticket",
        "POST",
        "/tickets/{id}/resolve",
        lambda fleet, p, q, b: fleet.resolve_ticket(p[0], b.get("resolution")),
        changes=True,
    ),
    _operation(
        "post_message",
        "POST",
        "/slack/chat.postMessage",
        lambda fleet, p, q, b: fleet.post_message(b.get("channel"), b.get("text")),
        changes=True,
    ),
    _operation("slack_auth", "GET", "/slack/auth.test", lambda fleet, p, q, b: {"ok": True, "user": "avops"}),
    _operation("list_messages", "GET", "/messages", lambda fleet, p, q, b: fleet.list_messages(q.get("channel"))),
)
_FIXED = {(operation.method, operation.pattern.pattern): operation for operation in OPERATIONS if "(" not in operation.pattern.pattern}
_VARIABLE = [operation for operation in OPERATIONS if "(" in operation.pattern.pattern]


def find_operation(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    """The operation behind a method and a raw path, and the decoded variable parts; RejectedError with 404 or 405."""
    if found := _FIXED.get((method, path)):
        return found, ()
    other = False
    for operation in _VARIABLE:
        if match := operation.pattern.fullmatch(path):
            if operation.method == method:
                return operation, tuple(unquote(part) for part in match.groups())
            other = True
    if other or any(known == path for _, known in _FIXED):
        raise RejectedError(405, f"{method} is not allowed on '{path}'")
    raise RejectedError(404, f"there is nothing at '{path}'")
