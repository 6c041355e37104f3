"""Tools of kind `tesira`: Biamp Tesira servers over the Tesira Text Protocol, by Telnet.

Source: Tesira Help, System Control, Tesira Text Protocol: "TTP Overview", "TTP Syntax" (tags, quoting, presets), "TTP
Responses" (+OK, -ERR), "TTP Subscriptions" (what arrives unasked begins with `!`), "Telnet" (negotiation, welcome line, login).
Commands are echoed, and answers are verbose: a session starts so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from avops.connectors.device import DeviceConnector
from avops.connectors.line import BrokenLineError, Framing
from avops.connectors.line_session import LineDevices, Session
from avops.errors import ToolError
from avops.model.tool import TesiraTool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.connectors.device import Device
    from avops.connectors.line import Line
    from avops.connectors.line_session import Handler

MAX_OTHERS = 1000
MAX_DEPTH = 20
_WELCOME = b"Welcome to the Tesira Text Protocol"
_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([\[\]{}:])|([^\s\[\]{}:"]+))')
_FAILURES = ("-ERR", "-CANNOT_DELIVER", "-GENERAL_FAILURE")  # TTP Responses


class TesiraSession(Session):
    """One connection: commands in, the fields of their answers out."""

    def __init__(self, line: Line, host: str) -> None:
        super().__init__(line)
        self.host = host

    async def ask(self, *words: str) -> dict[str, object]:
        """The fields of the answer; ToolError for `-ERR`. Echoes and publications are passed over."""
        command = " ".join(words)
        await self.line.send(command.encode() + b"\n")
        for _ in range(MAX_OTHERS):
            text = (await self.line.receive()).decode("utf-8", "replace").strip()
            text = text.removeprefix(command).strip()
            if text.startswith("+OK"):
                return parse_fields(text[3:])
            if text.startswith(_FAILURES):
                raise self._refusal(command, text)
        raise BrokenLineError(f"answered '{command[:80]}' with something else")

    async def value(self, *words: str) -> object:
        """The `value` of the answer."""
        found = await self.ask(*words)
        if "value" not in found:
            raise BrokenLineError(f"answered '{' '.join(words)[:80]}' without a value")
        return found["value"]

    def _refusal(self, command: str, text: str) -> ToolError:
        if not text.startswith("-ERR"):
            # Another server of the system was to do it, and whether it did is not known.
            return ToolError(f"'{self.host}' could not deliver the command to its system: {command}", happened="unknown")
        said = text.removeprefix("-ERR").strip(" :")
        if "address not found" in said:
            return ToolError(f"'{self.host}' has no block with that tag: {command}", hint="list_tags shows the tags; their case counts")
        if "out of range" in said.lower():
            return ToolError(f"'{self.host}' does not take the value: {command} ({said[:200]})")
        return ToolError(f"'{self.host}' refused '{command}': {said[:200]}")


def parse_fields(text: str) -> dict[str, object]:
    """The fields of an answer: `"value":-10.0` or `"list":["A" "B"]`. Entries are parted by spaces, enumerations are bare words."""
    tokens = list(_tokens(text))
    tokens.reverse()
    fields: dict[str, object] = {}
    while tokens:
        name = tokens.pop()
        if not tokens or tokens.pop() != ":":
            raise BrokenLineError("answered with fields that cannot be read")
        fields[_text(name)] = _parse(tokens, 0)
    return fields


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BrokenLineError("answered with fields that cannot be read")
        yield match[0].strip()
        at = match.end()


def _parse(tokens: list[str], depth: int) -> object:
    """The next value; `tokens` holds what is left, last first."""
    if not tokens or depth > MAX_DEPTH:
        raise BrokenLineError("answered with a value that cannot be read")
    word = tokens.pop()
    if word in ("]", "}", ":"):
        raise BrokenLineError("answered with a value that cannot be read")
    if word == "[":
        items: list[object] = []
        while tokens and tokens[-1] != "]":
            items.append(_parse(tokens, depth + 1))
        _close(tokens, "]")
        return items
    if word == "{":
        fields: dict[str, object] = {}
        while tokens and tokens[-1] != "}":
            name = tokens.pop()
            _close(tokens, ":")
            fields[_text(name)] = _parse(tokens, depth + 1)
        _close(tokens, "}")
        return fields
    if word.startswith('"'):
        return _text(word)
    if word in ("true", "false"):
        return word == "true"
    try:
        return float(word) if "." in word or "e" in word.lower() else int(word)
    except ValueError:
        return word


def _close(tokens: list[str], mark: str) -> None:
    if not tokens or tokens.pop() != mark:
        raise BrokenLineError("answered with a value that cannot be read")


def _text(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token


def quoted(text: object) -> str:
    """A tag or a text value, in quotes where it holds a space (TTP Syntax)."""
    found = str(text)
    if '"' in found:
        raise ToolError(f"'{found[:60]}' holds a quote, which the protocol cannot carry")
    return f'"{found}"' if not found or " " in found else found


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else quoted(value)


def _at(arguments: Mapping[str, object], verb: str, attribute: str) -> list[str]:
    """The words of a command up to its value: tag, verb, attribute, channel."""
    return [quoted(arguments["tag"]), verb, attribute, str(arguments["channel"])]


async def get_gain(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`Level1 get level 1`"""
    return {"gain": _number(await session.value(*_at(arguments, "get", "level")))}


