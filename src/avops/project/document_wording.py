"""The words for what a document's types want."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from avops.model.document import DURATION, ENV_OR_KEYRING, IDENTIFIER, NAME
from avops.project.document_keys import arms_of, is_union, pattern_of, plain

A_MAPPING = "a mapping (lines of 'key: value')"

# What each pattern of the types asks for; a test holds this complete.
PATTERNS: dict[str, str] = {
    IDENTIFIER: "a name of lower-case letters, digits and '_' that begins with a letter",
    DURATION: "a duration such as 90s, 10m or 2h",
    NAME: "a name on one line, without spaces at its ends",
    ENV_OR_KEYRING: "'env:NAME' or 'keyring:NAME', never the secret itself",
    r"^[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_./-]*$": "TOOL.ACTION, such as zoom.restart_room",
    r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_]+$": "TOOL.ACTION, such as tickets.create",
    r"^[A-Za-z0-9][A-Za-z0-9_-]*$": "a tool's name: letters, digits, '_' and '-'",
    r"^(<=|>=|<|>|==) *-?\d+(\.\d+)?$": "a comparison with a number, such as '<= 600'",
    r"^[0-9a-f]{64}$": "a SHA-256 sum: 64 hexadecimal digits",
    r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$": "an instant with its offset, such as 2026-11-22T06:00:00+01:00",
    r"^\d{1,3}%$": "a share such as '10%'",
    r"^[1-9]\d{0,5}/(s|min|h)$": "a rate such as 30/min",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of an environment variable",
    r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$": "a host or an address, such as 10.20.0.15",
    r"^(\*\.)?[A-Za-z0-9][A-Za-z0-9._-]*$|^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$": "hosts, such as '*.av.example' or 10.20.0.0/16",
    r"^https?://[^\s/?#@]+(/[^\s?#]*)?$": "a URL such as https://api.example.com/v2, without a query and without a password",
    r"^https?://[^\s/?#@]+(/[^\s#]*)?$": "a URL such as https://mcp.example.com/mcp, without a password",
    r"^\S+$": "a name without spaces",
    r"^sha256:[0-9a-f]{64}$": "a pin, which 'avops tool discover' writes",
    r"^[A-Za-z0-9_.\[\]-]{1,64}$": "the name of a form's field",
    r"^[A-Za-z0-9_][A-Za-z0-9_-]*(/[A-Za-z0-9_][A-Za-z0-9_-]*)*\.py:[A-Za-z][A-Za-z0-9_]*$": (
        "a file below the project's folder and a function in it, such as scripts/inventory.py:find_device"
    ),
}

# Patterns of names: a number in their place is text that lacks its quotes.
NAMES = frozenset({IDENTIFIER, NAME, r"^[A-Za-z0-9][A-Za-z0-9_-]*$"})

_TYPES: dict[str, str] = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": A_MAPPING,
    "model_type": A_MAPPING,
    "model_attributes_type": A_MAPPING,
}


_SPOKEN = re.compile(r" *(\d+(?:\.\d+)?) *([a-z]+)\.? *", re.ASCII | re.IGNORECASE)
_UNITS = {
    "ms": ("millisecond", "msec"),
    "s": ("second", "sec"),
    "m": ("minute", "min"),
    "h": ("hour", "hr"),
    "d": ("day",),
}


def duration_of(text: str) -> str | None:
    """A duration in words, such as `5 minutes`, as documents write it; None for any other text."""
    found = _SPOKEN.fullmatch(text)
    if found is None:
        return None
    word = found[2].lower()
    unit = next((unit for unit, names in _UNITS.items() if word == unit or word.removesuffix("s") in names), None)
    return f"{found[1]}{unit}" if unit else None


def wanted_by_error(kind: str) -> str | None:
    """What an error of Pydantic's type `kind` asked for, when it is about the wrong type."""
    return _TYPES.get(kind)


def wanted_by_type(kind: Any) -> str:
    """What a type asks for: `text`, `a list or true or false`, `'auto' or 'none'`, the meaning of a text's pattern."""
    pattern = pattern_of(kind) if not is_union(plain(kind)) else None
    if pattern is not None:
        return PATTERNS.get(pattern, f"text that matches {pattern}")
    kind = plain(kind)
    if is_union(kind):
        return " or ".join(dict.fromkeys(wanted_by_type(arm) for arm in arms_of(kind)))
    origin = get_origin(kind)
    if origin is Literal:
        return " or ".join(sorted(f"'{value}'" for value in get_args(kind)))
    if origin in (list, tuple):
        return "a list"
    if origin is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return A_MAPPING
    names: dict[object, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(kind, "another value")


def what_it_is(value: object) -> str:
    """A value as a message names it: `the text 'x'`, `the number 5`, `true`, `a list`, `nothing`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{shortened(value)}'"
    if isinstance(value, int | float):
        return f"the number {shortened(str(value))}"
    return "a list" if isinstance(value, list) else "a mapping"


def shortened(text: str) -> str:
    """`text` on one line, of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def subject(path: tuple[str | int, ...]) -> str:
    """What a message calls the place: `'version'`, `entry 2 of 'tags'`, `the document`."""
    if not path:
        return "the document"
    last = path[-1]
    if isinstance(last, str):
        return f"'{shortened(last)}'"
    return f"entry {last + 1} of {subject(path[:-1])}"


def quoted_values(text: str) -> tuple[str, ...]:
    """The values in Pydantic's `'a', 'b' or 'c'`, sorted."""
    return tuple(sorted(re.findall(r"'([^']*)'", text)))
