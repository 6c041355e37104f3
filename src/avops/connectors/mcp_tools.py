"""What an MCP server says of its tools, as data: the hash that pins it, and the action that a manifest makes of it.

A server's descriptions and hints are words of a stranger. They are shown and kept, and decide nothing by themselves.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from avops.model.tool import McpTool

MAX_NODES = 20_000
MAX_DEPTH = 40
_NAME_LIMIT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTool:
    """One tool as its server lists it; the schemas and hints as they came."""

    name: str
    description: str
    input_schema: Mapping[str, object]
    output_schema: Mapping[str, object] | None
    hints: Mapping[str, object]


def pin_of(manifest: McpTool, tool: ServerTool) -> str:
    """The hash of everything that a person accepts with an action: the server's address, and what it says of the tool."""
    server = manifest.command if manifest.command is not None else manifest.url
    accepted = [server, tool.name, tool.description, tool.input_schema, tool.output_schema, tool.hints]
    text = json.dumps(accepted, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def action_name(tool: str, taken: Collection[str]) -> str:
    """A name for the action, as recipes write names: `get-sum` and `getSum` are `get_sum`; with a number when it is taken."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", tool).lower()
    plain = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"tool_{plain}".rstrip("_")
    name = plain[:_NAME_LIMIT]
    number = 2
    while name in taken:
        ending = f"_{number}"
        name = plain[: _NAME_LIMIT - len(ending)] + ending
        number += 1
    return name


def effect_of(hints: Mapping[str, object], *, accept_hints: bool) -> Effect:
    """The effect of a new action: `read` only where a person accepts the hint, `destructive` where the server says so."""
    if hints.get("readOnlyHint") is True:
        return Effect.READ if accept_hints else Effect.WRITE
    return Effect.DESTRUCTIVE if hints.get("destructiveHint") is True else Effect.WRITE


def action_data(manifest: McpTool, tool: ServerTool, effect: Effect, *, accept_hints: bool) -> dict[str, object]:
    """The action as a manifest writes it, the empty parts left out."""
    data: dict[str, object] = {"tool": tool.name, "description": "", "effect": effect.value}
    if accept_hints and effect.changes and tool.hints.get("idempotentHint") is True:
        data["idempotent"] = True
    data |= said_by_server(tool)
    data["pin"] = pin_of(manifest, tool)
    return {key: value for key, value in data.items() if value not in ({}, "", None)}


def said_by_server(tool: ServerTool) -> dict[str, object]:
    """The parts of an action that are the server's word: a new listing replaces them."""
    return {
        "description": readable(tool.description),
        "input": arguments_of(tool.input_schema),
        "output": None if tool.output_schema is None else output_of(tool.output_schema),
        "hints": dict(tool.hints),
    }


def readable(text: str) -> str:
    """A text for people: lines without spaces at their ends, and nothing that a terminal would obey."""
    lines = ["".join(letter if letter.isprintable() else " " for letter in line).rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip()


def arguments_of(schema: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """A schema per argument, as manifests write them, from the schema of an object.

    References inside the schema are written out; one that leads to itself, or too far, becomes a schema that allows anything.
    """
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict):
        return {}
    needed = set(required) if isinstance(required, list) else set()
    inliner = _Inliner(schema)
    arguments: dict[str, dict[str, object]] = {}
    for name, part in properties.items():
        own = inliner.inlined(part, 0, ())
        plain = own if isinstance(own, dict) and _is_sound(own) else {}
        if name not in needed and "default" not in plain:
            # `required` inside an object's schema lists its own properties: both cannot stand side by side.
            plain = {"allOf": [plain], "required": False} if "required" in plain else {**plain, "required": False}
        arguments[str(name)] = plain
    return arguments


def output_of(schema: Mapping[str, object]) -> dict[str, object] | None:
    """The schema of the result with its references written out; None for one that is not of dialect 2020-12."""
    plain = _Inliner(schema).inlined({key: value for key, value in schema.items() if key not in _ROOT_ONLY}, 0, ())
    return plain if isinstance(plain, dict) and _is_sound(plain) else None


# What only the root of a schema says: of the dialect, and of parts that are written out where they are used.
_ROOT_ONLY = frozenset({"$schema", "$id", "$defs", "definitions"})


def _is_sound(schema: Mapping[str, object]) -> bool:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator(dict(schema))
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


class _Inliner:
    """Writes out what `$ref` means within one schema, and lists of item schemas as the dialect 2020-12 does."""

    def __init__(self, root: Mapping[str, object]) -> None:
        self._root = root
        self._nodes = 0

    def inlined(self, part: object, depth: int, path: tuple[str, ...]) -> object:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return {}
        if isinstance(part, list):
            return [self.inlined(each, depth + 1, path) for each in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref")
        if isinstance(reference, str):
            target = None if reference in path else self._target(reference)
            rest = {key: value for key, value in part.items() if key != "$ref"}
            meant = self.inlined(target, depth + 1, (*path, reference)) if isinstance(target, dict) else {}
            return {**(meant if isinstance(meant, dict) else {}), **rest}
        plain = {key: self.inlined(value, depth + 1, path) for key, value in part.items()}
        if isinstance(plain.get("items"), list):
            plain["prefixItems"] = plain.pop("items")
        return plain

    def _target(self, reference: str) -> object:
        """What a pointer inside the document leads to (RFC 6901); None for one that leads nowhere."""
        if not reference.startswith("#/"):
            return None
        here: object = self._root
        for step in reference[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            here = here.get(key) if isinstance(here, dict) else None
        return here
