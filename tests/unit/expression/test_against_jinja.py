"""Where the language says what Jinja says, it means what Jinja means."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jinja2.sandbox import ImmutableSandboxedEnvironment

from avops.expression import ExpressionError, parse_expression, parse_template

JINJA = ImmutableSandboxedEnvironment(autoescape=False)  # no markup is made here
SCOPE: dict[str, object] = {
    "zero": 0,
    "seven": 7,
    "room": {"name": "Lab", "seats": 12, "tags": ["av", "hall", "7"], "nested": {"level": 3, "label": "x y"}},
    "numbers": [4, 1, 9],
    "yes": True,
    "no": False,
    "text": "Lab",
    "blank": "",
}


def _binary(operators: list[str], left: st.SearchStrategy[str], right: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, left, st.sampled_from(operators), right if right is not None else left)


_whole_leaf = st.sampled_from(
    ["zero", "seven", "room.seats", "room['nested'].level", "numbers[0]", "numbers[-1]", "(text | length)", "2", "13", "-5", "0"]
)
_text_leaf = st.sampled_from(
    ["text", "blank", "room.name", "room.tags[1]", "room.nested['label']", "'Lab'", '"it\'s"', "'a\\nb'", "''", "(text | upper)"]
)
_whole = st.recursive(_whole_leaf, lambda inner: _binary(["+", "-", "*"], inner) | st.builds("-({})".format, inner), max_leaves=6)
_number = st.recursive(_whole, lambda inner: _binary(["+", "-", "/"], inner), max_leaves=4)
_text = st.recursive(
    _text_leaf, lambda inner: _binary(["~"], inner, inner | _whole_leaf) | st.builds("({} | lower)".format, inner), max_leaves=6
)
_lists = st.sampled_from(["room.tags", "numbers", "[1, 7, 9]", "['Lab', '']", "[]"])
_fact = (
    st.sampled_from(["yes", "no", "true", "false"])
    | _binary(["==", "!=", "<", "<=", ">", ">="], _number)
    | _binary(["==", "!=", "<", "<=", ">", ">=", "in", "not in"], _text)
    | _binary(["==", "!="], _text, _whole)
    | _binary(["in", "not in"], _text | _whole, _lists)
    | st.builds("({} is {})".format, _text | _whole, st.sampled_from(["defined", "not defined", "string", "number", "none", "not none"]))
)
_truth = st.recursive(_fact, lambda inner: _binary(["and", "or"], inner) | st.builds("(not {})".format, inner), max_leaves=6)


# Without brackets, for the order of operators: sums of products, compared, joined by logic.
def _row(parts: st.SearchStrategy[str], signs: list[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(st.sampled_from(signs), parts), max_size=4)
    return st.builds(lambda first, rest: first + "".join(f" {sign} {part}" for sign, part in rest), parts, pairs)


_chain = _row(_whole_leaf, ["+", "-", "*"])
_flat_fact = st.builds("{} {} {}".format, _chain, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), _chain) | st.sampled_from(
    ["yes", "no", "text in room.tags", "text not in room.tags", "text is defined", "text | upper == 'LAB'", "nobody is not defined"]
)
_flat = _row(st.builds("{}{}".format, st.sampled_from(["", "not ", "not not "]), _flat_fact), ["and", "or"])


def _agree(text: str) -> None:
    assume(len(text) <= 2_000)
    try:
        theirs: object = JINJA.compile_expression(text, undefined_to_none=False)(**SCOPE)
    except ZeroDivisionError:
        theirs = ZeroDivisionError
    try:
        ours: object = parse_expression(text).evaluate(SCOPE)
    except ExpressionError as error:
        assume("made of more than" not in error.message)
        ours = ZeroDivisionError if error.message == "division by zero" else error
    assert ours == theirs, text


@settings(max_examples=150, deadline=None)
@given(_number)
def test_arithmetic(text: str) -> None:
    _agree(text)


@settings(max_examples=150, deadline=None)
@given(_text)
def test_text(text: str) -> None:
    _agree(text)


@settings(max_examples=200, deadline=None)
@given(_truth)
def test_logic_and_comparisons(text: str) -> None:
    _agree(text)


@settings(max_examples=200, deadline=None)
@given(_flat | _chain)
def test_the_order_of_operators(text: str) -> None:
    _agree(text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a ", "\n", "}", "{ ", "'", "é"]) | _text.map("{{{{ {} }}}}".format) | _whole.map("{{{{ {} }}}}".format),
        min_size=2,
        max_size=6,
    )
)
def test_templates(pieces: list[str]) -> None:
    text = "".join(pieces)
    template = parse_template(text)
    assume(template.lone is None)
    assert template.render(SCOPE) == ImmutableSandboxedEnvironment(autoescape=False, keep_trailing_newline=True).from_string(text).render(
        SCOPE
    )
