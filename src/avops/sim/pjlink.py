"""A simulated PJLink projector (PJLink Specifications 2.00, JBMIA 2017, sections 2 to 5)."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.sim.device import SimulatedDevice, split_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import Conversation

_COMMAND = re.compile(r"%([12])([A-Z0-9]{4}) (.{1,128})$", re.IGNORECASE | re.DOTALL)
_CLASS_2 = frozenset({"SNUM", "SVER", "INNM", "IRES", "RRES", "FILT", "RLMP", "RFIL", "SVOL", "MVOL", "FREZ"})
_INPUTS = {"11": "Computer", "21": "Video", "31": "HDMI 1", "32": "HDMI 2", "51": "Network"}


class SimulatedProjector(SimulatedDevice):
    """A projector with power, inputs, mutes, lamps and errors. Its lamp warms up and cools down for so long."""

    default_port = 4352

    def __init__(
        self,
        *,
        level: int = 2,
        password: str | None = None,
        salt: str | None = None,
        power: str = "off",
        warm_up_s: float = 0.0,
        cool_down_s: float = 0.0,
        errors: str = "000000",
        lamps: str = "1200 1",
        inputs: Mapping[str, str] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        self.level = level
        self.password = password
        self.salt = salt
        self.inputs = dict(inputs or _INPUTS)
        self.input = next(iter(self.inputs))
        self.video_muted = self.audio_muted = self.frozen = False
        self.errors = errors
        self.lamps = lamps
        self.volume = self.microphone = 10
        self.name = "Simulated projector"
        self._target = power
        self._settles_at = self.now()
        self._warm_up = timedelta(seconds=warm_up_s)
        self._cool_down = timedelta(seconds=cool_down_s)

    @property
    def power(self) -> str:
        """`off`, `on`, `cooling` or `warming`."""
        if self.now() >= self._settles_at:
            return self._target
        return "warming" if self._target == "on" else "cooling"

    def switch(self, power: str) -> None:
        """Switches on or off."""
        if power != self._target:
            self._target = power
            self._settles_at = self.now() + (self._warm_up if power == "on" else self._cool_down)

    def greet(self, conversation: Conversation) -> bytes:
        """5.1 and 5.2"""
        if self.password is None:
            conversation.logged_in = True
            return b"PJLINK 0\r"
        conversation.notes["salt"] = self.salt or secrets.token_hex(4)
        return f"PJLINK 1 {conversation.notes['salt']}\r".encode()

    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """A command ends with CR."""
        return split_at(arrived, b"\r")

    def answer(self, conversation: Conversation, command: str) -> bytes:
        """2.2; a login that is wrong gets ERRA and the end of the connection (5.1)."""
        if not conversation.logged_in:
            text = f"{conversation.notes['salt']}{self.password}"
            digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            if conversation.login_refused or command[:32].lower() != digest:
                conversation.ends = True
                return b"PJLINK ERRA\r"
            conversation.logged_in = True
            command = command[32:]
        match = _COMMAND.match(command)
        if match is None:
            return b""  # 2.1: what has no header is no command
        level, name, parameter = int(match[1]), match[2].upper(), match[3]
        known = level <= self.level and (name not in _CLASS_2 or level == 2)
        return f"%{level}{name}={self._do(name, parameter) if known else 'ERR1'}\r".encode()

    def _do(self, name: str, parameter: str) -> str:
        if parameter.startswith("?"):
            return self._read(name, parameter[1:])
        return self._set(name, parameter)

    def _read(self, name: str, of: str) -> str:
        states = {"off": "0", "on": "1", "cooling": "2", "warming": "3"}
        on = self.power == "on"
        match name:
            case "POWR":
                return states[self.power]
            case "INPT":
                return self.input if on else "ERR3"
            case "AVMT":
                return f"{1 + self.audio_muted * 2 if self.video_muted else 2}1" if self.video_muted or self.audio_muted else "30"
            case "ERST":
                return self.errors
            case "LAMP":
                return self.lamps or "ERR1"
            case "INST":
                return " ".join(self.inputs)
            case "CLSS":
                return str(self.level)
            case "INNM":
                return self.inputs.get(of, "ERR2")
            case "IRES":
                return "1920x1080" if on else "-"
            case "FREZ":
                return "1" if self.frozen else "0"
            case _:
                fixed = {
                    "NAME": self.name,
                    "INF1": "Example",
                    "INF2": "SIM-1",
                    "INFO": "simulated",
                    "SNUM": "SIM0001",
                    "SVER": "1.0",
                    "RRES": "1920x1200",
                    "FILT": "300",
                    "RLMP": "LAMP-1",
                    "RFIL": "FILTER-1",
                }
                return fixed.get(name, "ERR1")

    def _set(self, name: str, value: str) -> str:
        if name == "POWR" and value in ("0", "1"):
            if self.power in ("warming", "cooling"):
                return "ERR3"
            self.switch("on" if value == "1" else "off")
            return "OK"
        settings = ("INPT", "AVMT", "FREZ", "SVOL", "MVOL")
        if name not in (*settings, "POWR"):
            return "ERR1"
        if name != "POWR" and self.power != "on":
            return "ERR3"
        if name == "INPT" and value in self.inputs:
            self.input = value
        elif name == "AVMT" and re.fullmatch("[123][01]", value):
            muted = value[1] == "1"
            self.video_muted = muted if value[0] in "13" else self.video_muted
            self.audio_muted = muted if value[0] in "23" else self.audio_muted
        elif name == "FREZ" and value in ("0", "1"):
            self.frozen = value == "1"
        elif name == "SVOL" and value in ("0", "1"):
            self.volume += 1 if value == "1" else -1
        elif name == "MVOL" and value in ("0", "1"):
            self.microphone += 1 if value == "1" else -1
        else:
            return "ERR2"
        return "OK"
