"""A simulated Cisco RoomOS device, over the xAPI by HTTP (Cisco, API Reference Guide for CE 9 and RoomOS, "Using HTTP")."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree  # what it reads comes from this machine, and is refused with a declaration

from avops.sim.http_device import DeviceAnswer, SimulatedHttpDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_CONFIGURATION = {"Audio": {"DefaultVolume": "50"}, "Standby": {"Delay": "10"}, "SystemUnit": {"Name": "Codec"}}


class SimulatedCodec(SimulatedHttpDevice):
    """A device with standby, volume, mute, sources, calls and configurations. It always wants a login, as real ones do."""

    default_port = 443

    def __init__(
        self,
        *,
        user: str = "avops",
        password: str = "secret",  # noqa: S107  # of a simulator on this machine
        inputs: int = 3,
        volume: int = 50,
        people: int = -1,
        configuration: Mapping[str, Mapping[str, str]] | None = None,
        diagnostics: Mapping[str, str] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        self._login = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
        self.standby = "Off"
        self.volume, self.mute, self.input, self.inputs = volume, "Off", 1, inputs
        self.people = people
        self.calls: dict[int, str] = {}
        self.boots = 0
        self.diagnostics = dict(diagnostics or {})
        self.configuration: dict[str, object] = {key: dict(values) for key, values in (configuration or _CONFIGURATION).items()}
        self._dialled = 0

    def handle(self, method: str, target: str, authorization: str, body: str) -> DeviceAnswer:
        """XML, 401 without the login, 404 for another path."""
        if authorization != self._login:
            return DeviceAnswer(status=401)
        parts = urlsplit(target)
        if (method, parts.path) == ("GET", "/getxml"):
            return self._get(parse_qs(parts.query).get("location", [""])[0].strip("/").split("/"))
        if (method, parts.path) == ("POST", "/putxml"):
            return self._put(body)
        return DeviceAnswer(status=404)

    def _get(self, path: list[str]) -> DeviceAnswer:
        documents = {"Configuration": self.configuration, "Status": self._status()}
        if path[0] not in documents:
            return _xml(ElementTree.Element("EmptyResult"))
        found = _cut(documents[path[0]], path[1:])
        if found is None:
            return _xml(ElementTree.Element("EmptyResult"))
        return _xml(_element(path[0], found))

    def _status(self) -> dict[str, object]:
        calls = [{"@item": str(number), "Status": "Connected", "RemoteNumber": remote} for number, remote in self.calls.items()]
        told = [{"@item": "1", "Level": "Error", "Type": key, "Description": text} for key, text in self.diagnostics.items()]
        return {
            "Audio": {"Microphones": {"Mute": self.mute}, "Volume": str(self.volume)},
            "Call": calls,
            "Diagnostics": {"Message": told},
            "RoomAnalytics": {"PeopleCount": {"Current": str(self.people)}},
            "Standby": {"State": self.standby},
            "SystemUnit": {
                "Hardware": {"Module": {"SerialNumber": "FOC0000X0XX"}},
                "ProductId": "Cisco Room Kit",
                "Software": {"DisplayName": "RoomOS 11.1"},
            },
            "Video": {"Input": {"MainVideoSource": str(self.input)}},
        }

    def _put(self, body: str) -> DeviceAnswer:
        try:
            root = ElementTree.fromstring("" if "<!" in body else body)  # noqa: S314  # declarations are refused
        except ElementTree.ParseError:
            return DeviceAnswer(status=400)
        if root.tag == "Configuration":
            return _xml(self._configure(root))
        path, node = [], root
        while len(node) and len(node[0]):
            node = node[0]
            path.append(node.tag)
        given = {child.tag: (child.text or "") for child in node}
        # A command without arguments ends with an element that has no children.
        if len(node) == 1 and not (node[0].text or ""):
            path.append(node[0].tag)
            given = {}
        answer = ElementTree.Element("Command")
        status, inside = self._command("/".join(path), given)
        result = ElementTree.SubElement(answer, f"{path[-1] if path else ''}Result", status=status)
        for key, text in inside.items():
            ElementTree.SubElement(result, key).text = text
        return _xml(answer)

    def _command(self, path: str, given: dict[str, str]) -> tuple[str, dict[str, str]]:
        match path:
            case "Standby/Activate" | "Standby/Deactivate":
                self.standby = "Standby" if path.endswith("/Activate") else "Off"
            case "Audio/Volume/Set":
                if not _within(given.get("Level"), 0, 100):
                    return "ParameterError", {"Level": "OutOfRange"}
                self.volume = int(given["Level"])
            case "Audio/Microphones/Mute" | "Audio/Microphones/Unmute":
                self.mute = "On" if path.endswith("/Mute") else "Off"
            case "Video/Input/SetMainVideoSource":
                if not _within(given.get("SourceId"), 1, self.inputs):
                    return "ParameterError", {"SourceId": "OutOfRange"}
                self.input = int(given["SourceId"])
            case "Dial":
                self._dialled += 1
                self.calls[self._dialled] = given.get("Number", "")
                return "OK", {"CallId": str(self._dialled)}
            case "Call/Disconnect":
                self.calls.clear()
            case "SystemUnit/Boot":
                self.boots += 1
                self.calls.clear()
            case _:
                return "Error", {"Reason": "Unknown command"}
        return "OK", {}

    def _configure(self, root: ElementTree.Element) -> ElementTree.Element:
        answer, node = ElementTree.Element("Configuration"), root
        place: dict[str, object] = self.configuration
        while len(node) and isinstance(below := place.get(node[0].tag), dict):
            place, node = below, node[0]
        if len(node) == 0 or node[0].tag not in place:
            refused = ElementTree.SubElement(answer, "Error", item="1")
            ElementTree.SubElement(refused, "Cause").text = "No match on address expression"
            return answer
        place[node[0].tag] = node[0].text or ""
        ElementTree.SubElement(answer, "Success")
        return answer


def _within(text: str | None, least: int, most: int) -> bool:
    return text is not None and text.isdigit() and least <= int(text) <= most


def _cut(tree: object, path: list[str]) -> object:
    """What a document holds on the way to a path and below it, None where nothing is."""
    if not path:
        return tree or None
    if not isinstance(tree, dict):
        return None
    key = next((key for key in tree if key.casefold() == path[0].casefold()), None)
    below = None if key is None else _cut(tree[key], path[1:])
    return None if below is None else {key: below}


def _element(tag: str, value: object) -> ElementTree.Element:
    element = ElementTree.Element(tag)
    if not isinstance(value, dict):
        element.text = str(value)
        return element
    for key, each in value.items():
        if key.startswith("@"):
            element.set(key[1:], str(each))
            continue
        element.extend(_element(key, one) for one in (each if isinstance(each, list) else [each]))
    return element


def _xml(root: ElementTree.Element) -> DeviceAnswer:
    return DeviceAnswer(body=ElementTree.tostring(root, encoding="utf-8", xml_declaration=True), media_type="text/xml")