async def set_gain(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`Level1 set level 1 -10`"""
    await session.ask(*_at(arguments, "set", "level"), _written(arguments["gain"]))
    return {"done": True}


async def get_mute(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`Level1 get mute 1`"""
    value = await session.value(*_at(arguments, "get", "mute"))
    if not isinstance(value, bool):
        raise BrokenLineError("answered a mute that is neither true nor false")
    return {"mute": value}


async def set_mute(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`Level1 set mute 1 true`"""
    await session.ask(*_at(arguments, "set", "mute"), _written(arguments["mute"]))
    return {"done": True}


async def get_input(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`SourceSelector1 get sourceSelection`"""
    return {"input": int(_number(await session.value(quoted(arguments["tag"]), "get", "sourceSelection")))}


async def set_input(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`SourceSelector1 set sourceSelection 2`"""
    await session.ask(quoted(arguments["tag"]), "set", "sourceSelection", str(arguments["input"]))
    return {"done": True}


async def get_attribute(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`Tag get attribute [index] [index]`"""
    return {"value": await session.value(quoted(arguments["tag"]), "get", str(arguments["attribute"]), *_index(arguments))}


async def set_attribute(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`Tag set attribute [index] [index] value`"""
    words = (quoted(arguments["tag"]), "set", str(arguments["attribute"]), *_index(arguments))
    await session.ask(*words, _written(arguments["value"]))
    return {"done": True}


async def recall_preset(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`DEVICE recallPreset 1001`, or by name."""
    await _preset(session, "recallPreset", arguments["preset"])
    return {"done": True}


async def save_preset(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`DEVICE savePreset 1001`, or by name."""
    await _preset(session, "savePreset", arguments["preset"])
    return {"done": True}


async def list_tags(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`SESSION get aliases`"""
    found = (await session.ask("SESSION", "get", "aliases")).get("list")
    if not isinstance(found, list):
        raise BrokenLineError("answered without a list of tags")
    return {"tags": [str(tag) for tag in found]}


async def get_faults(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`DEVICE get activeFaultList`: a list of devices, each with its `faults`; the text is each fault's `name`."""
    found = await session.value("DEVICE", "get", "activeFaultList")
    texts: list[str] = []
    for device in found if isinstance(found, list) else []:
        faults = device.get("faults") if isinstance(device, dict) else None
        texts += [str(fault.get("name", fault)) if isinstance(fault, dict) else str(fault) for fault in faults or []]
    return {"faults": texts}


async def get_info(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`DEVICE get serialNumber`, `version`, `hostname`"""
    pairs = (("serial", "serialNumber"), ("version", "version"), ("hostname", "hostname"))
    return {key: str(await session.value("DEVICE", "get", attribute)) for key, attribute in pairs}


async def reboot(session: TesiraSession, arguments: Mapping[str, object]) -> object:
    """`DEVICE reboot`"""
    await session.ask("DEVICE", "reboot")
    return {"done": True}


async def _preset(session: TesiraSession, service: str, preset: object) -> None:
    if isinstance(preset, int):
        await session.ask("DEVICE", service, str(preset))
    else:
        await session.ask("DEVICE", f"{service}ByName", f'"{preset}"')


def _index(arguments: Mapping[str, object]) -> list[str]:
    index = arguments["index"]
    assert isinstance(index, list)
    return [str(each) for each in index]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BrokenLineError("answered something that is no number")
    return value


class TesiraDevices(LineDevices[TesiraTool, TesiraSession]):
    """A `Tool` over the Tesira Text Protocol. A quiet connection is kept with a harmless query."""

    framing = Framing(ends=b"\r\n", max_bytes=1024 * 1024, telnet=True)
    quiet_s = 60.0
    health_action = "get_info"
    handlers: ClassVar[Mapping[str, Handler[TesiraSession]]] = {
        "get_gain": get_gain,
        "set_gain": set_gain,
        "get_mute": get_mute,
        "set_mute": set_mute,
        "get_input": get_input,
        "set_input": set_input,
        "get_attribute": get_attribute,
        "set_attribute": set_attribute,
        "recall_preset": recall_preset,
        "save_preset": save_preset,
        "list_tags": list_tags,
        "get_faults": get_faults,
        "get_info": get_info,
        "reboot": reboot,
    }

    async def open_session(self, line: Line, device: Device) -> TesiraSession:
        """Answers the negotiation, logs in where the server asks for it, and waits for its welcome."""
        password = self.secret(self.manifest.credential)
        asked = 0
        while True:
            text = await line.receive_until(_WELCOME, b"ogin:", b"assword:")
            if text.endswith(_WELCOME):
                return TesiraSession(line, str(device))
            if password is None:
                hint = "write 'user' and 'credential: env:NAME' in the tool's file"
                raise ToolError(f"'{device}' asks for a login", hint=hint)
            if text.endswith(b"ogin:"):
                asked += 1
                if asked > 1:
                    hint = "are 'user' and the secret that 'credential' names right?"
                    raise ToolError(f"'{device}' refused the login of '{self.manifest.user}'", hint=hint)
                await line.send(self.manifest.user.encode() + b"\r\n")
            else:
                await line.send(password.encode() + b"\r\n")

    async def keep_alive(self, session: TesiraSession) -> bool:
        """`DEVICE get version`"""
        await session.ask("DEVICE", "get", "version")
        return True


class TesiraConnector(DeviceConnector[TesiraTool]):
    """Makes tools of kind `tesira`."""

    manifest_type = TesiraTool
    tool_type = TesiraDevices
