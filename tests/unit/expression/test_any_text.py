"""Any text at all: it parses or is an ExpressionError, and any value gives a bounded result or an ExpressionError."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from avops.expression import ExpressionError, parse_expression, parse_template, parse_value
from avops.expression.filters import FILTERS
from avops.expression.inference import CODES, infer
from avops.expression.predicates import TESTS
from avops.expression.values import MAX_ITEMS, MAX_TEXT

_pieces = st.sampled_from(
    [
        *FILTERS,
        *TESTS,
        *"()[]{}.,:|~+-*/<>'\"\\ \n\t%#=!&_",
        *["==", "!=", "<=", ">=", "{{", "}}", "{%", " and ", " or ", " not ", " in ", " is ", " is not ", " not in "],
        *["a", "b", "room", "items", "0", "1", "2.5", "-1", "9223372036854775808", "true", "null", "'x'", "'*'", "[]", "{}", "''"],
        *["room.name", "items[0]", "| default('x')", "| length", "__class__", "é", "“", "\x00", "\u2028", "💡"],
    ]
)
_texts = st.text(max_size=300) | st.lists(_pieces, max_size=60).map("".join).map(lambda text: text[:300])
_scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8) | st.binary(max_size=2)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=8
)
_scopes = st.fixed_dictionaries({"a": _values, "b": _values, "items": _values, "room": _values | st.fixed_dictionaries({"name": _values})})


def _check_place(error: ExpressionError, text: str) -> None:
    assert 0 <= error.offset <= len(text)
    assert 0 <= error.length <= len(text) - error.offset
    assert error.expected == tuple(sorted(error.expected))
    assert error.message
    assert len(error.message) < 5_000


def _check_size(value: object) -> None:
    if isinstance(value, str):
        assert len(value) <= MAX_TEXT
    elif isinstance(value, (list, dict)):
        assert len(value) <= MAX_ITEMS


@settings(max_examples=250, deadline=None)
@given(_texts, _scopes)
@example("a" * 300, {})
@example("(" * 300, {})
@example("-" * 200 + "1", {})
@example("a." * 100 + "a", {"a": {}})
def test_expressions(text: str, scope: dict[str, object]) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        _check_place(error, text)
        return
    for use in expression.names:
        assert text.startswith(str(use.path[0]), use.offset)
    for problem in infer(expression, lambda path: None, check=True).problems:
        assert problem.code in CODES
        assert 0 <= problem.offset <= problem.offset + problem.length <= len(text)
    for judge in (expression.evaluate, expression.test):
        try:
            _check_size(judge(scope))
        except ExpressionError as error:
            _check_place(error, text)


@settings(max_examples=250, deadline=None)
@given(_texts, _scopes)
@example("{{ " * 60, {})
@example("{{ a }}" * 40, {"a": "x" * MAX_TEXT})
def test_templates_and_values(text: str, scope: dict[str, object]) -> None:
    try:
        template = parse_template(text)
    except ExpressionError as error:
        _check_place(error, text)
        return
    for use in template.names:
        assert text.startswith(str(use.path[0]), use.offset)
    try:
        result = template.render(scope)
        _check_size(result)
    except ExpressionError as error:
        _check_place(error, text)
        return
    nested = parse_value({"x": [text]})
    assert nested.names == template.names
    try:
        again = nested.render(scope)
    except ExpressionError:
        if not nested.names:  # a value's parts are looked at only where a structure is put together
            raise
        return
    assert json.dumps(again) == json.dumps({"x": [result]})


_SEEDS = [
    "state.status != 'InMeeting' and state.level > 2",
    "rooms | where('on', true) | pluck('name') | join(', ')",
    "'a' ~ 1.5 in [x, {'k': -y}]",
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_SEEDS), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4), _pieces), max_size=4))
def test_texts_one_slip_away(seed: str, slips: list[tuple[int, int, str]]) -> None:
    text = seed
    for position, cut, piece in slips:
        text = text[:position] + piece + text[position + cut :]
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        _check_place(error, text)
        return
    try:
        _check_size(expression.evaluate({"state": {"status": "Idle", "level": 3}, "rooms": [{"on": True, "name": "Lab"}], "x": 1, "y": 2}))
    except ExpressionError as error:
        _check_place(error, text)


_SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {},
            {"type": "string"},
            {"type": "integer"},
            {"type": ["number", "null"]},
            {"enum": ["a", None]},
            {"const": 1},
            {"type": "boolean"},
            {"type": 3},
        ]
    ),
    lambda inner: (
        st.builds(lambda item: {"type": "array", "items": item}, inner)
        | st.builds(
            lambda name, closed: {"type": "object", "properties": {"name": name}, "additionalProperties": closed},
            inner,
            st.booleans() | inner,
        )
        | st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner)
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_pieces, min_size=1, max_size=12).map("".join), _SCHEMAS, st.booleans())
def test_inference_never_fails(text: str, schema: dict[str, object], check: bool) -> None:
    try:
        expression = parse_expression(text)
    except ExpressionError:
        return
    result = infer(expression, lambda path: schema if len(path) == 1 else None, check=check)
    for problem in result.problems:
        assert problem.code in CODES
        assert problem.expected == tuple(sorted(problem.expected))
