"""Writes `docs/keys.md`, every key of every document, from the schemas: `python scripts/keys_docs.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avops.model.step import step_classes
from avops.project.schema import document_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.project.documents import Kind

TARGET = Path(__file__).resolve().parents[1] / "docs" / "keys.md"
HEAD = """# The keys of every file

Written from the types of the documents by `python scripts/keys_docs.py`; a test holds the two equal. [The files of a
project](project.md) explains them with examples. Tools are told of in [connectors](connectors.md). The same stands in `schemas/`, which
editors read while you type. A duration is a number and `ms`, `s`, `m`, `h` or `d`. A **bold** key must be there.
"""
FILES: dict[Kind, tuple[str, str]] = {
    "settings": ("Settings", "avops.yaml"),
    "agent": ("Agents", "agents/NAME.yaml"),
    "recipe": ("Recipes", "recipes/NAME.yaml"),
    "workflow": ("Workflows", "workflows/NAME.yaml"),
    "test": ("Recipe tests", "recipes/NAME.test.yaml"),
}
NOT_SHOWN = {"SopReference"}
WORDS = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "object": "a mapping",
    "array": "a list", "null": "nothing",
}  # fmt: skip
SHARED = ("id", "name", "when", "for_each", "parallel", "timeout", "on_error", "always", "source", "why")
"""Keys that every step may have."""


def page() -> str:
    """The whole page, a section for each kind of file."""
    return "\n".join([HEAD, *(_file(kind) for kind in FILES)])


def _file(kind: Kind) -> str:
    title, path = FILES[kind]
    schema = document_schema(kind)
    definitions: dict[str, Any] = schema.get("$defs", {})
    parts = [f"## {title}\n", f"`{path}`\n", _table(schema, definitions)]
    steps = {model.__name__: key for key, model in step_classes().items()} if kind == "recipe" else {}
    if steps:
        some = definitions[next(iter(steps))]
        parts += ["### Every step\n", _table(some, definitions, only=SHARED)]
    for name, definition in definitions.items():
        if not definition.get("properties") or name in NOT_SHOWN:
            continue
        if name in steps:
            own = [key for key in definition["properties"] if key not in SHARED]
            parts += [f"### A step with `{steps[name]}`\n", _table(definition, definitions, only=own)]
        else:
            parts += [f"### {_heading(name, schema, definitions)}\n", _table(definition, definitions)]
    return "\n".join(parts)


def _heading(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Where a part stands: the keys that lead to it, such as `guardrails`; else its first line."""
    places = {
        key
        for holder in (schema, *definitions.values())
        for key, entry in holder.get("properties", {}).items()
        if f'"#/$defs/{name}"' in json.dumps(entry) and "Step" not in name
    }
    if len(places) == 1:
        (place,) = places
        alternatives = len(json.dumps(_entry_of(place, schema, definitions)).split("#/$defs/")) > 2
        if not alternatives:
            return f"`{place}`"
    return str(definitions[name].get("description", name)).splitlines()[0].rstrip(".")


def _entry_of(key: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    return next(holder["properties"][key] for holder in (schema, *definitions.values()) if key in holder.get("properties", {}))


def _table(schema: Mapping[str, Any], definitions: Mapping[str, Any], *, only: Iterable[str] | None = None) -> str:
    needed = schema.get("required", [])
    rows = ["| key | what it says | takes |", "|---|---|---|"]
    for key, entry in schema["properties"].items():
        if only is None or key in only:
            name = f"**`{key}`**" if key in needed else f"`{key}`"
            rows.append(f"| {name} | {_cell(_about(entry, definitions))} | {_cell(_takes(entry))} |")
    return "\n".join([*rows, ""])


def _about(entry: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What a key says of itself, else the first line of what stands below it."""
    part = definitions.get(str(entry.get("$ref", "")).rpartition("/")[2], {})
    return " ".join(str(entry.get("description") or part.get("description", "")).split("\n\n")[0].split())


def _takes(entry: Mapping[str, Any]) -> str:
    """What may stand behind a key, and what holds without it."""
    words = _kind(entry)
    default = entry.get("default")
    if default not in (None, "", [], {}):
        words += f"; default `{json.dumps(default) if not isinstance(default, str) else default}`"
    return words


def _kind(entry: Mapping[str, Any]) -> str:
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return ", ".join(f"`{each}`" for each in entry["enum"])
    if "$ref" in entry:
        return "keys of its own, below"
    for key in ("anyOf", "oneOf"):
        if key in entry:
            kinds = [_kind(each) for each in entry[key] if each.get("type") != "null"]
            return ", or ".join(dict.fromkeys(kinds))
    if entry.get("type") == "array":
        inner = _kind(entry.get("items", {}))
        return f"a list of {inner}" if inner.startswith("`") else "a list"
    return WORDS.get(str(entry.get("type")), "any value")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
