"""Tools of kind `sis`: Extron switchers and matrix switchers over the Simple Instruction Set.

Sources: DTP CrossPoint 84 User Guide, "SIS Command and Response Table" and "Error Responses"; IN1606 and IN1608 Series User
Guide 68-2290-01, "SIS Configuration and Control" (switchers without outputs, passwords, verbose modes). A Telnet connection
starts in verbose mode 0, in which the answer to a query is bare. The device drops a connection after five quiet minutes.
Which commands and which numbers a model has is in its own guide.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, ClassVar

from avops.connectors.device import DeviceConnector
from avops.connectors.line import BrokenLineError, Framing
from avops.connectors.line_session import LineDevices, Session
from avops.errors import ToolError
from avops.model.tool import SisTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.connectors.device import Device
    from avops.connectors.line import Line
    from avops.connectors.line_session import Handler

MAX_OTHERS = 100
"""How many messages a device may say by itself before the answer."""
_TIES = {"audio": "$", "both": "!", "video": "%"}
_TAGS = {"audio": "Aud", "both": "All", "video": "(?:Vid|RGB)"}
_FIRMWARE = re.compile(r"\d+\.\d+(\.\d+)*$")
_ERROR = re.compile(r"E(\d\d)$")
_ERRORS = {  # "Error Responses"
    "01": "has no such input",
    "06": "cannot change the input now: it switches by itself",
    "10": "does not know the command",
    "11": "has no such preset",
    "12": "has no such output or port",
    "13": "does not take the value",
    "14": "does not allow this in its configuration",
    "17": "ran out of time",
    "18": "ran out of time",
    "22": "is busy",
    "24": "does not allow this to the user who is logged in",
    "25": "has no such device connected",
    "26": "has reached its number of connections",
    "27": "has no such event",
    "28": "has no such file",
}


class SisSession(Session):
    """One connection: commands in, the parts of their answers out."""

    def __init__(self, line: Line, host: str) -> None:
        super().__init__(line)
        self.host = host

    async def ask(self, command: str, answer: str) -> tuple[str, ...]:
        """The groups of the pattern `answer`; ToolError for an error response.

        Anything else that arrives is what the device says of its own: its front panel was used, or another controller.
        """
        pattern = re.compile(answer + "$", re.IGNORECASE)
        await self.line.send(command.encode("ascii"))
        for _ in range(MAX_OTHERS):
            text = (await self.line.receive()).decode("latin-1").strip()
            if match := pattern.match(text):
                return match.groups()
            if error := _ERROR.match(text):
                raise self._refusal(command, error[1])
        raise BrokenLineError(f"answered '{shown(command)}' with something else")

    async def number(self, command: str, tag: str) -> int:
        """The number that a query is answered with: bare, or after its tag in the verbose modes 2 and 3."""
        (digits,) = await self.ask(command, rf"(?:{tag})?([+-]?\d+)(?: (?:All|Vid|Aud|RGB))?")
        return int(digits)

    def _refusal(self, command: str, code: str) -> ToolError:
        reason = _ERRORS.get(code, f"answered with error E{code}")
        hint = "wait and try again" if code == "22" else None
        # A command that ran out of time (E17, E18) may have been carried out; every other error says that it was not.
        return ToolError(
            f"'{self.host}' {reason}: {shown(command)} (E{code})", hint=hint, happened="unknown" if code in ("17", "18") else "no"
        )


def shown(command: str) -> str:
    """A command as people write it."""
    return command.strip("\r").replace("\x1b", "Esc ")


def _of(arguments: Mapping[str, object]) -> str:
    """The output's number before a command's letter; nothing on a switcher."""
    return "" if arguments.get("output") is None else str(arguments["output"])


async def get_input(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3%` and `3$` on a matrix, `!` on a switcher."""
    output, signal = _of(arguments), str(arguments["signal"])
    letter = _TIES["video" if output and signal == "both" else signal]
    return {"input": await session.number(f"{output}{letter}", rf"Out0*{output} In" if output else "In")}


