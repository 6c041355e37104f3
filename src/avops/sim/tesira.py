"""A simulated Biamp Tesira server (Tesira Help, System Control, Tesira Text Protocol)."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from avops.sim.device import SimulatedDevice, split_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import Conversation

Value = bool | float | int | str
# Telnet: the server asks the client to leave the line as it is (DO and WILL of several options).
_NEGOTIATION = bytes.fromhex("fffd18fffd20fffd23fffd27fffd24")
_WELCOME = "\r\nWelcome to the Tesira Text Protocol Server...\r\n\r\n"
_NOT_FOUND = '-ERR address not found: {"deviceId":0 "classCode":0 "instanceNum":0}'


class SimulatedTesira(SimulatedDevice):
    """A server with blocks: each has attributes, by name and index (`level 1`, `sourceSelection`)."""

    default_port = 23
    garbage = b'\r\n+OK "value":[[[\r\n'

    def __init__(
        self,
        *,
        blocks: Mapping[str, Mapping[str, Value]] | None = None,
        presets: Mapping[int | str, Mapping[str, Mapping[str, Value]]] | None = None,
        user: str | None = None,
        password: str | None = None,
        serial: str = "01234567",
        version: str = "4.12.0.1",
        faults: list[str] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        default: Mapping[str, Mapping[str, Value]] = {
            "Level1": {"level 1": -10.0, "mute 1": False, "level 2": 0.0, "mute 2": False},
            "Lobby mics": {"level 1": -6.0, "mute 1": False},
            "SourceSelector1": {"sourceSelection": 1},
        }
        self.blocks = {tag: dict(attributes) for tag, attributes in (blocks if blocks is not None else default).items()}
        self.presets = {str(name): {tag: dict(values) for tag, values in saved.items()} for name, saved in (presets or {}).items()}
        self.user = user
        self.password = password
        self.device: dict[str, Value] = {"serialNumber": serial, "version": version, "hostname": "TesiraSim"}
        self.active_faults = list(faults or [])
        self.boots = 0

    def greet(self, conversation: Conversation) -> bytes:
        """The negotiation, then the welcome or a prompt."""
        conversation.logged_in = self.user is None
        return _NEGOTIATION + (_WELCOME.encode() if conversation.logged_in else b"\r\nlogin: ")

    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """A command ends with LF; what the client negotiates is taken out."""
        arrived[:] = re.sub(rb"\xff[\xfb-\xfe].", b"", bytes(arrived), flags=re.DOTALL)
        return split_at(arrived, b"\r\n")

    def answer(self, conversation: Conversation, command: str) -> bytes:
        """The echo, then the response."""
        if not conversation.logged_in:
            return self._log_in(conversation, command)
        return f"{command}\r\n{self._do(command)}\r\n".encode()

    def publish(self, token: str, value: str) -> None:
        """A subscription has news."""
        self.say_to_all(f'! "publishToken":"{token}" "value":{value}\r\n'.encode())

    def _log_in(self, conversation: Conversation, text: str) -> bytes:
        if "user" not in conversation.notes:
            conversation.notes["user"] = text
            return b"Password: "
        user = conversation.notes.pop("user")
        if conversation.login_refused or (user, text) != (self.user, self.password):
            return b"\r\nLogin incorrect\r\nlogin: "
        conversation.logged_in = True
        return _WELCOME.encode()

    def _do(self, command: str) -> str:
        try:
            words = shlex.split(command)
        except ValueError:
            return "-ERR Parse error: no closing quote"
        if len(words) < 2:
            return "-ERR Parse error: not enough parameters supplied"
        tag, verb, rest = words[0], words[1], words[2:]
        if tag == "SESSION":
            return self._session(verb, rest)
        if tag == "DEVICE":
            return self._device(verb, rest)
        if tag not in self.blocks:
            return _NOT_FOUND
        if verb not in ("get", "set"):
            return "-ERR Parse error: verb was not one of the commands supported by the attribute"
        block = self.blocks[tag]
        where = " ".join(rest if verb == "get" else rest[:-1])
        if where not in block:
            return "-ERR INVALID_PARAMETER Index out of range: channelIndex min:1 max:2"
        if verb == "get":
            return f'+OK "value":{_shown(block[where])}'
        block[where] = _read(rest[-1])
        return "+OK"

    def _session(self, verb: str, rest: list[str]) -> str:
        if (verb, rest) != ("get", ["aliases"]):
            return "-ERR Parse error: unknown attribute"
        return '+OK "list":[' + " ".join(f'"{tag}"' for tag in ("DEVICE", *self.blocks)) + "]"

    def _device(self, verb: str, rest: list[str]) -> str:
        if verb == "get" and rest == ["activeFaultList"]:
            faults = " ".join(f'{{"id":INDICATOR_MAJOR_IN_SYSTEM "name":"{name}"}}' for name in self.active_faults)
            return f'+OK "value":[{{"id":INDICATOR_MAJOR_IN_SYSTEM "name":"Major Fault" "faults":[{faults}] "serialNumber":"01234567"}}]'
        if verb == "get" and rest and rest[0] in self.device:
            return f'+OK "value":{_shown(self.device[rest[0]])}'
        if verb == "reboot":
            self.boots += 1
            return "+OK"
        if verb.startswith("recallPreset") and rest:
            if rest[0] not in self.presets:
                return "-ERR INVALID_PARAMETER Preset not found"
            for tag, values in self.presets[rest[0]].items():
                self.blocks[tag].update(values)
            return "+OK"
        if verb.startswith("savePreset") and rest:
            self.presets[rest[0]] = {tag: dict(values) for tag, values in self.blocks.items()}
            return "+OK"
        return "-ERR Parse error: verb was not one of the commands supported by Services"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(value) if isinstance(value, int) else f'"{value}"'


def _read(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text) if "." in text or text.startswith("-") else int(text)
    except ValueError:
        return text
