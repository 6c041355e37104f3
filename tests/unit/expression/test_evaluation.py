"""What expressions give, and what they say about values that do not fit."""

from __future__ import annotations

import enum
import math
import types
from collections import ChainMap
from datetime import UTC, datetime

import pytest

from avops.expression import ExpressionError, parse_expression

SCOPE: dict[str, object] = {
    "state": {"status": "Idle", "level": 3, "gain": -2.5, "on": True, "zoom-id": "z1", "error": None},
    "rooms": [{"name": "Lab", "seats": 4}, {"name": "Hall", "seats": 40}],
    "skipped": None,
    "empty": [],
    "word": "lab",
}


def evaluate(text: str, scope: dict[str, object] | None = None) -> object:
    return parse_expression(text).evaluate(SCOPE if scope is None else scope)


def refused(text: str, scope: dict[str, object] | None = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, scope)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("state.status", "Idle"),
        ("state['zoom-id']", "z1"),
        ("rooms[1].name", "Hall"),
        ("rooms[-1].seats", 40),
        ("rooms[state.level - 2].name", "Hall"),
        ("{'a': 'b'}[word | replace('lab', 'a')]", "b"),
        ("state.status == 'Idle' and state.level > 2", True),
        ("state.status == 'Idle' and not state.on", False),
        ("state.level >= 3 and state.level <= 3", True),
        ("state.gain < 0", True),
        ("'a' < 'b'", True),
        ("state.status in ['Idle', 'Available']", True),
        ("state.status not in ['Idle', 'Available']", False),
        ("state.level in [1, 2, 3]", True),
        ("'dl' in state.status", True),
        ("'level' in state", True),
        ("{'name': 'Lab', 'seats': 4} in rooms", True),
        ("2 + 3 * 4 - 1", 13),
        ("7 / 2", 3.5),
        ("120 / 60", 2),
        ("-state.level", -3),
        ("- (1 + 2)", -3),
        ("'level ' ~ state.level ~ ' ' ~ state.on", "level 3 true"),
        ("'' ~ rooms[0]", '{"name": "Lab", "seats": 4}'),
        ("[1, state.level]", [1, 3]),
        ("{'power': state.on}", {"power": True}),
        ("true and (false or true)", True),
    ],
)
def test_values(text: str, value: object) -> None:
    result = evaluate(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true == 1", False),
        ("false == 0", False),
        ("1 == 1.0", True),
        ("1 == '1'", False),
        ("null == false", False),
        ("null == null", True),
        ("skipped == null", True),
        ("[1, true] == [1, true]", True),
        ("[1, true] == [1, 1]", False),
        ("{'a': [1]} == {'a': [1.0]}", True),
        ("{'a': 1} == {'b': 1}", False),
        ("[1] == [1, 2]", False),
        ("1 in [true]", False),
        ("state.on != 1", True),
        ("'' == null", False),
    ],
)
def test_equality_never_mixes_types(text: str, value: bool) -> None:
    assert evaluate(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("state.status is defined", True),
        ("state.error is defined", True),
        ("state.nothing is defined", False),
        ("nobody is defined", False),
        ("nobody.x.y is not defined", True),
        ("nobody is undefined", True),
        ("skipped.status is defined", False),
        ("rooms[7] is defined", False),
        ("skipped is null", True),
        ("skipped is none", True),
        ("state.status is not null", True),
        ("state.status is string", True),
        ("state.level is number", True),
        ("state.level is integer", True),
        ("state.gain is integer", False),
        ("state.on is number", False),
        ("state.on is boolean", True),
        ("state.on is true", True),
        ("1 is true", False),
        ("rooms is list", True),
        ("state is mapping", True),
        ("empty is empty", True),
        ("skipped is empty", True),
        ("'' is empty", True),
        ("state is not empty", True),
    ],
)
def test_tests(text: str, value: bool) -> None:
    assert evaluate(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("state.nothing | default('-')", "-"),
        ("nobody | default(0)", 0),
        ("skipped.status | default('-')", "-"),
        ("state.error | default('none')", "none"),
        ("state.on | default(false)", True),
        ("rooms[9].name | upper | default('-')", "-"),
        ("state.error | upper | default('-')", "-"),
        ("empty | first | default('-')", "-"),
        ("empty | max | default(0)", 0),
        ("nobody | default(skipped) | default('x')", "x"),
        ("'' | default('x')", ""),
        ("false | default(true)", False),
    ],
)
def test_default_covers_what_is_missing_or_null(text: str, value: object) -> None:
    assert evaluate(text) == value


def test_default_hides_no_mistake_beside_its_value() -> None:
    assert "'idx'" in refused("rooms[idx] | default('x')").message
    assert "string" in refused("state.status.x | default('x')").message
    assert "'other'" in refused("nobody | default(other)").message


def test_a_missing_key_names_the_path_and_the_keys() -> None:
    error = refused("state.stauts == 'Idle'")
    assert error.message == "'state' has no key 'stauts'; it has error, gain, level, on, status, zoom-id"
    assert error.hint == "did you mean 'status'?"
    assert error.expected == ("error", "gain", "level", "on", "status", "zoom-id")
    assert (error.offset, error.length) == (6, 6)
    assert refused("state.zoom-id").hint == "did you mean ['zoom-id']?"
    assert refused("stat.status").hint == "did you mean 'state'?"


