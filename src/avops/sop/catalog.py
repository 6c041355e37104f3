"""What the converter knows of the project's tools."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCatalogEntry:
    """One action: `effect` is read, record, write or destructive; `input` holds a JSON Schema per argument.

    `notify` names the two arguments (address, text) of an action that sends a message; `output` is the JSON Schema of
    its answer, where the manifest gives one. `restores` says that the state before it can be put back (`undo: auto`).
    """

    name: str
    description: str = ""
    effect: str = "write"
    input: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    notify: tuple[str, str] | None = None
    output: Mapping[str, object] = field(default_factory=dict)
    restores: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCatalogEntry:
    """One tool and its actions."""

    name: str
    description: str = ""
    synonyms: tuple[str, ...] = ()
    actions: tuple[ActionCatalogEntry, ...] = ()
