"""Tools of kind `qrc`: Q-SYS Cores over QRC, which is JSON-RPC 2.0 on TCP.

Source: Q-SYS Help, External Control APIs, QRC: "QRC Overview" (transport, error codes) and "QRC Commands" (methods). Each
message ends with a NUL. The Core says `EngineStatus` by itself, on connecting and when its state changes, and drops a
connection that is silent for 60 seconds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from avops.connectors.device import DeviceConnector
from avops.connectors.line import BrokenLineError, Framing
from avops.connectors.line_session import LineDevices, Session
from avops.errors import ToolError
from avops.model.tool import QrcTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.connectors.device import Device
    from avops.connectors.line import Line
    from avops.connectors.line_session import Handler

MAX_BYTES = 4 * 1024 * 1024
"""A large design lists thousands of controls in one message."""

_ERRORS = {  # QRC Overview, error codes
    -32700: "could not parse the command",
    -32600: "was sent an invalid request",
    -32601: "does not know the method",
    -32602: "does not take the parameters",
    -32603: "had an error of its own",
    -32604: "is on standby: the other Core of the pair runs the design",
    2: "does not know the page request",
    3: "could not make the page request",
    4: "misses a file",
    5: "takes no more change groups",
    6: "does not know the change group",
    7: "does not know the component",
    8: "does not know the control",
    9: "has an invalid channel index",
    10: "asks for a login",
}
_HINTS = {
    -32604: "point 'host' to the active Core",
    7: "list_components shows the names of the design; is the component's script access on?",
    8: "list_controls shows the controls of a component",
    10: "write 'user' and 'credential: env:NAME' in the tool's file",
}


class QrcSession(Session):
    """One connection to a Core: method calls in, their results out."""

    def __init__(self, line: Line, host: str) -> None:
        super().__init__(line)
        self.host = host
        self._last_id = 0

    async def ask(self, method: str, params: object) -> object:
        """The result of a method; ToolError for an error. What the Core says by itself in between is passed over."""
        self._last_id += 1
        message = {"jsonrpc": "2.0", "method": method, "params": params, "id": self._last_id}
        await self.line.send(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\0")
        while True:
            answer = _parse(await self.line.receive())
            if answer.get("id") == self._last_id and "method" not in answer:
                break
        error = answer.get("error")
        if isinstance(error, dict):
            raise self._refusal(method, error)
        if "result" not in answer:
            raise BrokenLineError(f"answered {method} without a result")
        return answer["result"]

    async def map(self, method: str, params: object) -> dict[str, object]:
        """As `ask`, for a method whose result is an object."""
        result = await self.ask(method, params)
        if not isinstance(result, dict):
            raise BrokenLineError(f"answered {method} with something that is no object")
        return result

    async def rows(self, method: str, params: object, key: str | None = None) -> list[dict[str, object]]:
        """As `ask`, for a method whose result is a list of objects, at `key` of the result where one is given."""
        result = await self.ask(method, params)
        if key is not None and isinstance(result, dict):
            result = result.get(key)
        if not isinstance(result, list) or not all(isinstance(each, dict) for each in result):
            raise BrokenLineError(f"answered {method} with something that is no list")
        return result

    def _refusal(self, method: str, error: Mapping[str, object]) -> ToolError:
        code = error.get("code")
        said = str(error.get("message") or "").strip()
        reason = _ERRORS.get(code) if isinstance(code, int) else None
        told = reason or f"answered with error {code}"
        return ToolError(
            f"'{self.host}' {told}: {method}{f' ({said[:200]})' if said else ''}",
            hint=_HINTS.get(code) if isinstance(code, int) else None,
            # -32603 is a failure inside the Core; the other errors say that nothing was done.
            happened="unknown" if code == -32603 else "no",
        )


def _parse(message: bytes) -> dict[str, object]:
    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        raise BrokenLineError("sent something that is not JSON") from None
    if not isinstance(data, dict):
        raise BrokenLineError("sent JSON that is no message")
    return data


def _state(row: Mapping[str, object]) -> dict[str, object]:
    value = row.get("Value")
    if not isinstance(value, bool | int | float | str):
        value = str(row.get("String", ""))
    return {"name": str(row.get("Name", "")), "value": value, "text": str(row.get("String", value))}


async def _read(session: QrcSession, component: object, names: list[str]) -> list[dict[str, object]]:
    """The states of controls, in the order asked."""
    if component is None:
        rows = await session.rows("Control.Get", names)
    else:
        rows = await session.rows("Component.Get", {"Name": component, "Controls": [{"Name": name} for name in names]}, "Controls")
    by_name = {str(row.get("Name")): _state(row) for row in rows}
    if missing := [name for name in names if name not in by_name]:
        raise ToolError(f"'{session.host}' knows no control '{missing[0]}'", hint=_HINTS[8])
    return [by_name[name] for name in names]


async def _write(session: QrcSession, arguments: Mapping[str, object], value: object) -> dict[str, object]:
    change: dict[str, object] = {"Name": arguments["control"], "Value": value}
    if arguments.get("ramp") is not None:
        change["Ramp"] = arguments["ramp"]
    if arguments.get("component") is None:
        await session.ask("Control.Set", change)
    else:
        unknown = await session.ask("Component.Set", {"Name": arguments["component"], "Controls": [change]})
        if isinstance(unknown, list) and unknown:  # the method answers with the controls that it did not find
            message = f"'{session.host}' knows no control '{arguments['control']}' in '{arguments['component']}'"
            raise ToolError(message, hint=_HINTS[8])
    return {"done": True}


async def get_status(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """StatusGet"""
    found = await session.map("StatusGet", 0)
    status = found.get("Status")
    verdict = status if isinstance(status, dict) else {}
    return {
        "state": str(found.get("State", "")),
        "design": str(found.get("DesignName", "")),
        "platform": str(found.get("Platform", "")),
        "redundant": bool(found.get("IsRedundant")),
        "emulator": bool(found.get("IsEmulator")),
        "code": verdict.get("Code", 0),
        "status": str(verdict.get("String", "")),
    }


async def get_control(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Control.Get, or Component.Get"""
    return (await _read(session, arguments.get("component"), [str(arguments["control"])]))[0]


