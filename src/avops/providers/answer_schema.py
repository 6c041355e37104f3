"""JSON Schemas for answers, in the part of JSON Schema that the providers promise to keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER = "answer"
"""The name under which a schema is sent."""

_PLAIN = frozenset(
    {"$defs", "additionalProperties", "anyOf", "const", "description", "enum", "items", "properties", "required", "title", "type"}
)
_SCHEMAS_BY_NAME = ("properties", "$defs")


def closed(schema: Mapping[str, object], *, all_required: bool) -> dict[str, object] | None:
    """The schema with every object closed (`additionalProperties: false`), or None when that would change what it asks for.

    None for objects with free keys, for keywords beyond the common ones, and, with `all_required`, for objects with
    properties that may be left out (OpenAI's strict mode takes none).
    """
    if schema.get("type") != "object":
        return None
    try:
        return _closed(schema, all_required)
    except _CannotCloseError:
        return None


class _CannotCloseError(Exception):
    pass


def _closed(schema: object, all_required: bool) -> dict[str, object]:
    if not isinstance(schema, dict) or not _PLAIN.issuperset(schema) or schema.get("additionalProperties", False) is not False:
        raise _CannotCloseError
    made: dict[str, object] = dict(schema)
    kind = schema.get("type")
    is_object = kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema
    if is_object:
        properties, required = schema.get("properties"), schema.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise _CannotCloseError
        if all_required and set(properties) != set(required):
            raise _CannotCloseError
        made["additionalProperties"] = False
    elif not {"type", "anyOf", "enum", "const"} & set(schema):
        raise _CannotCloseError
    for key in _SCHEMAS_BY_NAME:
        group = schema.get(key)
        if isinstance(group, dict):
            made[key] = {name: _closed(each, all_required) for name, each in group.items()}
    if "items" in schema:
        made["items"] = _closed(schema["items"], all_required)
    elif kind == "array":
        raise _CannotCloseError
    variants = schema.get("anyOf")
    if isinstance(variants, list):
        made["anyOf"] = [_closed(each, all_required) for each in variants]
    return made
