"""Tools of kind `shure`: Shure devices over their command strings.

Sources: Shure, "Command Strings" of MXA710 and MXA902, P300 (AUDIO_GAIN_HI_RES: 0000 to 1400 in tenths of a dB, of which 1100
is 0 dB), and ULX-D (AUDIO_GAIN: 000 to 060, of which 018 is 0 dB; BATT_BARS, BATT_RUN_TIME). A command is `< GET x NAME >` or
`< SET x NAME value >`; the device answers `< REP … >`, or `< REP ERR >`. It also reports by itself whatever changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from avops.connectors.device import DeviceConnector
from avops.connectors.line import BrokenLineError, Framing
from avops.connectors.line_session import LineDevices, Session
from avops.errors import ToolError
from avops.model.tool import ShureTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.connectors.device import Device
    from avops.connectors.line import Line
    from avops.connectors.line_session import Handler

MAX_OTHERS = 1000
_REPORT = re.compile(r"\s*<\s*REP(?:\s+(\d+))?\s+([A-Z][A-Z0-9_]*)(?:\s+(.*?))?\s*$", re.DOTALL)
_UNKNOWN_BARS, _UNKNOWN_MINUTES = 255, 65532
"""ULX-D, BATT_BARS: 255 is unknown. BATT_RUN_TIME: from 65532 on it is calculating, wrong or unknown."""


class ShureSession(Session):
    """One connection: commands in, the values of their reports out."""

    def __init__(self, line: Line, host: str, *, receiver: bool) -> None:
        super().__init__(line)
        self.host = host
        self.receiver = receiver
        """Its gain is that of a wireless receiver."""

    async def get(self, name: str, channel: object = None) -> str:
        """A property's value."""
        return await self._ask(f"GET {self._place(channel)}{name}", name, channel)

    async def set(self, name: str, value: object, channel: object = None) -> str:
        """The value that the device reports after the change."""
        return await self._ask(f"SET {self._place(channel)}{name} {value}", name, channel)

    def _place(self, channel: object) -> str:
        if channel is None:
            return ""
        assert isinstance(channel, int)
        return f"{channel} " if self.receiver else f"{channel:02} "

    async def _ask(self, command: str, name: str, channel: object) -> str:
        await self.line.send(f"< {command} >".encode("ascii"))
        for _ in range(MAX_OTHERS):
            match = _REPORT.match((await self.line.receive()).decode("latin-1"))
            if match is None:
                continue
            if match[2] == "ERR":
                hint = "has this model the channel and the property?"
                raise ToolError(f"'{self.host}' refused the command: {command}", hint=hint)
            if match[2] == name and (None if match[1] is None else int(match[1])) == channel:
                return (match[3] or "").strip("{}").strip()
        raise BrokenLineError(f"answered '{command}' with something else")

    async def number(self, name: str, channel: object = None) -> int:
        """A property's value as a number."""
        return as_number(await self.get(name, channel))


def as_number(text: str) -> int:
    """The number that a report holds."""
    if not (text.isascii() and text.isdigit()):
        raise BrokenLineError("reported something that is no number")
    return int(text)


def _decibels(session: ShureSession, value: int) -> float:
    return float(value - 18) if session.receiver else value / 10 - 110


async def get_gain(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """AUDIO_GAIN_HI_RES, or AUDIO_GAIN of a receiver."""
    name = "AUDIO_GAIN" if session.receiver else "AUDIO_GAIN_HI_RES"
    return {"gain": round(_decibels(session, await session.number(name, arguments["channel"])), 1)}


async def set_gain(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """The gain that the device reports afterwards is the result: a receiver has whole decibels only."""
    gain = arguments["gain"]
    assert isinstance(gain, int | float)
    low, high = (-18, 42) if session.receiver else (-110, 30)
    if not low <= gain <= high:
        raise ToolError(f"the gain {gain:g} dB is not within {low} and {high} dB of this kind of device")
    if session.receiver:
        found = await session.set("AUDIO_GAIN", f"{round(gain) + 18:03}", arguments["channel"])
    else:
        found = await session.set("AUDIO_GAIN_HI_RES", f"{round((gain + 110) * 10):04}", arguments["channel"])
    return {"gain": round(_decibels(session, as_number(found)), 1)}


async def get_mute(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """AUDIO_MUTE of a channel, DEVICE_AUDIO_MUTE of the device."""
    channel = arguments.get("channel")
    return {"mute": _on(await session.get("DEVICE_AUDIO_MUTE" if channel is None else "AUDIO_MUTE", channel))}


async def set_mute(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """AUDIO_MUTE of a channel, DEVICE_AUDIO_MUTE of the device."""
    channel, value = arguments.get("channel"), "ON" if arguments["mute"] else "OFF"
    return {"mute": _on(await session.set("DEVICE_AUDIO_MUTE" if channel is None else "AUDIO_MUTE", value, channel))}


async def get_battery(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """BATT_BARS and BATT_RUN_TIME"""
    bars = await session.number("BATT_BARS", arguments["channel"])
    minutes = await session.number("BATT_RUN_TIME", arguments["channel"])
    return {"bars": None if bars == _UNKNOWN_BARS else bars, "minutes": None if minutes >= _UNKNOWN_MINUTES else minutes}


async def recall_preset(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """PRESET"""
    preset = arguments["preset"]
    assert isinstance(preset, int)
    await session.set("PRESET", f"{preset:02}")
    return {"done": True}


async def flash(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """FLASH"""
    await session.set("FLASH", "ON" if arguments["on"] else "OFF")
    return {"done": True}


async def get_info(session: ShureSession, arguments: Mapping[str, object]) -> object:
    """MODEL, FW_VER, DEVICE_ID"""
    pairs = (("model", "MODEL"), ("firmware", "FW_VER"), ("name", "DEVICE_ID"))
    return {key: await session.get(name) for key, name in pairs}


def _on(text: str) -> bool:
    if text not in ("ON", "OFF"):
        raise BrokenLineError("reported a mute that is neither ON nor OFF")
    return text == "ON"


class ShureDevices(LineDevices[ShureTool, ShureSession]):
    """A `Tool` over command strings. A quiet connection is kept with a harmless query."""

    framing = Framing(ends=b">", max_bytes=64 * 1024)
    quiet_s = 60.0
    health_action = "get_info"
    handlers: ClassVar[Mapping[str, Handler[ShureSession]]] = {
        "get_gain": get_gain,
        "set_gain": set_gain,
        "get_mute": get_mute,
        "set_mute": set_mute,
        "get_battery": get_battery,
        "recall_preset": recall_preset,
        "flash": flash,
        "get_info": get_info,
    }

    async def open_session(self, line: Line, device: Device) -> ShureSession:
        """A device greets nobody, so that it is asked for its firmware: one that starts up says nothing."""
        session = ShureSession(line, str(device), receiver=self.manifest.gain == "receiver")
        await session.get("FW_VER")
        return session

    async def keep_alive(self, session: ShureSession) -> bool:
        """GET FW_VER"""
        await session.get("FW_VER")
        return True


class ShureConnector(DeviceConnector[ShureTool]):
    """Makes tools of kind `shure`."""

    manifest_type = ShureTool
    tool_type = ShureDevices
