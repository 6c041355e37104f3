"""The values of the language: text, numbers, booleans, null, lists and mappings, as JSON has them.

There is no other type. Python's tuples, mappings and subclasses (an enum of texts) are read as the plain type they
extend; anything else, NaN, infinity and integers beyond 2^63 are refused where they are met.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from avops.expression.errors import MisuseError

MAX_TEXT = 65_536
"""Characters in a text that an expression makes."""
MAX_ITEMS = 50_000
"""Items in a list that a filter works on, and values inside a result that an expression puts together."""
MAX_INTEGER = 2**63

SCALARS = frozenset({str, int, float, bool, type(None)})
EXACT = frozenset({str, bool, type(None), dict, list})
"""Types of which every value is fine as it is."""

STRING, NUMBER, BOOLEAN, NULL, LIST, MAPPING = "string", "number", "boolean", "null", "list", "mapping"
_KINDS: dict[type, str] = {str: STRING, int: NUMBER, float: NUMBER, bool: BOOLEAN, type(None): NULL, list: LIST, dict: MAPPING}
_ARTICLES = {NULL: NULL}


def plain(value: object) -> object:
    """The value as exactly str, int, float, bool, None, list or dict; what is inside stays as it is."""
    kind = type(value)
    if kind in EXACT:
        return value
    if kind is float:
        return finite(value)  # type: ignore[arg-type]  # the line above has looked at the type
    if isinstance(value, int):
        return whole(int(value))
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return finite(float(value))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (list, tuple)):
        return list(value)
    raise MisuseError(f"a value of type '{kind.__name__}' cannot be used in an expression", expected=tuple(_KINDS.values()))


def finite(value: float) -> float:
    """The fraction, refused when it is NaN or infinite."""
    if not isfinite(value):
        raise MisuseError("the number is not finite")
    return value


def whole(value: int) -> int:
    """The integer, refused beyond 2^63."""
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise MisuseError("the number is too large")
    return value


def kind_of(value: object) -> str:
    """`string`, `number`, `boolean`, `null`, `list` or `mapping`; of a value that `plain` has seen."""
    return _KINDS[type(value)]


def with_article(kind: str) -> str:
    """`a string`, `null`: a kind as part of a sentence."""
    return _ARTICLES.get(kind, f"a {kind}")


def equal(left: object, right: object) -> bool:
    """Whether both are the same value of the same type; integers and fractions are one type, booleans are no numbers."""
    pairs = [(left, right)]
    budget = MAX_ITEMS
    while pairs:
        one, two = pairs.pop()
        if type(one) is not type(two) or type(one) not in SCALARS:
            one, two = plain(one), plain(two)
        if kind_of(one) != kind_of(two):
            return False
        if isinstance(one, list) and isinstance(two, list):
            if len(one) != len(two):
                return False
            budget -= len(one)
            if budget >= 0:
                pairs.extend(zip(one, two, strict=True))
        elif isinstance(one, dict) and isinstance(two, dict):
            if one.keys() != two.keys():
                return False
            budget -= len(one)
            if budget >= 0:
                pairs.extend((one[key], two[key]) for key in one)
        elif one != two:
            return False
        if budget < 0:
            raise MisuseError(f"the values compared have more than {MAX_ITEMS} parts")
    return True


def less(left: object, right: object) -> bool:
    """Whether `left` comes before `right`: two numbers, or two texts by code point."""
    one, two = plain(left), plain(right)
    if isinstance(one, str) and isinstance(two, str):
        return one < two
    if isinstance(one, (int, float)) and isinstance(two, (int, float)) and type(one) is not bool and type(two) is not bool:
        return one < two
    kinds = kind_of(one), kind_of(two)
    hint = "'| number' makes a number of a text" if set(kinds) == {STRING, NUMBER} else None
    raise MisuseError(f"{with_article(kinds[0])} cannot be ordered against {with_article(kinds[1])}", hint=hint, expected=(NUMBER, STRING))


def contains(container: object, item: object) -> bool:
    """Whether a list has an equal item, a text has that piece, or a mapping has that key."""
    container, item = plain(container), plain(item)
    if isinstance(container, list):
        return any(equal(item, other) for other in container)
    if isinstance(item, str) and isinstance(container, (str, dict)):
        return item in container
    if isinstance(container, (str, dict)):
        raise MisuseError(
            f"'in' looks for a string in {with_article(kind_of(container))}, not for {with_article(kind_of(item))}", expected=(STRING,)
        )
    raise MisuseError(
        f"'in' needs a list, a mapping or a string on its right, not {with_article(kind_of(container))}", expected=(LIST, MAPPING, STRING)
    )


def text_of(value: object) -> str:
    """The value inside a text: numbers and booleans as JSON writes them, lists and mappings as JSON."""
    value = plain(value)
    if isinstance(value, str):
        return value
    if value is None:
        raise MisuseError("null cannot be put into a text", hint="add \"| default('')\" for a value that may be missing")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return json_of(value)


def json_of(value: object) -> str:
    """The value as JSON text on one line."""
    from json import dumps

    check_size(value, MAX_TEXT)
    try:
        return bounded(dumps(value, ensure_ascii=False, allow_nan=False, default=plain))
    except (TypeError, ValueError, RecursionError):
        raise MisuseError("the value cannot be written as JSON") from None


def bounded(text: str) -> str:
    """The text, refused when it is longer than an expression may make."""
    if len(text) > MAX_TEXT:
        raise too_long()
    return text


def too_long() -> MisuseError:
    """The complaint about a text that would be longer than `MAX_TEXT`."""
    return MisuseError(f"the text would be longer than {MAX_TEXT} characters")


def check_size(value: object, characters: int = MAX_TEXT * 16) -> None:
    """Refuse a value of more than `MAX_ITEMS` parts, of longer texts in all, or with a part of a foreign type.

    Keeps values that are put together from others, step after step, from growing without end.
    """
    stack = [value]
    parts = 0
    while stack:
        part = plain(stack.pop())
        if isinstance(part, str):
            characters -= len(part)
        elif isinstance(part, list):
            parts += len(part)
            if parts <= MAX_ITEMS:
                stack.extend(part)
        elif isinstance(part, dict):
            parts += len(part)
            if parts <= MAX_ITEMS:
                stack.extend(part.values())
                characters -= sum(len(key) for key in part if isinstance(key, str))
        if parts > MAX_ITEMS:
            raise MisuseError(f"the value has more than {MAX_ITEMS} parts")
        if characters < 0:
            raise MisuseError("the value holds too much text")


def shown(value: object) -> str:
    """A value in a message, at most 40 characters: `the string 'on'`, `null`, `a list of 3`."""
    value = plain(value)
    kind = kind_of(value)
    if isinstance(value, (list, dict)):
        return f"a {kind} of {len(value)}"
    if isinstance(value, str):
        return f"the string {value[:40]!r}{'…' if len(value) > 40 else ''}"
    return text_of(value) if value is not None else NULL
