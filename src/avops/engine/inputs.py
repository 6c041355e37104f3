"""The inputs of a run: given values against what the recipe declares."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.engine.program import Problem
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.recipe import Input
    from avops.model.run import RunStart

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "list": (list,),
}
_GIVE = "give it with -i name=value"
MAX_MATCHED = 4096
"""Characters of a value that a pattern is tried on."""


def complete(declared: Mapping[str, Input], given: Mapping[str, object]) -> tuple[dict[str, object], list[Problem]]:
    """The inputs with their defaults, and every problem: missing, unknown, of the wrong type, not in the list."""
    problems = [_unknown(name, declared) for name in given if name not in declared]
    values: dict[str, object] = {}
    for name, spec in declared.items():
        if name in given:
            values[name] = given[name]
            if problem := _problem(spec, given[name]):
                problems.append(Problem(message=f"input '{name}': {problem}", hint=_GIVE))
        elif spec.is_required:
            about = f" ({spec.description})" if spec.description else ""
            problems.append(Problem(message=f"input '{name}' is missing{about}", hint=_GIVE))
        else:
            values[name] = spec.default
    return values, problems


def without_secrets(declared: Mapping[str, Input], start: RunStart, given: Mapping[str, str]) -> tuple[RunStart, dict[str, str]]:
    """The start as it may be kept, and the values of secret inputs, which never are; references to secrets stay."""
    secret = dict(given)
    kept = dict(start.inputs)
    for name, value in start.inputs.items():
        if name in declared and declared[name].secret and not is_reference(value):
            secret[name] = str(kept.pop(name))
    return (replace(start, inputs=kept) if len(kept) < len(start.inputs) else start), secret


def is_reference(value: object) -> bool:
    """True for the name of a secret, which may be kept; false for a secret itself."""
    return isinstance(value, str) and value.startswith(("env:", "keyring:"))


def from_text(spec: Input, text: str) -> object:
    """A value typed on the command line, as the input's type; a text that does not fit is returned as it is."""
    if spec.type == "string":
        return text
    if spec.type == "boolean":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    try:
        return json.loads(text)
    except ValueError:
        return [part.strip() for part in text.split(",")] if spec.type == "list" else text


def _unknown(name: str, declared: Mapping[str, Input]) -> Problem:
    if not declared:
        return Problem(message=f"input '{name}': the recipe declares no inputs", hint="leave it out")
    expected = ", ".join(sorted(declared))
    return Problem(
        message=f"input '{name}': the recipe declares no such input, expected one of {expected}",
        hint=did_you_mean(name, declared) or _GIVE,
    )


def _problem(spec: Input, value: object) -> str | None:
    shown = "a value" if spec.secret else repr(value) if not isinstance(value, str) else f"'{value}'"
    fits = isinstance(value, _TYPES[spec.type]) and not (isinstance(value, bool) and spec.type != "boolean")
    if not fits:
        return f"expected {'an' if spec.type == 'integer' else 'a'} {spec.type}, got {shown}"
    if spec.enum is not None and value not in spec.enum:
        return f"expected one of {', '.join(sorted(map(str, spec.enum)))}, got {shown}"
    if spec.pattern is not None and isinstance(value, str):
        if len(value) > MAX_MATCHED:
            return f"a text of more than {MAX_MATCHED} characters cannot be matched"
        try:
            if not re.fullmatch(spec.pattern, value):
                return f"{shown} does not match '{spec.pattern}'"
        except re.error as error:
            return f"its pattern '{spec.pattern}' is no regular expression: {error}"
    return None
