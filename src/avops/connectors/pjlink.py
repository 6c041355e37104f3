"""Tools of kind `pjlink`: projectors and displays over PJLink, class 1 and class 2.

Source: PJLink Specifications Version 2.00 (JBMIA, 2017-01-31). Section 2 command and response lines, 2.5 format; section 4 the
commands; section 5 authentication and disconnection.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, ClassVar

from avops.connectors.device import DeviceConnector
from avops.connectors.line import BrokenLineError, Framing
from avops.connectors.line_session import LineDevices, Session
from avops.errors import ToolError
from avops.model.tool import PjlinkTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.connectors.device import Device
    from avops.connectors.line import Line
    from avops.connectors.line_session import Handler

_POWER = {"0": "off", "1": "on", "2": "cooling", "3": "warming"}  # 4.2
_KINDS = {"1": "rgb", "2": "video", "3": "digital", "4": "storage", "5": "network", "6": "internal"}  # 4.3
_CONDITIONS = ("ok", "warning", "error")  # 4.7
_PARTS = ("fan", "lamp", "temperature", "cover", "filter", "other")  # 4.7
_MUTES = {"11": (True, False), "21": (False, True), "30": (False, False), "31": (True, True)}  # 4.6: picture, sound
_GREETING = re.compile(rb"PJLINK (0|1 ([0-9A-Fa-f]{8}))$", re.IGNORECASE)
_ANSWER = re.compile(rb"%([12])([A-Z0-9]{4})=(.*)$", re.IGNORECASE | re.DOTALL)


class RefusedCommandError(ToolError):
    """The device answered ERR1 to ERR4: it did not carry the command out."""


class PjlinkSession(Session):
    """One connection to a projector: commands in, the parameters of their answers out."""

    def __init__(self, line: Line, host: str, digest: str = "") -> None:
        super().__init__(line)
        self.host = host
        self.level = 1
        """The PJLink class of the device."""
        self._digest = digest

    async def ask(self, command: str, parameter: str = "?", level: int = 1) -> str:
        """The parameter of the answer; ToolError for the answers ERR1 to ERR4 (2.2) and for a refused login (5.1)."""
        # 5.3: the digest stands before the first command of a connection only.
        await self.line.send(f"{self._digest}%{level}{command} {parameter}\r".encode())
        self._digest = ""
        answer = await self.line.receive()
        if answer.strip().upper() == b"PJLINK ERRA":
            raise ToolError(f"'{self.host}' refused the password", hint="set the secret that 'credential' names to its PJLink password")
        match = _ANSWER.match(answer)
        if match is None or match[1].decode() != str(level) or match[2].decode().upper() != command:
            raise BrokenLineError(f"answered {command} with something else")
        text = match[3].decode("utf-8", "replace").strip()
        if text.upper() in _REFUSALS:
            reason, hint = _REFUSALS[text.upper()]
            raise RefusedCommandError(f"'{self.host}' {reason}: {command} {parameter}", hint=hint)
        return text

    async def tell(self, command: str, parameter: str, level: int = 1) -> None:
        """Sends a set command; returns once the device has accepted it (2.3)."""
        if (answer := await self.ask(command, parameter, level)).upper() != "OK":
            raise BrokenLineError(f"answered {command} with '{answer[:40]}'")

    def need_class_2(self, what: str) -> None:
        """ToolError when the device speaks class 1 only."""
        if self.level < 2:
            raise ToolError(f"'{self.host}' speaks PJLink class 1, which knows no {what}")


_REFUSALS = {  # 2.2 and the tables of section 4
    "ERR1": ("does not know the command", None),
    "ERR2": ("does not take the value", "list_inputs shows the inputs of a device"),
    "ERR3": ("cannot do this now", "it is off, warming up or cooling down; wait and try again"),
    "ERR4": ("reports a failure of the projector or display", "get_errors shows what is wrong"),
}


def _input_name(code: str) -> str:
    if len(code) != 2 or code[0] not in _KINDS:
        raise BrokenLineError(f"named an input '{code[:20]}'")
    return _KINDS[code[0]] + code[1]


def _input_code(name: str) -> str:
    kinds = {kind: digit for digit, kind in _KINDS.items()}
    return kinds[name[:-1]] + name[-1] if name[:-1] in kinds else name


async def get_power(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.2"""
    power = _POWER.get(await session.ask("POWR"))
    if power is None:
        raise BrokenLineError("named a power state that PJLink does not have")
    return {"power": power, "target": "on" if power in ("on", "warming") else "off"}


