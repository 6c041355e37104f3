"""Schemas of an OpenAPI document as plain JSON Schemas: references resolved within the document, and within bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from avops.connectors.foreign_text import one_line
from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_TEXT = 200
# JSON Schema 2020-12, of what OpenAPI 3.0 and 3.1 share; the rest (discriminator, xml, examples of other kinds) says nothing of values.
_PLAIN = frozenset({"const", "default", "enum", "format", "maximum", "minimum", "multipleOf", "uniqueItems"}) | {
    f"{bound}{what}" for bound in ("max", "min") for what in ("Items", "Length", "Properties")
}
_LISTS = ("allOf", "anyOf", "oneOf")


def shortened(text: object) -> str:
    """A text of the document in one line of at most `MAX_TEXT` characters; empty for anything but text."""
    line = one_line(text[: 4 * MAX_TEXT]) if isinstance(text, str) else ""
    line = " ".join(line.split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


class Resolver:
    """Follows `$ref` within one document. The work for a whole document is bounded by `MAX_NODES`."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document
        self._nodes = 0

    def mapping(self, value: object) -> dict[str, object]:
        """The mapping that a value is or refers to; AvopsError for a reference that leads nowhere or outside, empty for other values."""
        for _ in range(MAX_DEPTH):
            if not isinstance(value, dict):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            value = self._at(reference)
        raise AvopsError("the references of the document lead in a circle")

    def schema(self, value: object, *, drop: str = "", depth: int = 0, path: tuple[str, ...] = ()) -> dict[str, object]:
        """A JSON Schema without references. Properties marked `drop` (`readOnly`, `writeOnly`) are left out.

        A schema that contains itself, and what lies deeper than `MAX_DEPTH`, becomes `{}`: anything.
        """
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise AvopsError(f"the schemas of the document have more than {MAX_NODES:,} parts", hint="choose fewer operations")
        if not isinstance(value, dict) or depth > MAX_DEPTH:
            return {}
        reference = value.get("$ref")
        if isinstance(reference, str):
            if reference in path:
                return {}
            return self.schema(self._at(reference), drop=drop, depth=depth, path=(*path, reference))
        return self._copied(value, drop, depth + 1, path)

    def _copied(self, value: dict[str, object], drop: str, depth: int, path: tuple[str, ...]) -> dict[str, object]:
        out: dict[str, object] = {}
        if (kind := _kind(value)) is not None:
            out["type"] = kind
        if text := shortened(value.get("description")):
            out["description"] = text
        out |= {key: entry for key, entry in value.items() if key in _PLAIN}
        _bounds(value, out)
        pattern = value.get("pattern")
        if isinstance(pattern, str) and _compiles(pattern):
            out["pattern"] = pattern
        if isinstance(items := value.get("items"), dict):
            out["items"] = self.schema(items, drop=drop, depth=depth, path=path)
        if isinstance(extra := value.get("additionalProperties"), dict):
            out["additionalProperties"] = self.schema(extra, drop=drop, depth=depth, path=path)
        elif extra is False:
            out["additionalProperties"] = False
        if isinstance(properties := value.get("properties"), dict):
            kept = {key: part for key, part in properties.items() if not (drop and self.mapping(part).get(drop) is True)}
            out["properties"] = {str(key): self.schema(part, drop=drop, depth=depth, path=path) for key, part in kept.items()}
            required = value.get("required")
            names = [name for name in required if name in kept] if isinstance(required, list) else []
            if names:
                out["required"] = names
        for key in _LISTS:
            if isinstance(parts := value.get(key), list):
                out[key] = [self.schema(part, drop=drop, depth=depth, path=path) for part in parts]
        return out

    def _at(self, reference: str) -> object:
        """What a reference within the document names (RFC 6901)."""
        if not reference.startswith("#/"):
            raise AvopsError(f"'{shortened(reference)}' lies outside the document", hint="bundle the document into one file first")
        value: object = self._document
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(value, dict) or key not in value:
                raise AvopsError(f"'{shortened(reference)}' is not in the document")
            value = value[key]
        return value


def _kind(value: dict[str, object]) -> object:
    """The `type`, with the null of OpenAPI 3.0's `nullable` in it."""
    kind = value.get("type")
    if kind is None and isinstance(value.get("properties"), dict):
        kind = "object"
    if value.get("nullable") is True and isinstance(kind, str):
        return [kind, "null"]
    return kind if isinstance(kind, str | list) else None


def _bounds(value: dict[str, object], out: dict[str, object]) -> None:
    """`exclusiveMinimum` and `exclusiveMaximum`: a number since 3.1, before that a mark on `minimum` and `maximum`."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        mark = value.get(exclusive)
        if mark is True and plain in out:
            out[exclusive] = out.pop(plain)
        elif isinstance(mark, int | float) and not isinstance(mark, bool):
            out[exclusive] = mark


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def properties_of(schema: dict[str, object]) -> tuple[dict[str, object], set[str]] | None:
    """The properties of an object's schema and which are required, parts of `allOf` included; None when it is no such object."""
    parts = schema.get("allOf")
    if isinstance(parts, list):
        properties: dict[str, object] = {}
        required: set[str] = set()
        for part in [*parts, {key: entry for key, entry in schema.items() if key != "allOf"}]:
            found = properties_of(cast("dict[str, object]", part))
            if found is not None:
                properties |= found[0]
                required |= found[1]
        return (properties, required) if properties else None
    found_properties = schema.get("properties")
    if not isinstance(found_properties, dict) or not found_properties or "anyOf" in schema or "oneOf" in schema:
        return None
    names = schema.get("required")
    return found_properties, set(names) if isinstance(names, list) else set()
