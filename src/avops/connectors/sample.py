"""An answer made up from an output schema: deterministic, and of the types the schema asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 8
_TEXTS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "someone@example.org",
    "time": "00:00:00Z",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def sample(schema: Mapping[str, object], name: str = "value", depth: int = 0) -> object:
    """A value that the schema accepts, as far as `type`, `properties`, `items`, bounds, `enum` and `format` say it.

    `const`, `default`, `examples` and `enum` are taken when they are there. A text is `mock NAME`. Below `MAX_DEPTH` levels
    optional parts are left out.
    """
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        choices = schema.get(key)
        if isinstance(choices, list) and choices:
            return choices[0]
    for key in ("anyOf", "oneOf", "allOf"):
        parts = schema.get(key)
        if isinstance(parts, list) and parts and isinstance(parts[0], dict):
            return sample(parts[0], name, depth + 1)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if kind is None and "properties" in schema:
        kind = "object"
    match kind:
        case "object":
            return _mapping(schema, depth)
        case "array":
            return _list(schema, name, depth)
        case "integer" | "number":
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _text(schema, name)


def _mapping(schema: Mapping[str, object], depth: int) -> dict[str, object]:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict):
        return {}
    needed = set(required) if isinstance(required, list) else set()
    return {
        key: sample(part, key, depth + 1)
        for key, part in properties.items()
        if isinstance(part, dict) and (depth < MAX_DEPTH or key in needed)
    }


def _list(schema: Mapping[str, object], name: str, depth: int) -> list[object]:
    least, items = schema.get("minItems"), schema.get("items")
    count = least if isinstance(least, int) else (1 if depth < MAX_DEPTH else 0)
    return [sample(items, name, depth + 1) if isinstance(items, dict) else None] * count if items or count else []


def _number(schema: Mapping[str, object], *, whole: bool) -> int | float:
    step = 1 if whole else 0.5
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    value: int | float = 1
    if isinstance(above, int | float):
        value = above + step
    elif isinstance(low, int | float):
        value = low
    if isinstance(high, int | float) and value > high:
        value = high
    if isinstance(below, int | float) and value >= below:
        value = below - step
    return int(value) if whole else value


def _text(schema: Mapping[str, object], name: str) -> str:
    known = _TEXTS.get(str(schema.get("format")))
    text = known if known is not None else f"mock {name}"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(least, int):
        text = text.ljust(least, "x")
    return text[:most] if isinstance(most, int) else text
