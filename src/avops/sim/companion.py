"""A simulated Bitfocus Companion (Companion User Guide, Remote Control, HTTP Remote Control)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from avops.sim.http_device import DeviceAnswer, SimulatedHttpDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_PRESS = re.compile(r"/api/location/(\d+)/(-?\d+)/(-?\d+)/press$")
_CUSTOM = re.compile(r"/api/custom-variable/([^/]+)/value$")
_VARIABLE = re.compile(r"/api/variable/([^/]+)/([^/]+)/value$")


class SimulatedCompanion(SimulatedHttpDevice):
    """Buttons by `PAGE/ROW/COLUMN`, each with the custom variables that it sets when it is pressed; and variables."""

    default_port = 8000

    def __init__(
        self,
        *,
        buttons: Mapping[str, Mapping[str, str]] | None = None,
        variables: Mapping[str, str] | None = None,
        connections: Mapping[str, Mapping[str, str]] | None = None,
        enabled: bool = True,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        self.buttons = {place: dict(sets) for place, sets in (buttons or {}).items()}
        self.variables = dict(variables or {})
        self.of_connections = {name: dict(values) for name, values in (connections or {}).items()}
        self.enabled = enabled

    def handle(self, method: str, target: str, authorization: str, body: str) -> DeviceAnswer:
        """200 with the value or `ok`; 204 for a place without a button, 404 for a variable that is not there."""
        if not self.enabled:
            return DeviceAnswer(status=403)
        if method == "POST" and (press := _PRESS.match(target)):
            return self._press("/".join(press.groups()))
        if custom := _CUSTOM.match(target):
            return self._custom(method, unquote(custom[1]), body)
        if method == "GET" and (variable := _VARIABLE.match(target)):
            return _value(self._of_connection(unquote(variable[1])).get(unquote(variable[2])))
        return DeviceAnswer(status=404)

    def _press(self, place: str) -> DeviceAnswer:
        if place not in self.buttons:
            return DeviceAnswer(status=204)
        self.variables.update(self.buttons[place])
        return DeviceAnswer(body=b"ok")

    def _custom(self, method: str, name: str, body: str) -> DeviceAnswer:
        if name not in self.variables or method == "GET":
            return _value(self.variables.get(name))
        self.variables[name] = body
        return DeviceAnswer(body=b"ok")

    def _of_connection(self, name: str) -> dict[str, str]:
        own = {"time_hms": f"{self.now():%H:%M:%S}"} if name == "internal" else {}
        return own | self.of_connections.get(name, {})


def _value(value: str | None) -> DeviceAnswer:
    return DeviceAnswer(status=404) if value is None else DeviceAnswer(body=value.encode())
