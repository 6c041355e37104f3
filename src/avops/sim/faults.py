"""Faults of the simulated site: what goes wrong, where, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class FaultKind(StrEnum):
    """What goes wrong. All but `DISPLAY_DARK` are faults of the answer; the two `DROP_*` differ in whether it was done."""

    DISPLAY_DARK = "display_dark"
    """The display accepts power on and stays dark."""
    SLOW = "slow"
    """The answer comes `seconds` late; the action is done first."""
    ERROR = "error"
    """The answer is `status` (500), with a message, and nothing is done."""
    BUSY = "busy"
    """The answer is 429 with `Retry-After: seconds`, and nothing is done."""
    DROP_BEFORE = "drop_before"
    """The connection is dropped and nothing is done."""
    DROP_AFTER = "drop_after"
    """The action is done and the connection is dropped before the answer."""
    CUT = "cut"
    """The action is done and the answer breaks off in the middle of its body."""
    GARBAGE = "garbage"
    """The action is done and the answer is not HTTP."""
    BROKEN_JSON = "broken_json"
    """The action is done and the answer says JSON and is none."""
    HUGE = "huge"
    """The action is done and the answer is 5 MiB long."""
    REDIRECT = "redirect"
    """The answer points to another host, and nothing is done."""
    FLAPPING = "flapping"
    """Every second request is answered with 503, and nothing is done then."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault: for one room or all, one operation or all, the next `times` requests or all."""

    kind: FaultKind
    room: str | None = None
    action: str | None = None
    times: int | None = None
    seconds: float = 5.0
    status: int = 500
    seen: int = 0

    def concerns(self, room: str | None, action: str) -> bool:
        """True when this fault still applies to a request."""
        if self.times is not None and self.times <= 0:
            return False
        return self.room in (None, room) and self.action in (None, action)

    def use(self) -> bool:
        """Counts one request; True when the fault strikes it."""
        self.seen += 1
        if self.kind is FaultKind.FLAPPING and self.seen % 2 == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def as_data(self) -> dict[str, object]:
        """The fault as `POST /faults` takes it."""
        data: dict[str, object] = {"kind": self.kind.value, "seconds": self.seconds, "status": self.status}
        return data | {
            key: value for key, value in (("room", self.room), ("action", self.action), ("times", self.times)) if value is not None
        }


def fault_from_text(text: str) -> Fault:
    """A fault written `KIND[:ROOM[:ACTION]][,times=N][,seconds=S][,status=CODE]`; `*` stands for every room.

    Raises UsageError with what would have been accepted.
    """
    head, *options = text.split(",")
    kind, *place = head.split(":")
    if len(place) > 2:
        raise UsageError(f"'{text}' is not a fault", hint="write KIND:ROOM:ACTION, for example slow:HQ-1:get_power,seconds=3")
    data: dict[str, object] = {"kind": kind}
    for key, part in zip(("room", "action"), place, strict=False):
        if part not in ("", "*"):
            data[key] = part
    for option in options:
        key, _, value = option.partition("=")
        try:
            data[key] = float(value) if key == "seconds" else int(value)
        except ValueError:
            raise UsageError(f"'{option}' is not a number in the fault '{text}'", hint="for example times=2 or seconds=0.5") from None
    return fault_from_data(data)


def fault_from_data(data: Mapping[str, object]) -> Fault:
    """A fault from a mapping (a site file, or the body of `POST /faults`); UsageError when it makes none."""
    known = {"kind", "room", "action", "times", "seconds", "status"}
    if unknown := sorted(set(data) - known):
        raise UsageError(f"'{unknown[0]}' is no property of a fault; expected one of: {', '.join(sorted(known))}")
    try:
        kind = FaultKind(str(data.get("kind")))
    except ValueError:
        kinds = ", ".join(sorted(kind.value for kind in FaultKind))
        raise UsageError(f"'{data.get('kind')}' is no kind of fault; expected one of: {kinds}") from None
    room, action, times = data.get("room"), data.get("action"), data.get("times")
    seconds, status = data.get("seconds", 5.0), data.get("status", 500)
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 3600:
        raise UsageError(f"'{seconds}' is not a number of seconds from 0 to 3600")
    if not isinstance(status, int) or not 400 <= status <= 599:
        raise UsageError(f"'{status}' is not an error status from 400 to 599")
    if times is not None and not (isinstance(times, int) and times > 0):
        raise UsageError(f"'{times}' is not how many times a fault strikes")
    return Fault(
        kind=kind,
        room=None if room is None else str(room),
        action=None if action is None else str(action),
        times=times,
        seconds=float(seconds),
        status=status,
    )