async def set_input(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`1*3!` ties, `2!` selects; `%` is the picture alone, `$` the sound."""
    number, output, signal = arguments["input"], _of(arguments), str(arguments["signal"])
    if output:
        await session.ask(f"{number}*{output}{_TIES[signal]}", rf"Out0*{output} In0*{number} {_TAGS[signal]}")
    else:
        await session.ask(f"{number}{_TIES[signal]}", rf"In0*{number} {_TAGS[signal]}")
    return {"input": number}


async def get_video_mute(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3B` or `B`; 2 is a mute that also takes the sync away."""
    return {"mute": await session.number(f"{_of(arguments)}B", _tag("Vmt", arguments)) != 0}


async def set_video_mute(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3*1B` or `1B`"""
    await _set(session, arguments, "B", 1 if arguments["mute"] else 0, "Vmt")
    return {"done": True}


async def get_mute(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3Z` or `Z`"""
    return {"mute": await session.number(f"{_of(arguments)}Z", _tag("Amt", arguments)) != 0}


async def set_mute(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3*1Z` or `1Z`"""
    await _set(session, arguments, "Z", 1 if arguments["mute"] else 0, "Amt")
    return {"done": True}


async def get_volume(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3V` or `V`"""
    output = _of(arguments)
    return {"volume": await session.number(f"{output}V", rf"Out0*{output} Vol" if output else "Vol")}


async def set_volume(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`3*50V` answers `Out03 Vol50`, `50V` answers `Vol050`."""
    output, volume = _of(arguments), arguments["volume"]
    if output:
        await session.ask(f"{output}*{volume}V", rf"Out0*{output} Vol0*{volume}")
    else:
        await session.ask(f"{volume}V", rf"Vol0*{volume}")
    return {"done": True}


async def get_gain(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`Esc D1GRPM`; the level is in tenths of a dB."""
    group = arguments["group"]
    return {"gain": await session.number(f"\x1bD{group}GRPM\r", rf"GrpmD0*{group}\*") / 10}


async def set_gain(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`Esc D1*-50GRPM`"""
    gain = arguments["gain"]
    assert isinstance(gain, int | float)
    group, tenths = arguments["group"], round(gain * 10)
    sign = "-" if tenths < 0 else r"\+?"
    await session.ask(f"\x1bD{group}*{tenths:+d}GRPM\r", rf"GrpmD0*{group}\*{sign}0*{abs(tenths)}")
    return {"done": True}


async def recall_preset(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`5.` answers `Rpr05`."""
    await session.ask(f"{arguments['preset']}.", rf"Rpr0*{arguments['preset']}")
    return {"done": True}


async def save_preset(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`5,` answers `Spr05`."""
    await session.ask(f"{arguments['preset']},", rf"Spr0*{arguments['preset']}")
    return {"done": True}


async def get_info(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`Q` is the firmware, `N` the part number, `I` what the model says of itself."""
    (firmware,) = await session.ask("Q", r"(?:Ver\d+\*)?(\d+\.\d+[\d.]*)")
    (part,) = await session.ask("N", r"(?:Pno)?(\d\d-[\d-]+)")
    (info,) = await session.ask("I", r"(?!E\d\d$)(.+)")
    return {"firmware": firmware, "part": part, "info": info}


async def reboot(session: SisSession, arguments: Mapping[str, object]) -> object:
    """`Esc 1BOOT`: the device answers before it restarts."""
    await session.ask("\x1b1BOOT\r", r"Boot1")
    return {"done": True}


async def _set(session: SisSession, arguments: Mapping[str, object], letter: str, value: int, tag: str) -> None:
    output = _of(arguments)
    await session.ask(f"{output}*{value}{letter}" if output else f"{value}{letter}", rf"{_tag(tag, arguments)}{value}")


def _tag(tag: str, arguments: Mapping[str, object]) -> str:
    """What stands before the number of a mute: `Vmt3*` on a matrix, `Vmt` on a switcher."""
    output = _of(arguments)
    return rf"{tag}0*{output}\*" if output else tag


class SisDevices(LineDevices[SisTool, SisSession]):
    """A `Tool` over SIS. A quiet connection is kept with a harmless query, inside the device's five minutes."""

    framing = Framing(ends=b"\r\n", max_bytes=4096, telnet=True)
    quiet_s = 120.0
    prompt_s: ClassVar[float] = 1.5
    """How long the prompt for a password may take; it comes with the banner or never."""
    health_action = "get_info"
    handlers: ClassVar[Mapping[str, Handler[SisSession]]] = {
        "get_input": get_input,
        "set_input": set_input,
        "get_video_mute": get_video_mute,
        "set_video_mute": set_video_mute,
        "get_mute": get_mute,
        "set_mute": set_mute,
        "get_volume": get_volume,
        "set_volume": set_volume,
        "get_gain": get_gain,
        "set_gain": set_gain,
        "recall_preset": recall_preset,
        "save_preset": save_preset,
        "get_info": get_info,
        "reboot": reboot,
    }

    async def open_session(self, line: Line, device: Device) -> SisSession:
        """Logs in where the device asks for it, and makes sure that it answers."""
        password = self.secret(self.manifest.credential)
        if password is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.prompt_s):
                    await line.receive_until(b"Password:")
                    await self._log_in(line, device, password)
        await line.send(b"Q")
        while True:
            text = (await line.receive_until(b"\n", b"Password:")).decode("latin-1").strip()
            if text.endswith("Password:"):
                hint = "write 'credential: env:NAME' in the tool's file, and set NAME to its password"
                raise ToolError(f"'{device}' asks for a password", hint=hint)
            if _FIRMWARE.match(text.rpartition("*")[2]):
                return SisSession(line, str(device))

    async def keep_alive(self, session: SisSession) -> bool:
        """Asks for the firmware."""
        await session.ask("Q", r"(?:Ver\d+\*)?(\d+\.\d+[\d.]*)")
        return True

    async def _log_in(self, line: Line, device: Device, password: str) -> None:
        await line.send(password.encode() + b"\r")
        while b"Login" not in (answer := await line.receive_until(b"\n", b"Password:")):
            if answer.endswith(b"Password:"):
                hint = "set the secret that 'credential' names to the device's password"
                raise ToolError(f"'{device}' refused the password", hint=hint)


class SisConnector(DeviceConnector[SisTool]):
    """Makes tools of kind `sis`."""

    manifest_type = SisTool
    tool_type = SisDevices