def test_null_on_the_way_is_explained() -> None:
    error = refused("skipped.status == 'x'")
    assert error.message == "'skipped' is null, so there is no 'skipped.status'"
    assert error.hint is not None
    assert "skipped step is null" in error.hint
    assert (error.offset, error.length) == (8, 6)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("rooms.name", "is a list"),
        ("rooms.length", "it has no key 'length'"),
        ("rooms[2]", "has 2 items"),
        ("state[0]", "is a mapping"),
        ("state.status.x", "is a string"),
        ("state.status[0]", "is a string"),
        ("rooms['0']", "is a list"),
        ("rooms[true]", "is a list"),
        ("state.level < '4'", "a number cannot be ordered against a string"),
        ("state.on < 1", "a boolean cannot be ordered against a number"),
        ("skipped < 1", "null cannot be ordered"),
        ("rooms < rooms", "a list cannot be ordered against a list"),
        ("1 / 0", "division by zero"),
        ("1.5 / 0.0", "division by zero"),
        ("'a' + 'b'", "'+' needs numbers, not a string"),
        ("state.on + 1", "'+' needs numbers, not a boolean"),
        ("[1] * 3", "'*' needs numbers, not a list"),
        ("-word", "'-' needs numbers, not a string"),
        ("state.status and true", "'and' needs true or false, not a string"),
        ("1 or true", "'or' needs true or false, not a number"),
        ("not skipped", "'not' needs true or false, not null"),
        ("1 in 'text'", "'in' looks for a string in a string"),
        ("1 in 2", "'in' needs a list, a mapping or a string"),
        ("1 is empty", "'empty' is said of"),
        ("'x' ~ skipped", "'skipped' is null, which cannot be put into a text"),
        ("9223372036854775808 + 1", "too large"),
        ("9223372036854775808 * 9223372036854775808", "too large"),
        ("9999999999999999999", "too large"),
    ],
)
def test_values_that_do_not_fit(text: str, part: str) -> None:
    error = refused(text)
    assert part in error.message
    assert error.offset >= 0
    assert error.offset + error.length <= len(text)


def test_and_or_stop_early() -> None:
    assert evaluate("skipped is not null and skipped.status == 'x'") is False
    assert evaluate("skipped is null or skipped.status == 'x'") is True


def test_a_check_is_strictly_true_or_false() -> None:
    assert parse_expression("state.on").test(SCOPE) is True
    assert parse_expression("not state.on").test(SCOPE) is False
    with pytest.raises(ExpressionError) as caught:
        parse_expression("state.status").test(SCOPE)
    assert caught.value.message == "a check gives true or false, this gives the string 'Idle'"
    assert caught.value.hint == "compare it, for example \"state.status == '…'\""
    for text in ("1", "null", "rooms", "state", "''"):
        with pytest.raises(ExpressionError, match="a check gives true or false"):
            parse_expression(text).test(SCOPE)


class _Mode(enum.StrEnum):
    IDLE = "idle"


class _Level(enum.IntEnum):
    HIGH = 9


def test_python_values_are_read_as_the_plain_type_that_they_extend() -> None:
    scope: dict[str, object] = {
        "mode": _Mode.IDLE,
        "level": _Level.HIGH,
        "pair": ("a", _Mode.IDLE),
        "frozen": types.MappingProxyType({"inner": types.MappingProxyType({"mode": _Mode.IDLE})}),
    }
    assert type(evaluate("mode", scope)) is str
    assert evaluate("mode == 'idle'", scope) is True
    assert evaluate("level + 1", scope) == 10
    assert evaluate("pair[1] in ['idle']", scope) is True
    assert evaluate("frozen.inner.mode ~ '!'", scope) == "idle!"
    assert evaluate("frozen.inner == {'mode': 'idle'}", scope) is True
    assert evaluate("'' ~ pair", scope) == '["a", "idle"]'
    assert parse_expression("a.b").evaluate(ChainMap({}, {"a": {"b": 1}})) == 1


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), b"x", {1, 2}, object(), math.nan, math.inf, 2**64, 1j])
def test_foreign_values_are_refused_where_they_are_met(value: object) -> None:
    for text in ("x", "x == 1", "box.x", "box.x is defined", "[box] == [box]", "'' ~ box", "box.list | first"):
        error = refused(text, {"x": value, "box": {"x": value, "list": [value]}})
        assert error.message


def test_the_same_expression_is_evaluated_on_many_scopes() -> None:
    expression = parse_expression("a.b > limit")
    assert [expression.evaluate({"a": {"b": number}, "limit": 2}) for number in range(5)] == [False, False, False, True, True]


def test_deep_data_is_compared_without_recursion() -> None:
    def nested(depth: int) -> object:
        value: object = "x"
        for _ in range(depth):
            value = [value]
        return value

    assert evaluate("a == b", {"a": nested(5000), "b": nested(5000)}) is True
    assert evaluate("a == b", {"a": nested(5000), "b": nested(5001)}) is False
    assert refused("'' ~ a", {"a": nested(5000)}).message


def test_endless_data_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    for text in ("a == b", "'' ~ a", "[a, 1, b]", "a | unique"):
        other: list[object] = []
        other.append(other)
        assert refused(text, {"a": loop, "b": other}).message