async def set_power(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.1; the device answers at once and warms up or cools down afterwards."""
    await session.tell("POWR", "1" if arguments["power"] == "on" else "0")
    return {"power": arguments["power"]}


async def get_input(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.4; class 2 asks with its own command, which also knows inputs above 9."""
    code = await session.ask("INPT", level=session.level)
    return {"input": _input_name(code), "code": code}


async def set_input(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.3"""
    code = _input_code(str(arguments["input"]))
    await session.tell("INPT", code, session.level)
    return {"input": _input_name(code)}


async def list_inputs(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.9, and 4.17 for the names."""
    codes = (await session.ask("INST", level=session.level)).split()
    inputs: list[dict[str, object]] = []
    for code in codes:
        name: str | None = None
        if session.level == 2:
            try:
                name = await session.ask("INNM", f"?{code}", 2)
            except RefusedCommandError:  # a device may list inputs that it has no name for
                name = None
        inputs.append({"input": _input_name(code), "code": code, "name": name})
    return {"inputs": inputs}


async def get_mute(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.6"""
    muted = _MUTES.get(await session.ask("AVMT"))
    if muted is None:
        raise BrokenLineError("named a mute state that PJLink does not have")
    return {"video": muted[0], "audio": muted[1]}


async def set_mute(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.5: 1x is the picture, 2x the sound, 3x both."""
    video, audio = arguments.get("video"), arguments.get("audio")
    if video is None and audio is None:
        raise ToolError("nothing says what to mute", hint="give 'video', 'audio' or both")
    if video == audio:
        await session.tell("AVMT", "31" if video else "30")
        return {"done": True}
    if video is not None:
        await session.tell("AVMT", "11" if video else "10")
    if audio is not None:
        try:
            await session.tell("AVMT", "21" if audio else "20")
        except RefusedCommandError as error:
            if video is None:
                raise
            raise ToolError(f"{error.message}; the picture's mute was set before", hint=error.hint, happened="unknown") from None
    return {"done": True}


async def get_errors(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.7: six digits, in the order of `_PARTS`."""
    answer = await session.ask("ERST")
    if not re.fullmatch(r"[0-2]{6}", answer):
        raise BrokenLineError("reported errors that are not six digits from 0 to 2")
    found = [int(digit) for digit in answer]
    return {**{part: _CONDITIONS[each] for part, each in zip(_PARTS, found, strict=True)}, "worst": _CONDITIONS[max(found)]}


async def get_lamps(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.8: hours and 0 or 1, for each lamp. A device without lamps does not know the command."""
    words = (await session.ask("LAMP")).split()
    if len(words) % 2 or not all(word.isascii() and word.isdigit() for word in words):
        raise BrokenLineError("reported lamps that are not pairs of numbers")
    lamps = [{"hours": int(hours), "on": on == "1"} for hours, on in zip(words[::2], words[1::2], strict=True)]
    return {"lamps": lamps, "hours": max((int(hours) for hours in words[::2]), default=0)}


async def get_info(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.10 to 4.14, and 4.15 and 4.16 with class 2."""
    info: dict[str, object] = {"class": session.level}
    for key, command in (("name", "NAME"), ("manufacturer", "INF1"), ("product", "INF2"), ("other", "INFO")):
        info[key] = await session.ask(command)
    for key, command in (("serial", "SNUM"), ("version", "SVER")):
        info[key] = await session.ask(command, level=2) if session.level == 2 else None
    return info


async def get_resolution(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.18 and 4.19: `-` stands for no signal, `*` for one that the device does not know."""
    session.need_class_2("resolutions")
    found = {key: await session.ask(command, level=2) for key, command in (("signal", "IRES"), ("recommended", "RRES"))}
    return {key: None if text in ("-", "*", "") else text for key, text in found.items()}


async def get_filter(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.20 to 4.22. A device without a filter does not know the first command: its hours are null."""
    session.need_class_2("filters")
    try:
        text = await session.ask("FILT", level=2)
        hours = int(text) if text.isascii() and text.isdigit() else None
    except RefusedCommandError:
        hours = None
    filters, lamps = [(await session.ask(command, level=2)).split() for command in ("RFIL", "RLMP")]
    return {"hours": hours, "filters": filters, "lamps": lamps}


async def get_freeze(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.26"""
    session.need_class_2("freezing")
    return {"freeze": "on" if await session.ask("FREZ", level=2) == "1" else "off"}


async def set_freeze(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.25"""
    session.need_class_2("freezing")
    await session.tell("FREZ", "1" if arguments["freeze"] == "on" else "0", 2)
    return {"freeze": arguments["freeze"]}


async def step_speaker_volume(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.23: there is no way to read or set a level."""
    session.need_class_2("volume")
    await session.tell("SVOL", "1" if arguments["direction"] == "up" else "0", 2)
    return {"done": True}


async def step_microphone_volume(session: PjlinkSession, arguments: Mapping[str, object]) -> object:
    """4.24"""
    session.need_class_2("volume")
    await session.tell("MVOL", "1" if arguments["direction"] == "up" else "0", 2)
    return {"done": True}


class PjlinkDevices(LineDevices[PjlinkTool, PjlinkSession]):
    """A `Tool` over PJLink. A quiet connection is given up: many projectors serve one controller at a time."""

    framing = Framing(ends=b"\r\n", max_bytes=1024)
    quiet_s = 5.0
    health_action = "get_power"
    handlers: ClassVar[Mapping[str, Handler[PjlinkSession]]] = {
        "get_power": get_power,
        "set_power": set_power,
        "get_input": get_input,
        "set_input": set_input,
        "list_inputs": list_inputs,
        "get_mute": get_mute,
        "set_mute": set_mute,
        "get_errors": get_errors,
        "get_lamps": get_lamps,
        "get_info": get_info,
        "get_resolution": get_resolution,
        "get_filter": get_filter,
        "get_freeze": get_freeze,
        "set_freeze": set_freeze,
        "step_speaker_volume": step_speaker_volume,
        "step_microphone_volume": step_microphone_volume,
    }

    async def open_session(self, line: Line, device: Device) -> PjlinkSession:
        """Reads the greeting, logs in where it asks for it (5.1), and learns the device's class (4.14)."""
        greeting = await line.receive()
        match = _GREETING.match(greeting.strip())
        if match is None:
            if greeting.strip().upper() == b"PJLINK ERRA":
                raise ToolError(f"'{device}' refused the connection", hint="its PJLink setting may be off")
            raise BrokenLineError("does not greet as PJLink does")
        digest = ""
        if match[2] is not None:
            password = self.secret(self.manifest.credential)
            if password is None:
                hint = "write 'credential: env:NAME' in the tool's file, and set NAME to its PJLink password"
                raise ToolError(f"'{device}' asks for a password", hint=hint)
            digest = hashlib.md5(match[2] + password.encode(), usedforsecurity=False).hexdigest()  # what the protocol asks for
        session = PjlinkSession(line, str(device), digest)
        try:
            session.level = 2 if await session.ask("CLSS") == "2" else 1
        except RefusedCommandError:
            session.level = 1
        return session


class PjlinkConnector(DeviceConnector[PjlinkTool]):
    """Makes tools of kind `pjlink`."""

    manifest_type = PjlinkTool
    tool_type = PjlinkDevices
