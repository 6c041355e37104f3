"""Tools of kind `roomos`: Cisco RoomOS devices over the xAPI by HTTP.

Source: Cisco API Reference Guide (CE 9 and RoomOS), "Using HTTP": `GET /getxml?location=/Status/…`, `POST /putxml` with
commands and configurations as XML, HTTP Basic authentication. Sessions are not used: a device has few of them and
does not end them by itself. The paths of status, configuration and commands are in the guide's chapters of those names.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree  # what a device says is read after entities and document types were refused

from avops.connectors.device import DeviceConnector
from avops.connectors.device_http import HttpDevices
from avops.errors import ToolError
from avops.model.tool import RoomOsTool

if TYPE_CHECKING:
    from avops.connectors.device import Order

_POWER = {"Off": "on", "Standby": "standby", "EnteringStandby": "entering_standby", "Halfwake": "half_wake"}
_XML = (("Content-Type", "text/xml"),)


class RoomOsDevices(HttpDevices[RoomOsTool]):
    """A `Tool` over the xAPI."""

    health_action = "get_info"

    async def perform(self, order: Order) -> object:
        """One or a few requests per action."""
        if order.action.startswith("get_"):
            return await self._read(order)
        return await self._write(order)

    async def _read(self, order: Order) -> object:
        match order.action:
            case "get_power":
                power = _POWER.get(str(await self._status(order, "Standby/State")), "on")
                return {"power": power, "target": "on" if power in ("on", "half_wake") else "off"}
            case "get_volume":
                return {"volume": self._number(order, await self._status(order, "Audio/Volume"))}
            case "get_mute":
                return {"mute": await self._status(order, "Audio/Microphones/Mute") == "On"}
            case "get_input":
                return {"input": self._number(order, await self._status(order, "Video/Input/MainVideoSource"))}
            case "get_calls":
                calls = [each for each in _listed(await self._status(order, "Call")) if isinstance(each, dict)]
                rows = [{"status": str(each.get("Status", "")), "remote": str(each.get("RemoteNumber", ""))} for each in calls]
                return {"in_call": bool(rows), "calls": rows}
            case "get_people":
                people = self._number(order, await self._status(order, "RoomAnalytics/PeopleCount/Current") or "-1")
                return {"people": None if people < 0 else people}
            case "get_diagnostics":
                found = [each for each in _listed(await self._status(order, "Diagnostics/Message")) if isinstance(each, dict)]
                keys = (("level", "Level"), ("type", "Type"), ("description", "Description"))
                return {"messages": [{key: str(each.get(name, "")) for key, name in keys} for each in found]}
            case "get_info":
                names = (("product", "ProductId"), ("software", "Software/DisplayName"), ("serial", "Hardware/Module/SerialNumber"))
                return {key: str(await self._status(order, f"SystemUnit/{path}") or "") for key, path in names}
            case "get_configuration":
                return {"value": await self._document(order, "Configuration", str(order.arguments["path"]))}
            case _:
                return {"value": await self._status(order, str(order.arguments["path"]))}

    async def _write(self, order: Order) -> object:
        given = order.arguments
        match order.action:
            case "set_power":
                await self._command(order, "Standby/Deactivate" if given["power"] == "on" else "Standby/Activate")
            case "set_volume":
                await self._command(order, "Audio/Volume/Set", Level=given["volume"])
            case "set_mute":
                await self._command(order, f"Audio/Microphones/{'Mute' if given['mute'] else 'Unmute'}")
            case "set_input":
                await self._command(order, "Video/Input/SetMainVideoSource", SourceId=given["input"])
            case "dial":
                result = await self._command(order, "Dial", Number=given["number"])
                return {"call": (result.findtext("CallId") or "").strip()}
            case "hang_up":
                await self._command(order, "Call/Disconnect")
            case "reboot":
                await self._command(order, "SystemUnit/Boot", Action="Restart")
            case _:
                await self._configure(order, str(given["path"]), str(given["value"]))
        return {"done": True}

    async def _status(self, order: Order, path: str) -> object:
        return await self._document(order, "Status", path)

    async def _document(self, order: Order, kind: str, path: str) -> object:
        """What stands at a path: text, a mapping, or a list where there are several; None when the device has nothing there."""
        words = path.replace(" ", "/").split("/")
        _, body = await self._exchange(order, "GET", f"/getxml?location={quote(f'/{kind}/' + '/'.join(words), safe='/')}")
        found = [self._parse(order, body)]
        if found[0].tag != kind:
            return None  # <EmptyResult/>, or an error for a path that this device does not have
        for word in words:
            found = [child for each in found for child in each if child.tag.casefold() == word.casefold()]
        values = [_value(each) for each in found]
        return None if not values else values[0] if len(values) == 1 else values

    async def _command(self, order: Order, path: str, **arguments: object) -> ElementTree.Element:
        """The result of a command; ToolError for one with the status Error or ParameterError."""
        root = ElementTree.Element("Command")
        node = root
        for word in path.split("/"):
            node = ElementTree.SubElement(node, word)
        for name, value in arguments.items():
            ElementTree.SubElement(node, name).text = str(value)
        answer = await self._put(order, root)
        result = next((each for each in answer.iter() if each.get("status")), None)
        if result is None:
            raise ToolError(f"'{order.device}' answered the command '{path}' without a result", happened=order.lost)
        if result.get("status") != "OK":
            reason = " ".join(" ".join(result.itertext()).split())
            raise ToolError(f"'{order.device}' refused the command '{path}': {reason[:300] or result.get('status')}")
        return result

    async def _configure(self, order: Order, path: str, value: str) -> None:
        root = ElementTree.Element("Configuration")
        node = root
        for word in path.replace(" ", "/").split("/"):
            node = ElementTree.SubElement(node, word)
        node.text = value
        answer = await self._put(order, root)
        refused = next((each for each in answer.iter() if each.tag == "Error" or each.get("status") in ("Error", "ParameterError")), None)
        if refused is not None:
            reason = " ".join(" ".join(refused.itertext()).split())
            raise ToolError(f"'{order.device}' does not take '{value}' for '{path}': {reason[:300]}")

    async def _put(self, order: Order, document: ElementTree.Element) -> ElementTree.Element:
        _, body = await self._exchange(order, "POST", "/putxml", ElementTree.tostring(document))
        return self._parse(order, body)

    async def _exchange(self, order: Order, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        pair = f"{self.manifest.user}:{self.secret(self.manifest.credential)}".encode()
        headers = (("Authorization", f"Basic {base64.b64encode(pair).decode()}"), *(_XML if body is not None else ()))
        status, content = await self.send(order, method, target, body=body, headers=headers, secure=self.manifest.tls)
        if status >= 400:
            raise ToolError(f"'{order.device}' answered with status {status}")
        return status, content

    def _parse(self, order: Order, body: bytes) -> ElementTree.Element:
        """The document; ToolError for one that is none, or declares a type or entities, which no device does."""
        if b"<!" in body:
            raise ToolError(f"'{order.device}' answered with XML that declares entities", happened=order.lost)
        try:
            return ElementTree.fromstring(body)  # noqa: S314  # declarations were refused above, and the size is bounded
        except ElementTree.ParseError:
            raise ToolError(f"'{order.device}' answered with something that is not XML", happened=order.lost) from None

    def _number(self, order: Order, value: object) -> int:
        try:
            return int(str(value))
        except ValueError:
            raise ToolError(f"'{order.device}' does not say it: it may lack this feature") from None


def _value(element: ElementTree.Element) -> object:
    """An element as data: its text, or its children by tag, of which several with one tag make a list."""
    if len(element) == 0:
        return (element.text or "").strip()
    found: dict[str, object] = {}
    for tag in dict.fromkeys(child.tag for child in element):
        values = [_value(child) for child in element if child.tag == tag]
        found[tag] = values[0] if len(values) == 1 else values
    return found


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


class RoomOsConnector(DeviceConnector[RoomOsTool]):
    """Makes tools of kind `roomos`."""

    manifest_type = RoomOsTool
    tool_type = RoomOsDevices
