"""Types and type errors without values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avops.expression import ExpressionError, parse_expression, parse_template
from avops.expression.inference import Inference, TypeProblem, infer
from avops.expression.schemas import Schema, kinds
from avops.expression.values import kind_of

STATE: Schema = {
    "type": "object",
    "properties": {
        "status": {"enum": ["Idle", "InMeeting"]},
        "level": {"type": "integer"},
        "gain": {"type": "number"},
        "name": {"type": "string"},
        "on": {"type": "boolean"},
        "note": {"type": ["string", "null"]},
        "devices": {"type": "array", "items": {"type": "object", "properties": {"on": {"type": "boolean"}}, "additionalProperties": False}},
    },
    "additionalProperties": False,
}
TYPES: dict[tuple[str | int, ...], Schema] = {
    ("state",): STATE,
    ("skipped",): {"anyOf": [STATE, {"type": "null"}]},
    ("open",): {"type": "object", "properties": {"power": {"type": "string"}}},
    ("free",): {"type": "object"},
    ("columns",): {"type": "object", "properties": {"room": {"type": "string"}}, "additionalProperties": {"type": "string"}},
    ("intake", "state"): STATE,
}


def inferred(text: str, *, check: bool = False) -> Inference:
    return infer(parse_expression(text), TYPES.get, check=check)


@pytest.mark.parametrize(
    ("text", "code", "covered"),
    [
        ("state.status == 'InMeting'", "not-in-enum", "'InMeting'"),
        ("'Busy' != state.status", "not-in-enum", "'Busy'"),
        ("state.status in ['Idle', 'Busy']", "not-in-enum", "'Busy'"),
        ("state.stauts == 'Idle'", "unknown-key", "stauts"),
        ("intake.state.stauts == 'Idle'", "unknown-key", "stauts"),
        ("state.stauts is defined", "unknown-key", "stauts"),
        ("open.powr == 'on'", "undeclared-key", "powr"),
        ("state.devices | pluck('off')", "unknown-key", "'off'"),
        ("state.devices[0].off", "unknown-key", "off"),
        ("state.devices.on", "no-keys", "on"),
        ("state.level.x", "no-keys", "x"),
        ("state.level == '3'", "never-equal", "state.level == '3'"),
        ("state.on == 1", "never-equal", "state.on == 1"),
        ("state.level in ['1', '2']", "never-equal", "'1'"),
        ("state.level < '3'", "not-comparable", "state.level < '3'"),
        ("state.on < true", "not-comparable", "state.on < true"),
        ("state.name + 1", "wrong-kind", "state.name"),
        ("-state.name", "wrong-kind", "state.name"),
        ("state.level | upper", "wrong-kind", "state.level"),
        ("state.devices | join(1)", "wrong-kind", "1"),
        ("'x' in state.level", "wrong-kind", "state.level"),
        ("1 in state.name", "wrong-kind", "1"),
        ("state.name and true", "not-boolean", "state.name"),
        ("not state.level", "not-boolean", "state.level"),
        ("skipped.level == 3", "maybe-null", "skipped.level"),
        ("state.note | upper", "maybe-null", "state.note"),
        ("state.name ~ state.note", "maybe-null", "state.note"),
        ("'x' ~ null", "null-in-text", "null"),
    ],
)
def test_problems(text: str, code: str, covered: str) -> None:
    problem = inferred(text).problems[0]
    assert problem.code == code
    assert text[problem.offset : problem.offset + problem.length] == covered


@pytest.mark.parametrize(
    "text",
    [
        "state.status == 'Idle' and state.level > 2.5",
        "skipped is not null and skipped.level == 3",
        "skipped is null or skipped.level == 3",
        "not (skipped is null) and skipped.level == 3",
        "skipped is defined and skipped.level is defined",
        "skipped != null and skipped.level == 3",
        "skipped.level | default(3) == 3",
        "skipped.level is defined and skipped.level > 3",
        "state.note is not null and state.note | upper == 'X'",
        "state.note == 'x' and state.note | upper == 'X'",
        "state.note is string and state.note ~ '!' == 'x!'",
        "state.note == null",
        "state.note | upper | default('x') == 'x'",
        "open.powr is defined",
        "free.any.key[3] == 'x'",
        "columns.display_host == 'x'",
        "unknown.key + 1 == 2",
        "state.devices | where('on', true) | length > 0",
        "(state.devices | first).on",
        "state.devices[state.level].on",
        "'on' in state.devices[0]",
        "{'a': state.level}.a > 1",
        "state.level in [1, 2]",
    ],
)
def test_no_problem(text: str) -> None:
    assert inferred(text, check=True).problems == ()


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("state.level", {"type": "integer"}),
        ("state.level + 1", {"type": "integer"}),
        ("state.level / 2", {"type": "number"}),
        ("state.level == 1", {"type": "boolean"}),
        ("state.name ~ 1", {"type": "string"}),
        ("state.devices | length", {"type": "integer"}),
        ("state.devices | pluck('on')", {"type": "array", "items": {"type": "boolean"}}),
        ("state.note | default('x')", {"anyOf": [{"type": ["string"]}, {"const": "x"}]}),
        ("'a,b' | split(',') | first", {"type": "string"}),
        ("unknown", {}),
    ],
)
def test_types_of_results(text: str, schema: Schema) -> None:
    assert inferred(text) == Inference(schema, ())


def test_a_check_has_to_be_true_or_false() -> None:
    assert inferred("state.on", check=True).problems == ()
    problem = inferred("state.name", check=True).problems[0]
    assert problem == TypeProblem("not-boolean", "a check gives true or false, and 'state.name' is a string", 0, 10, ("boolean",), None)


def test_a_misspelt_choice_gets_the_nearest_one() -> None:
    problem = inferred("state.status == 'InMeting'").problems[0]
    assert problem.message == "'state.status' is never the string 'InMeting'"
    assert problem.expected == ("Idle", "InMeeting")
    assert problem.hint == "did you mean 'InMeeting'?"


def test_doubt_about_null_is_reported_once_for_each_path() -> None:
    problems = inferred("skipped.level > 3 or skipped.level < 1").problems
    assert [problem.code for problem in problems] == ["maybe-null"]


def test_templates() -> None:
    text = "{{ state.name }} {{ state.note }} {{ state.nam }}"
    result = infer(parse_template(text), TYPES.get)
    assert result.schema == {"type": "string"}
    assert [(problem.code, text[problem.offset :][: problem.length]) for problem in result.problems] == [
        ("maybe-null", "state.note"),
        ("unknown-key", "nam"),
    ]
    assert infer(parse_template("{{ state.level }}"), TYPES.get).schema == {"type": "integer"}
    assert infer(parse_template("plain"), TYPES.get) == Inference({"type": "string"}, ())


_leaves = st.sampled_from(["n", "s", "b", "l", "m.n", "m.s", "1", "'x'", "true", "[n, 2]", "z", "(z | default('y'))"])
_expressions = st.recursive(
    _leaves,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "/", "~", "==", "<", "and", "or", "in"]), inner)
        | st.builds(
            "({} | {})".format,
            inner,
            st.sampled_from(["upper", "length", "first", "sort", "string", "json", "unique", "sum"]),
        )
        | st.builds("(not {})".format, inner)
    ),
    max_leaves=5,
)
_VALUES: dict[str, object] = {"n": 3, "s": "abc", "b": True, "l": [1, 2], "m": {"n": 1, "s": "q"}, "z": None}
_SCHEMAS: dict[tuple[str | int, ...], Schema] = {
    ("n",): {"type": "integer"},
    ("s",): {"type": "string"},
    ("b",): {"type": "boolean"},
    ("l",): {"type": "array", "items": {"type": "integer"}},
    ("m",): {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}, "additionalProperties": False},
    ("z",): {"type": ["string", "null"]},
}


@settings(max_examples=250, deadline=None)
@given(_expressions)
def test_what_lint_lets_through_evaluates_to_the_type_it_inferred(text: str) -> None:
    expression = parse_expression(text)
    result = infer(expression, _SCHEMAS.get)
    try:
        value = expression.evaluate(_VALUES)
    except ExpressionError:
        if not result.problems:
            raise
        return
    assert kind_of(value) in kinds(result.schema), (text, value, result.schema)
