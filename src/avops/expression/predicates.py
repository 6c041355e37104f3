"""The closed list of tests: `value is empty`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression.errors import MisuseError
from avops.expression.values import kind_of, with_article

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = {
    "boolean": "boolean",
    "defined": "defined",
    "empty": "empty",
    "false": "false",
    "False": "false",
    "integer": "integer",
    "list": "list",
    "mapping": "mapping",
    "none": "null",
    "None": "null",
    "null": "null",
    "number": "number",
    "string": "string",
    "true": "true",
    "True": "true",
    "undefined": "undefined",
}
"""What may follow `is`, and the test that it means. `defined` and `undefined` are the compiler's: they see what is missing."""


def _empty(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, (str, list, dict)):
        return not value
    raise MisuseError(f"'empty' is said of a list, a mapping, a string or null, not of {with_article(kind_of(value))}")


def _of_kind(kind: str) -> Callable[[object], bool]:
    return lambda value: kind_of(value) == kind


PREDICATES: dict[str, Callable[[object], bool]] = {
    "empty": _empty,
    "integer": lambda value: type(value) is int,
    "true": lambda value: value is True,
    "false": lambda value: value is False,
    **{kind: _of_kind(kind) for kind in ("boolean", "list", "mapping", "null", "number", "string")},
}