async def get_controls(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Control.Get, or Component.Get"""
    names = arguments["controls"]
    assert isinstance(names, list)
    return {"controls": await _read(session, arguments.get("component"), [str(name) for name in names])}


async def set_control(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Control.Set, or Component.Set"""
    return await _write(session, arguments, arguments["value"])


async def get_gain(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """The value of a gain control is in dB."""
    state = (await _read(session, arguments.get("component"), [str(arguments["control"])]))[0]
    if isinstance(state["value"], bool | str):
        raise ToolError(f"the control '{state['name']}' is no gain: it is '{state['text']}'")
    return {"gain": state["value"], "text": state["text"]}


async def set_gain(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Control.Set, or Component.Set"""
    return await _write(session, arguments, arguments["gain"])


async def get_mute(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """The value of a mute control is a boolean, or 0 or 1."""
    state = (await _read(session, arguments.get("component"), [str(arguments["control"])]))[0]
    if state["value"] not in (False, True):
        raise ToolError(f"the control '{state['name']}' is no mute: it is '{state['text']}'")
    return {"mute": bool(state["value"])}


async def set_mute(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Control.Set, or Component.Set"""
    return await _write(session, arguments, arguments["mute"])


async def recall_snapshot(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Snapshot.Load; banks count from 1."""
    params = {"Name": arguments["bank"], "Bank": arguments["number"]}
    if arguments.get("ramp") is not None:
        params["Ramp"] = arguments["ramp"]
    await session.ask("Snapshot.Load", params)
    return {"done": True}


async def save_snapshot(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Snapshot.Save"""
    await session.ask("Snapshot.Save", {"Name": arguments["bank"], "Bank": arguments["number"]})
    return {"done": True}


async def list_components(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Component.GetComponents"""
    rows = await session.rows("Component.GetComponents", {})
    return {"components": [{"name": str(row.get("Name", "")), "type": str(row.get("Type", ""))} for row in rows]}


async def list_controls(session: QrcSession, arguments: Mapping[str, object]) -> object:
    """Component.GetControls"""
    rows = await session.rows("Component.GetControls", {"Name": arguments["component"]}, "Controls")
    return {
        "controls": [
            {**_state(row), "type": str(row.get("Type", "")), "least": row.get("ValueMin"), "most": row.get("ValueMax")} for row in rows
        ]
    }


class QrcDevices(LineDevices[QrcTool, QrcSession]):
    """A `Tool` over QRC. A quiet connection is kept with NoOp, well inside the Core's 60 seconds."""

    framing = Framing(ends=b"\0", max_bytes=MAX_BYTES)
    quiet_s = 25.0
    health_action = "get_status"
    handlers: ClassVar[Mapping[str, Handler[QrcSession]]] = {
        "get_status": get_status,
        "get_control": get_control,
        "get_controls": get_controls,
        "set_control": set_control,
        "get_gain": get_gain,
        "set_gain": set_gain,
        "get_mute": get_mute,
        "set_mute": set_mute,
        "recall_snapshot": recall_snapshot,
        "save_snapshot": save_snapshot,
        "list_components": list_components,
        "list_controls": list_controls,
    }

    async def open_session(self, line: Line, device: Device) -> QrcSession:
        """Logs on where the manifest has a user. The Core's first EngineStatus need not be waited for."""
        session = QrcSession(line, str(device))
        if self.manifest.user is not None:
            password = self.secret(self.manifest.credential) or ""
            try:
                await session.ask("Logon", {"User": self.manifest.user, "Password": password})
            except ToolError as error:
                hint = "are 'user' and the secret that 'credential' names right?"
                raise ToolError(f"'{device}' refused the login of '{self.manifest.user}': {error.message}", hint=hint) from None
        return session

    async def keep_alive(self, session: QrcSession) -> bool:
        """NoOp"""
        await session.ask("NoOp", {})
        return True


class QrcConnector(DeviceConnector[QrcTool]):
    """Makes tools of kind `qrc`."""

    manifest_type = QrcTool
    tool_type = QrcDevices
