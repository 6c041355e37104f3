"""A simulated Q-SYS Core (Q-SYS Help, External Control APIs, QRC Overview and QRC Commands)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.sim.device import SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import Conversation

Value = bool | float | str
_MOST = {"gain": 20.0, "mute": 1.0}
_LEAST = {"gain": -100.0, "mute": 0.0}


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class SimulatedCore(SimulatedDevice):
    """A Core with named controls, named components, and snapshot banks over all of them."""

    default_port = 1710
    garbage = b"{not json\0"

    def __init__(
        self,
        *,
        controls: Mapping[str, Value] | None = None,
        components: Mapping[str, Mapping[str, Value]] | None = None,
        snapshots: Mapping[str, Mapping[int, Mapping[str, Value]]] | None = None,
        user: str | None = None,
        password: str | None = None,
        state: str = "Active",
        design: str = "Simulated",
        platform: str = "Core 110f",
        status: str = "OK",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        self.controls: dict[str, Value] = dict(controls if controls is not None else {"MainGain": -12.0, "MainMute": False})
        default: Mapping[str, Mapping[str, Value]] = {"Mic 1": {"gain": -10.0, "mute": False}}
        self.components = {name: dict(values) for name, values in (components if components is not None else default).items()}
        self.snapshots = {bank: {number: dict(values) for number, values in saved.items()} for bank, saved in (snapshots or {}).items()}
        self.user = user
        self.password = password
        self.state = state
        self.design = design
        self.platform = platform
        self.status = status

    def greet(self, conversation: Conversation) -> bytes:
        """The Core says its state on connecting."""
        conversation.logged_in = self.user is None
        return _message({"method": "EngineStatus", "params": self._status()})

    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """A message ends with NUL."""
        at = arrived.find(0)
        if at < 0:
            return None
        message = bytes(arrived[:at])
        del arrived[: at + 1]
        return message

    def change_state(self, state: str) -> None:
        """Idle, Active or Standby; every client is told."""
        self.state = state
        self.say_to_all(_message({"method": "EngineStatus", "params": self._status()}))

    def answer(self, conversation: Conversation, command: str) -> bytes:
        """The result of a method, or an error with a code of the QRC Overview."""
        try:
            request = json.loads(command)
        except ValueError:
            return _message({"error": {"code": -32700, "message": "Parse error"}, "id": None})
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _message({"error": {"code": -32600, "message": "Invalid request"}, "id": None})
        try:
            result = self._call(conversation, request["method"], request.get("params"))
        except _RefusedError as refused:
            return _message({"error": {"code": refused.code, "message": str(refused)}, "id": request.get("id")})
        except (KeyError, TypeError, ValueError):
            return _message({"error": {"code": -32602, "message": "Invalid params"}, "id": request.get("id")})
        # JSON-RPC 2.0, 4.1: a request without an id is a notification, which is not answered.
        return _message({"result": result, "id": request["id"]}) if "id" in request else b""

    def _call(self, conversation: Conversation, method: str, params: object) -> object:
        values = params if isinstance(params, dict) else {}
        if method == "Logon":
            if conversation.login_refused or (values.get("User"), values.get("Password")) != (self.user, self.password):
                raise _RefusedError(10, "Logon required")
            conversation.logged_in = True
            return True
        if not conversation.logged_in:
            raise _RefusedError(10, "Logon required")
        if self.state == "Standby" and method not in ("NoOp", "StatusGet"):
            raise _RefusedError(-32604, "Core is on standby")
        match method:
            case "NoOp":
                return True
            case "StatusGet":
                return {
                    "Platform": self.platform,
                    **self._status(),
                    "Status": {"Code": 0 if self.status == "OK" else 5, "String": self.status},
                }
            case "Control.Get":
                if not isinstance(params, list):
                    raise TypeError
                return [_row(str(name), _known(self.controls, str(name))) for name in params]
            case "Control.Set":
                name = str(values["Name"])
                _known(self.controls, name)
                self.controls[name] = _value(values["Value"])
                return _row(name, self.controls[name])
            case "Component.Get" | "Component.Set" | "Component.GetControls" | "Component.GetComponents":
                return self._component(method, values)
            case "Snapshot.Load" | "Snapshot.Save":
                return self._snapshot(method, str(values["Name"]), int(values["Bank"]))
            case _:
                raise _RefusedError(-32601, "Method not found")

    def _component(self, method: str, values: Mapping[str, object]) -> object:
        if method == "Component.GetComponents":
            return [{"Name": name, "Type": "gain", "Properties": []} for name in self.components]
        name = str(values["Name"])
        if name not in self.components:
            raise _RefusedError(7, f"Unknown component name '{name}'")
        component = self.components[name]
        if method == "Component.GetControls":
            return {"Name": name, "Controls": [_described(key, value) for key, value in component.items()]}
        controls = values["Controls"]
        if not isinstance(controls, list):
            raise TypeError
        names = [str(each["Name"]) for each in controls]
        if method == "Component.Get":
            return {"Name": name, "Controls": [_row(each, _known(component, each)) for each in names]}
        component.update({each: _value(row["Value"]) for each, row in zip(names, controls, strict=True) if each in component})
        unknown = [each for each in names if each not in component]
        return unknown or True

    def _snapshot(self, method: str, bank: str, number: int) -> object:
        if bank not in self.snapshots:
            raise _RefusedError(7, f"Unknown component name '{bank}'")
        saved = self.snapshots[bank]
        if method == "Snapshot.Save":
            saved[number] = {**self.controls, **{f"{name}:{key}": each for name, of in self.components.items() for key, each in of.items()}}
            return True
        if number not in saved:
            raise _RefusedError(-32602, "Invalid params")
        for key, value in saved[number].items():
            component, _, control = key.partition(":")
            if control:
                self.components[component][control] = value
            else:
                self.controls[key] = value
        return True

    def _status(self) -> dict[str, object]:
        return {
            "State": self.state,
            "DesignName": self.design,
            "DesignCode": "qALFilm6IcAz",
            "IsRedundant": False,
            "IsEmulator": True,
        }


def _known(controls: Mapping[str, Value], name: str) -> Value:
    if name not in controls:
        raise _RefusedError(8, f"Unknown control '{name}'")
    return controls[name]


def _value(value: object) -> Value:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    raise TypeError


def _row(name: str, value: Value) -> dict[str, object]:
    if isinstance(value, bool):
        return {"Name": name, "Value": value, "String": "muted" if value else "unmuted"}
    return {"Name": name, "Value": value, "String": f"{value:.1f}dB" if isinstance(value, float) else value}


def _described(name: str, value: Value) -> dict[str, object]:
    kind = "Boolean" if isinstance(value, bool) else "Float" if isinstance(value, float) else "Text"
    bounds = {"ValueMin": _LEAST[name], "ValueMax": _MOST[name]} if name in _MOST else {}
    return {**_row(name, value), "Type": kind, "Direction": "Read/Write", **bounds}


def _message(data: Mapping[str, object]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **data}).encode() + b"\0"
