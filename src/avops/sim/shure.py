"""A simulated Shure device (Shure, Command Strings of MXA710, P300 and ULX-D)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sim.device import SimulatedDevice, split_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import Conversation

_COMMAND = re.compile(r"\s*<\s*(GET|SET)(?:\s+(\d+))?\s+([A-Z][A-Z0-9_]*)(?:\s+(\S+))?\s*$")
_READ_ONLY = frozenset({"MODEL", "FW_VER", "DEVICE_ID", "SERIAL_NUM", "BATT_BARS", "BATT_RUN_TIME"})


class SimulatedShure(SimulatedDevice):
    """A device with so many channels: an array (`receiver` false) or a wireless receiver."""

    default_port = 2202
    garbage = b"\xff\x00 ??? > < REP > <<>> " + b"< SAMPLE 001 002 > " * 1001

    def __init__(
        self,
        *,
        receiver: bool = False,
        channels: int = 4,
        model: str = "MXA710",
        firmware: str = "1.2.24",
        name: str = "Array",
        presets: Mapping[int, Mapping[int, str]] | None = None,
        gains: Mapping[int, str] | None = None,
        bars: int = 5,
        minutes: int = 480,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        self.receiver = receiver
        self.gain = "AUDIO_GAIN" if receiver else "AUDIO_GAIN_HI_RES"
        self.properties: dict[tuple[int | None, str], str] = {
            (None, "MODEL"): f"{{{model:<32}}}",
            (None, "FW_VER"): f"{{{firmware:<18}}}",
            (None, "DEVICE_ID"): f"{{{name:<31}}}",
            (None, "DEVICE_AUDIO_MUTE"): "OFF",
            (None, "FLASH"): "OFF",
            (None, "PRESET"): "01",
        }
        for channel in range(1, channels + 1):
            self.properties[channel, self.gain] = "018" if receiver else "1100"
            self.properties[channel, "AUDIO_MUTE"] = "OFF"
            if receiver:
                self.properties[channel, "BATT_BARS"] = f"{bars:03}"
                self.properties[channel, "BATT_RUN_TIME"] = f"{minutes:05}"
        for channel, value in (gains or {}).items():
            self.properties[channel, self.gain] = value
        self.presets = {number: dict(saved) for number, saved in (presets or {}).items()}

    def greet(self, conversation: Conversation) -> bytes:
        """Nothing is said and nobody logs in."""
        conversation.logged_in = True
        return b""

    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """A command ends with `>`."""
        return split_at(arrived, b">")

    def answer(self, conversation: Conversation, command: str) -> bytes:
        """A report of the property, or REP ERR."""
        match = _COMMAND.match(command)
        if match is None:
            return b"< REP ERR >"
        channel, name, value = None if match[2] is None else int(match[2]), match[3], match[4]
        known = (channel, name) in self.properties
        if not known or (match[1] == "GET") != (value is None) or (value is not None and not self._set(channel, name, value)):
            return b"< REP ERR >"
        return self._report(channel, name)

    def turn_knob(self, channel: int, value: str) -> None:
        """Someone changes a gain at the device: every client is told."""
        self.properties[channel, self.gain] = value
        self.say_to_all(self._report(channel, self.gain))

    def _set(self, channel: int | None, name: str, value: str) -> bool:
        if name in _READ_ONLY or (name == self.gain and not (value.isdigit() and int(value) <= (60 if self.receiver else 1400))):
            return False
        if name in ("AUDIO_MUTE", "DEVICE_AUDIO_MUTE", "FLASH") and value not in ("ON", "OFF"):
            return False
        if name == "PRESET":
            if int(value) not in self.presets:
                return False
            self.properties.update({(number, self.gain): gain for number, gain in self.presets[int(value)].items()})
        self.properties[channel, name] = value
        return True

    def _report(self, channel: int | None, name: str) -> bytes:
        place = "" if channel is None else f"{channel} " if self.receiver else f"{channel:02} "
        return f"< REP {place}{name} {self.properties[channel, name]} >".encode()
