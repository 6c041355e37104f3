"""The actions that are built in for each kind of device, as data: one module per kind.

A catalogue is what recipes, lint, approvals and mock mode need to know of an action. What is sent to the device stands in the
connector of the same name.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.tool import ActionBase

KINDS: Final = ("companion", "ping", "pjlink", "qrc", "roomos", "shure", "sis", "snmp", "tesira", "wol")
"""The kinds that have a catalogue, sorted."""
ROOM_LIST_ONLY: Final = "x-avops-from-room-list"
"""Marks an argument that names a device: it comes from the room list or is written out, never from a tool's answer."""


@cache
def actions_of_kind(kind: str, *, named_host: bool) -> Mapping[str, ActionBase]:
    """The actions of a kind of device, by name; with `named_host` each has the required argument `host`."""
    from types import MappingProxyType

    from avops.model.tool import HOST

    catalogue: Mapping[str, ActionBase] = import_module(f"avops.model.devices.{kind}").ACTIONS
    if not named_host:
        return MappingProxyType(dict(catalogue))
    host = {"type": "string", "pattern": HOST, "description": "The device, from the room list", ROOM_LIST_ONLY: True}
    return MappingProxyType(
        {name: action.model_copy(update={"input": {"host": host, **action.input}}) for name, action in catalogue.items()}
    )
