"""Each filter: what it gives, what it refuses."""

from __future__ import annotations

import pytest

from avops.expression import ExpressionError, parse_expression
from avops.expression.filters import FILTERS
from avops.expression.values import MAX_ITEMS, MAX_TEXT

SCOPE: dict[str, object] = {
    "word": " Lab A ",
    "nums": [3, 1.5, 2],
    "words": ["b", "a", "b"],
    "map": {"x": 1, "y": 2},
    "empty": [],
    "mixed": [1, "a"],
    "devices": [{"id": "d1", "online": True}, {"id": "d2", "online": False}, {"id": "d3", "online": True}],
    "huge": ["x"] * (MAX_ITEMS + 1),
    "long": "x" * MAX_TEXT,
    "null": None,
}

GIVES: list[tuple[str, object]] = [
    ("-3 | abs", 3),
    ("words | contains('a')", True),
    ("'Lab' | contains('x')", False),
    ("map | contains('x')", True),
    ("missing | default('d')", "d"),
    ("'Lab 1' | endswith('1')", True),
    ("words | first", "b"),
    ("'42' | int", 42),
    ("' -7 ' | int", -7),
    ("7.9 | int", 7),
    ("words | join(', ')", "b, a, b"),
    ("nums | join('/')", "3/1.5/2"),
    ("empty | join('/')", ""),
    ("map | json", '{"x": 1, "y": 2}'),
    ("null | json", "null"),
    ("'ü\"' | json", '"ü\\""'),
    ("map | keys", ["x", "y"]),
    ("words | last", "b"),
    ("words | length", 3),
    ("map | length", 2),
    ("'abc' | length", 3),
    ("word | lower", " lab a "),
    ("'Lab-12' | matches('Lab-*')", True),
    ("'Lab-12' | matches('*-1*')", True),
    ("'Lab-12' | matches('Lab-1')", False),
    ("'aXbXc' | matches('a*b*c')", True),
    ("'ab' | matches('a*ab')", False),
    ("'a.c' | matches('a.c')", True),
    ("'abc' | matches('a.c')", False),
    ("'' | matches('*')", True),
    ("nums | max", 3),
    ("words | min", "a"),
    ("'2.50' | number", 2.5),
    ("'-1e3' | number", -1000.0),
    ("'12' | number", 12),
    ("devices | pluck('id')", ["d1", "d2", "d3"]),
    ("'a-b-c' | replace('-', '+')", "a+b+c"),
    ("words | reverse", ["b", "a", "b"]),
    ("2.5 | round", 3),
    ("-2.5 | round", -3),
    ("2.345 | round(2)", 2.35),
    ("7 | round(2)", 7),
    ("10.0 | round", 10),
    ("nums | sort", [1.5, 2, 3]),
    ("words | sort", ["a", "b", "b"]),
    ("empty | sort", []),
    ("'a,b,,c' | split(',')", ["a", "b", "", "c"]),
    ("'Lab 1' | startswith('Lab')", True),
    ("3 | string", "3"),
    ("true | string", "true"),
    ("nums | sum", 6.5),
    ("empty | sum", 0),
    ("word | trim", "Lab A"),
    ("words | unique", ["b", "a"]),
    ("[1, 1.0, true, '1', [1], [1.0], {'a': 1}, {'a': true}] | unique", [1, True, "1", [1], {"a": 1}, {"a": True}]),
    ("word | upper", " LAB A "),
    ("map | values", [1, 2]),
    ("devices | where('online') | pluck('id')", ["d1", "d3"]),
    ("devices | where('online', false) | length", 1),
]


@pytest.mark.parametrize(("text", "value"), GIVES)
def test_gives(text: str, value: object) -> None:
    result = parse_expression(text).evaluate(SCOPE)
    assert result == value
    assert type(result) is type(value)


def test_every_filter_is_tried() -> None:
    tried = {name for text, _ in GIVES for name in FILTERS if f"| {name}" in text}
    assert tried == set(FILTERS)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1 | length", "'length' needs a list, a mapping or a string, not a number"),
        ("null | upper", "'upper' needs a string, not null"),
        ("empty | first", "'first' of an empty list"),
        ("empty | min", "'min' of an empty list"),
        ("mixed | sort", "a list of numbers or a list of strings"),
        ("[true, 1] | sum", "a list of numbers"),
        ("[true, false] | sort", "a list of numbers or a list of strings"),
        ("'abc' | int", "the text 'abc' is no number"),
        ("'1.5' | int", "is no whole number"),
        ("'' | number", "is no number"),
        ("'nan' | number", "is no number"),
        ("'1e999' | number", "not finite"),
        ("'99999999999999999999' | number", "too large"),
        ("'１２' | number", "is no number"),
        ("true | int", "not a boolean"),
        ("1.5 | round(11)", "from 0 to 10"),
        ("1.5 | round(-1)", "from 0 to 10"),
        ("1.5 | round(0.5)", "from 0 to 10"),
        ("words | join(1)", "the separator of 'join' is a string, not a number"),
        ("[null] | join('')", "null cannot be put into a text"),
        ("'a' | replace('', 'b')", "is empty"),
        ("'a' | split('')", "is empty"),
        ("words | pluck('id')", "needs a list of mappings"),
        ("devices | pluck('ip')", "no key 'ip'"),
        ("huge | sort", "more than 50000 items"),
        ("huge | unique", "more than 50000 parts"),
        ("long | replace('x', 'xx')", "longer than 65536 characters"),
        ("[long, long] | join('')", "longer than 65536 characters"),
        ("long ~ 'x'", "longer than 65536 characters"),
        ("long | json", "longer than 65536 characters"),
        ("[long, long] | json", "too much text"),
        ("huge | json", "more than 50000 parts"),
        ("null | string", "not null"),
    ],
)
def test_refuses(text: str, part: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text).evaluate(SCOPE)
    assert part in caught.value.message
    assert caught.value.offset + caught.value.length <= len(text)


def test_filters_change_nothing_in_the_scope() -> None:
    words = ["b", "a"]
    for name in ("sort", "reverse", "unique"):
        parse_expression(f"words | {name}").evaluate({"words": words})
    assert words == ["b", "a"]
