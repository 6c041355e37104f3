"""Arguments and answers against their JSON Schemas, with validators compiled once per schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.tool import ActionBase


def input_schema(properties: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """The JSON Schema of an action's arguments: each is required unless it has a `default` or says `required: false`."""
    shown = {
        name: {key: value for key, value in spec.items() if key != "required" or not isinstance(value, bool)}
        for name, spec in properties.items()
    }
    needed = [name for name, spec in properties.items() if "default" not in spec and spec.get("required") is not False]
    return {"type": "object", "properties": shown, "required": needed, "additionalProperties": False}


def with_defaults(properties: Mapping[str, Mapping[str, object]], arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments, with the default of each that was left out."""
    filled = dict(arguments)
    for name, spec in properties.items():
        if name not in filled and "default" in spec:
            filled[name] = spec["default"]
    return filled


MAX_KNOWN = 4096
_INPUTS: dict[int, tuple[object, object]] = {}
_SCHEMAS: dict[int, tuple[object, object]] = {}


def input_error(spec: ActionBase, arguments: Mapping[str, object]) -> str | None:
    """What is wrong with the arguments of an action, in one sentence; None when nothing is."""
    known = _INPUTS.get(id(spec))
    if known is None or known[0] is not spec:
        known = (spec, _validator(json.dumps(input_schema(spec.input), default=str)))
        if len(_INPUTS) >= MAX_KNOWN:
            _INPUTS.clear()
        _INPUTS[id(spec)] = known
    return _error(known[1], arguments)


def schema_error(schema: Mapping[str, object], value: object) -> str | None:
    """What in the value does not fit the schema, in one sentence; None when it fits."""
    known = _SCHEMAS.get(id(schema))
    if known is None or known[0] is not schema:
        known = (schema, _validator(json.dumps(schema, sort_keys=True, default=str)))
        if len(_SCHEMAS) >= MAX_KNOWN:
            _SCHEMAS.clear()
        _SCHEMAS[id(schema)] = known
    return _error(known[1], value)


@dataclass(frozen=True, slots=True)
class _Unusable:
    """In place of a validator: why there is none for a schema."""

    reason: str


@lru_cache(maxsize=4096)
def _validator(schema: str) -> object:
    """The schema's validator, or what keeps it from having one; a wrong schema is told, and never raises."""
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(schema, offline=True)
    except (ValueError, jsonschema_rs.ValidationError) as error:
        return _Unusable(next(iter(str(error).splitlines()), type(error).__name__))


def _error(validator: object, value: object) -> str | None:
    import jsonschema_rs

    if isinstance(validator, _Unusable):
        return f"the schema cannot be used: {validator.reason}"
    try:
        if validator.is_valid(value):  # type: ignore[attr-defined]  # a validator of the Rust library, which has no common base
            return None
        first = next(validator.iter_errors(value))  # type: ignore[attr-defined]  # see above
    except (ValueError, jsonschema_rs.ValidationError) as error:
        return str(error).splitlines()[0]
    place = ".".join(str(part) for part in first.instance_path)
    return f"{place}: {first.message}" if place else str(first.message)
