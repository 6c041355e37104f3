"""The closed list of filters: `value | join(', ')`.

Each says which kinds it takes and gives, so that the compiler checks values and lint checks types against one table.
All are linear in their input (`sort`: n log n), and bounded in what they make.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.expression.errors import MisuseError
from avops.expression.values import (
    BOOLEAN,
    LIST,
    MAPPING,
    MAX_ITEMS,
    MAX_TEXT,
    NULL,
    NUMBER,
    STRING,
    bounded,
    check_size,
    contains,
    equal,
    finite,
    json_of,
    kind_of,
    plain,
    text_of,
    too_long,
    whole,
    with_article,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = (BOOLEAN, LIST, MAPPING, NULL, NUMBER, STRING)
_NUMERAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSpec:
    """What a filter takes and gives.

    `takes` are the kinds of the value, `parameters` the name and kinds of each argument, of which the first
    `required` must be there. `gives` is a kind, or `same` (the value's type), `item` (of the list's items), `items`
    (a list of the value's items or mapping values), `either` (the value's or the argument's type), `column` (a list
    of what the items hold under a key), `keys` (a list of strings).
    """

    name: str
    takes: tuple[str, ...]
    gives: str
    apply: Callable[..., object]
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    required: int = 0

    def usage(self) -> str:
        """How it is written: `round` or `join(separator)`."""
        names = [name if index < self.required else f"[{name}]" for index, (name, _) in enumerate(self.parameters)]
        return f"{self.name}({', '.join(names)})" if names else self.name

    def check(self, value: object, arguments: tuple[object, ...] = ()) -> None:
        """Refuse a value or an argument of a kind that the filter does not take."""
        kind = kind_of(value)
        if kind not in self.takes:
            hint = '"| default(…)" right after the name covers null' if kind == NULL else None
            raise MisuseError(f"'{self.name}' needs {one_of(self.takes)}, not {with_article(kind)}", expected=self.takes, hint=hint)
        for argument, (name, kinds) in zip(arguments, self.parameters, strict=False):
            if kind_of(argument) not in kinds:
                raise MisuseError(f"the {name} of '{self.name}' is {one_of(kinds)}, not {with_article(kind_of(argument))}", expected=kinds)


def one_of(kinds: tuple[str, ...]) -> str:
    """`a list, a mapping or a string`."""
    *most, last = [with_article(kind) for kind in kinds]
    return f"{', '.join(most)} or {last}" if most else last


def _items(value: list[object]) -> list[object]:
    if len(value) > MAX_ITEMS:
        raise MisuseError(f"the list has more than {MAX_ITEMS} items")
    return [plain(item) for item in value]


def _numbers(name: str, value: list[object]) -> list[int | float]:
    items = _items(value)
    numbers = [item for item in items if isinstance(item, (int, float)) and not isinstance(item, bool)]
    if len(numbers) != len(items):
        raise MisuseError(f"'{name}' needs a list of numbers")
    return numbers


def _ordered(name: str, value: list[object]) -> list[str] | list[int | float]:
    """The items in order; all are numbers, or all are texts."""
    items = _items(value)
    texts = [item for item in items if isinstance(item, str)]
    if items and len(texts) == len(items):
        return sorted(texts)
    try:
        return sorted(_numbers(name, items))
    except MisuseError:
        raise MisuseError(f"'{name}' needs a list of numbers or a list of strings") from None


def _length(value: str | list[object] | dict[str, object]) -> int:
    return len(value)


def _first(value: list[object]) -> object:
    return _end("first", value, 0)


def _last(value: list[object]) -> object:
    return _end("last", value, -1)


class EmptyListError(MisuseError):
    """There is no such item because the list is empty; `default(…)` covers it."""


def _end(name: str, value: list[object], index: int) -> object:
    if not value:
        raise EmptyListError(f"'{name}' of an empty list", hint='"| default(…)" after it gives a value for that case')
    return plain(value[index])


def _extreme(name: str, value: list[object], index: int) -> object:
    if not value:
        return _end(name, value, index)
    return _ordered(name, value)[index]


def _minimum(value: list[object]) -> object:
    return _extreme("min", value, 0)


def _maximum(value: list[object]) -> object:
    return _extreme("max", value, -1)


def _sum(value: list[object]) -> int | float:
    total = sum(_numbers("sum", value))
    return whole(total) if isinstance(total, int) else finite(total)


def _absolute(value: int | float) -> int | float:
    return whole(abs(value)) if isinstance(value, int) else abs(value)


def _round(value: int | float, digits: int | float = 0) -> int | float:
    from decimal import ROUND_HALF_UP, Decimal

    if not isinstance(digits, int) or not 0 <= digits <= 10:
        raise MisuseError("the digits of 'round' are a whole number from 0 to 10")
    if isinstance(value, int) or abs(value) >= 2**52:
        return whole(int(value)) if digits == 0 else value
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return int(rounded) if digits == 0 else float(rounded)


def _number(value: str | int | float) -> int | float:
    if not isinstance(value, str):
        return value
    text = value.strip() if len(value) <= 120 else ""
    found = _NUMERAL.fullmatch(text)
    if found is None:
        raise MisuseError(f"the text {value[:40]!r} is no number")
    return finite(float(text)) if found[1] or found[2] else whole(int(text))


def _integer(value: str | int | float) -> int:
    number = _number(value)
    if isinstance(value, str) and isinstance(number, float):
        raise MisuseError(f"the text {value[:40]!r} is no whole number", hint="'| number | round' rounds it")
    return whole(int(number))


def _lower(value: str) -> str:
    return bounded(bounded(value).lower())


def _upper(value: str) -> str:
    return bounded(bounded(value).upper())


def _trim(value: str) -> str:
    return bounded(value.strip())


def _join(value: list[object], separator: str) -> str:
    pieces: list[str] = []
    room = MAX_TEXT
    for item in _items(value):
        piece = text_of(item)
        room -= len(piece) + (len(separator) if pieces else 0)
        if room < 0:
            raise too_long()
        pieces.append(piece)
    return separator.join(pieces)


def _split(value: str, separator: str) -> list[str]:
    if not separator:
        raise MisuseError("the separator of 'split' is empty")
    return bounded(value).split(separator)


def _replace(value: str, old: str, new: str) -> str:
    if not old:
        raise MisuseError("the old text of 'replace' is empty")
    count = value.count(old)
    if len(value) + count * (len(new) - len(old)) > MAX_TEXT:
        raise too_long()
    return value.replace(old, new)


def _matches(value: str, pattern: str) -> bool:
    """Whether the whole text fits, where `*` stands for any characters: each piece is looked for once, from left to right."""
    head, *rest = pattern.split("*")
    if not rest:
        return value == pattern
    *middle, tail = rest
    if len(value) < len(head) + len(tail) or not value.startswith(head) or not value.endswith(tail):
        return False
    position, end = len(head), len(value) - len(tail)
    for piece in middle:
        position = value.find(piece, position, end)
        if position < 0:
            return False
        position += len(piece)
    return True


def _unique(value: list[object]) -> list[object]:
    """The items without later repeats; compared by value, so that 1 and 1.0 are one and true is another."""
    kept: list[object] = []
    seen: set[object] = set()
    check_size(value)
    for item in _items(value):
        mark: object = (kind_of(item), _canonical(item))
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    return kept


def _canonical(value: object) -> object:
    """A hashable stand-in that is equal for equal values."""
    value = plain(value)
    if isinstance(value, list):
        return tuple((kind_of(plain(item)), _canonical(item)) for item in value)
    if isinstance(value, dict):
        return frozenset((key, kind_of(plain(item)), _canonical(item)) for key, item in value.items())
    return value


def _pluck(value: list[object], key: str) -> list[object]:
    return [plain(_member(item, key, "pluck")) for item in _items(value)]


def _where(value: list[object], key: str, wanted: object = True) -> list[object]:
    return [item for item in _items(value) if equal(_member(item, key, "where"), wanted)]


def _member(item: object, key: str, name: str) -> object:
    if not isinstance(item, dict):
        raise MisuseError(f"'{name}' needs a list of mappings, not one that holds {with_article(kind_of(item))}")
    if key not in item:
        raise MisuseError(f"an item of the list has no key '{key}'", expected=tuple(str(other) for other in list(item)[:20]))
    return item[key]


def _default(value: object, replacement: object) -> object:
    return replacement if value is None else value


_KEY = ("key", (STRING,))
_TEXT = ("text", (STRING,))

_ALL = (
    FilterSpec(name="abs", takes=(NUMBER,), gives=NUMBER, apply=_absolute),
    FilterSpec(name="contains", takes=(LIST, MAPPING, STRING), gives=BOOLEAN, apply=contains, parameters=(("item", ANY),), required=1),
    FilterSpec(name="default", takes=ANY, gives="either", apply=_default, parameters=(("value", ANY),), required=1),
    FilterSpec(name="endswith", takes=(STRING,), gives=BOOLEAN, apply=str.endswith, parameters=(_TEXT,), required=1),
    FilterSpec(name="first", takes=(LIST,), gives="item", apply=_first),
    FilterSpec(name="int", takes=(NUMBER, STRING), gives="integer", apply=_integer),
    FilterSpec(name="join", takes=(LIST,), gives=STRING, apply=_join, parameters=(("separator", (STRING,)),), required=1),
    FilterSpec(name="json", takes=ANY, gives=STRING, apply=json_of),
    FilterSpec(name="keys", takes=(MAPPING,), gives="keys", apply=lambda value: _items(list(value))),
    FilterSpec(name="last", takes=(LIST,), gives="item", apply=_last),
    FilterSpec(name="length", takes=(LIST, MAPPING, STRING), gives="integer", apply=_length),
    FilterSpec(name="lower", takes=(STRING,), gives=STRING, apply=_lower),
    FilterSpec(name="matches", takes=(STRING,), gives=BOOLEAN, apply=_matches, parameters=(("pattern", (STRING,)),), required=1),
    FilterSpec(name="max", takes=(LIST,), gives="item", apply=_maximum),
    FilterSpec(name="min", takes=(LIST,), gives="item", apply=_minimum),
    FilterSpec(name="number", takes=(NUMBER, STRING), gives=NUMBER, apply=_number),
    FilterSpec(name="pluck", takes=(LIST,), gives="column", apply=_pluck, parameters=(_KEY,), required=1),
    FilterSpec(
        name="replace", takes=(STRING,), gives=STRING, apply=_replace, parameters=(("old", (STRING,)), ("new", (STRING,))), required=2
    ),
    FilterSpec(name="reverse", takes=(LIST,), gives="same", apply=lambda value: _items(value)[::-1]),
    FilterSpec(name="round", takes=(NUMBER,), gives=NUMBER, apply=_round, parameters=(("digits", (NUMBER,)),)),
    FilterSpec(name="sort", takes=(LIST,), gives="same", apply=lambda value: list(_ordered("sort", value))),
    FilterSpec(name="split", takes=(STRING,), gives="keys", apply=_split, parameters=(("separator", (STRING,)),), required=1),
    FilterSpec(name="startswith", takes=(STRING,), gives=BOOLEAN, apply=str.startswith, parameters=(_TEXT,), required=1),
    FilterSpec(name="string", takes=(BOOLEAN, LIST, MAPPING, NUMBER, STRING), gives=STRING, apply=lambda value: bounded(text_of(value))),
    FilterSpec(name="sum", takes=(LIST,), gives=NUMBER, apply=_sum),
    FilterSpec(name="trim", takes=(STRING,), gives=STRING, apply=_trim),
    FilterSpec(name="unique", takes=(LIST,), gives="same", apply=_unique),
    FilterSpec(name="upper", takes=(STRING,), gives=STRING, apply=_upper),
    FilterSpec(name="values", takes=(MAPPING,), gives="items", apply=lambda value: _items(list(value.values()))),
    FilterSpec(name="where", takes=(LIST,), gives="same", apply=_where, parameters=(_KEY, ("value", ANY)), required=1),
)

FILTERS: dict[str, FilterSpec] = {spec.name: spec for spec in _ALL}
