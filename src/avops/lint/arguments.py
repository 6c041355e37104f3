"""The arguments of a call beside what its action declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.expression.schemas import ALL_KINDS, all_choices, allows, kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.expression.schemas import Schema
    from avops.model.tool import ActionBase

_VALIDATORS: dict[int, tuple[object, object]] = {}
_ARTICLES = {"array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "null", "number": "a number"}
_ARTICLES |= {"object": "a mapping", "string": "text", "list": "a list", "mapping": "a mapping"}


def required(action: ActionBase) -> tuple[str, ...]:
    """The arguments that a call must give: those without a `default` that do not say `required: false`."""
    return tuple(name for name, spec in action.input.items() if "default" not in spec and spec.get("required") is not False)


def own_schema(spec: Mapping[str, object]) -> dict[str, object]:
    """The JSON Schema of one argument: `required: true|false` is not part of it."""
    return {key: value for key, value in spec.items() if key != "required" or isinstance(value, list)}


def has_template(value: object) -> bool:
    """True when a text in the value holds `{{`."""
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, dict):
        return any(map(has_template, value.values()))
    return isinstance(value, list) and any(map(has_template, value))


def constant_problem(spec: Mapping[str, object], value: object) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with a written-out value, and the expected set; None when it fits."""
    validator = _validator(spec)
    if validator is None or validator.is_valid(value):  # type: ignore[attr-defined]  # a validator of the Rust library
        return None
    choices = spec.get("enum")
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = f"'{value}'" if isinstance(value, str) else shown
    shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
    if isinstance(choices, list):
        return f"cannot be {shown}", tuple(sorted(map(str, choices)))
    named = spec.get("type")
    wanted = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    if wanted and not kinds({"const": value}) & kinds(spec):
        return f"must be {' or '.join(_ARTICLES.get(str(each), str(each)) for each in wanted)}, not {shown}", ()
    first = next(validator.iter_errors(value), None)  # type: ignore[attr-defined]  # see above
    message = str(first.message) if first is not None else "it does not fit its schema"
    return f"cannot be {shown}: {message if len(message) <= 120 else message[:119] + '…'}", ()


def _validator(spec: Mapping[str, object]) -> object | None:
    known = _VALIDATORS.get(id(spec))
    if known is not None and known[0] is spec:
        return known[1]
    import jsonschema_rs

    try:
        made: object | None = jsonschema_rs.validator_for(json.dumps(own_schema(spec), default=str), offline=True)
    except (ValueError, jsonschema_rs.ValidationError):
        made = None  # the rule about schemas tells of it
    _VALIDATORS[id(spec)] = (spec, made)
    return made


def in_words(found: Iterable[str]) -> str:
    """Kinds of values as people call them: `a list or text`."""
    return " or ".join(_ARTICLES.get(kind, kind) for kind in sorted(found))


def typed_problem(spec: Mapping[str, object], schema: Schema) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with a template's type, as far as the schemas leave no doubt."""
    wanted, found = kinds(spec), kinds(schema)
    if ALL_KINDS in (found, wanted):
        return None
    if not wanted & found:
        return f"must be {in_words(wanted)}, and this is {in_words(found)}", ()
    allowed, given = all_choices(spec), all_choices(schema)
    if allowed is not None and given is not None and not any(allows(allowed, value) for value in given):
        shown = ", ".join(sorted(map(str, given)))
        return f"cannot be any of {shown}", tuple(sorted(map(str, allowed)))
    return None
