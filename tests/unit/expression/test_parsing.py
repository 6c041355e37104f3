"""What parses, into which tree with which names; what does not, and what is said about it."""

from __future__ import annotations

import pytest

from avops.expression import WORDS_HINT, ExpressionError, NameUse, parse_expression
from avops.expression.nodes import Arithmetic, Compare, Constant, Filter, Join, Logic, Lookup, Not, Path, children, path_text


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    return caught.value


def test_a_comparison_is_a_tree_with_places() -> None:
    root = parse_expression("state.status != 'InMeeting'").root
    assert root == Compare(
        "!=",
        Path(("state", "status"), (0, 6), 0, 12),
        Constant("InMeeting", 16, 11),
        0,
        27,
    )
    assert [type(child) for child in children(root)] == [Path, Constant]


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a or b and c", "a or (b and c)"),
        ("not a == b", "not (a == b)"),
        ("not a and b", "(not a) and b"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a ~ b + c", "a ~ (b + c)"),
        ("a == b | lower", "a == (b | lower)"),
        ("a + b | round", "a + (b | round)"),
        ("-a | abs", "(-a) | abs"),
        ("a == b is null", "a == (b is null)"),
        ("a in b or c", "(a in b) or c"),
        ("a ~ b == c", "(a ~ b) == c"),
    ],
)
def test_operators_bind_in_order(text: str, grouped: str) -> None:
    scope: dict[str, object] = {}

    def shape(source: str) -> str:
        return _shape(parse_expression(source).root)

    assert shape(text) == shape(grouped)
    assert scope == {}


def _shape(node: object) -> str:
    if isinstance(node, Path):
        return path_text(node.keys)
    label = type(node).__name__ + str(getattr(node, "operator", getattr(node, "name", "")))
    return f"{label}({', '.join(_shape(child) for child in children(node))})"  # type: ignore[arg-type]  # a node, by construction


def test_chains_of_one_operator_are_flat() -> None:
    assert isinstance(root := parse_expression("a and b and c and d").root, Logic)
    assert len(root.operands) == 4
    assert isinstance(joined := parse_expression("a ~ b ~ c").root, Join)
    assert len(joined.parts) == 3


def test_literal_subscripts_join_the_path_and_computed_ones_end_it() -> None:
    assert parse_expression("rooms[0][\"zoom id\"].x[-1]['y']").names == (NameUse(("rooms", 0, "zoom id", "x", -1, "y"), 0, False),)
    computed = parse_expression("rooms[item.index].name")
    assert isinstance(computed.root, Lookup)
    assert computed.names == (NameUse(("rooms",), 0, False), NameUse(("item", "index"), 6, False))


def test_keywords_are_keys_after_a_dot() -> None:
    assert parse_expression("state.in.not.is.none").names == (NameUse(("state", "in", "not", "is", "none"), 0, False),)


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("a.b is defined", [True]),
        ("a.b is not defined", [True]),
        ("a.b is undefined", [True]),
        ("a.b | default('x')", [True]),
        ("a[i].b | default(c)", [True, False, False]),
        ("a | first | upper | default('')", [True]),
        ("(a.b) | default('')", [True]),
        ("(a ~ b) | default('')", [False, False]),
        ("a is null", [False]),
        ("a is defined and a.b", [True, False]),
    ],
)
def test_names_say_whether_they_may_be_missing(text: str, guarded: list[bool]) -> None:
    assert [use.guarded for use in parse_expression(text).names] == guarded


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'", "a"),
        ('"a"', "a"),
        ("'it\\'s'", "it's"),
        ("'a\\\\nb'", "a\\nb"),
        ("'a\\nb\\t\\r\\\"'", 'a\nb\t\r"'),
        ("'\\\\\\\\'", "\\\\"),
        ("7", 7),
        ("0", 0),
        ("-3", -3),
        ("2.50", 2.5),
        ("0.5", 0.5),
        ("9223372036854775808", 2**63),
        ("true", True),
        ("True", True),
        ("false", False),
        ("null", None),
        ("none", None),
        ("None", None),
    ],
)
def test_constants(text: str, value: object) -> None:
    root = parse_expression(text).root
    assert isinstance(root, Constant)
    assert root.value == value
    assert type(root.value) is type(value)


def test_whitespace_and_line_ends_do_not_matter() -> None:
    assert parse_expression("  a\n  ==\t1 ").evaluate({"a": 1}) is True


@pytest.mark.parametrize(
    "text",
    [
        "the display shows a picture",
        "Display is showing content now",
        "Is the display's power on",
        "the room is quiet?",
        "check that it works!",
    ],
)
def test_words_get_the_hint_for_words(text: str) -> None:
    assert refused(text).hint == WORDS_HINT


@pytest.mark.parametrize(
    ("text", "offset", "length", "hint"),
    [
        ("power = 'on'", 6, 1, "compare with '=='"),
        ("a && b", 2, 2, "write 'and'"),
        ("a || b", 3, 1, "write 'or'"),
        ("!a", 0, 1, "write 'not'"),
        ("a <> b", 3, 1, "write '!='"),
        ("a ** 2", 3, 1, "there are no powers; multiply"),
        ("a // 2", 3, 1, "divide with '/' and add '| int'"),
        ("power == ‘on’", 9, 1, "use straight quotes: '…'"),
        ("a < b < c", 6, 1, "write 'a < b and b < c', or use parentheses"),
        ("now()", 0, 3, "filters are written 'value | length'"),
        ("a.upper()", 2, 5, "filters are written 'value | length'"),
        ("{{ a }}", 1, 1, "this is an expression already: leave '{{ }}' out"),
        ("rooms.0", 6, 1, "write '[0]' for an item of a list"),
        ("'on", 0, 1, "end the text with '"),
        ("007", 0, 3, "leave the zero out, or put the text in quotes"),
        ("'C:\\dir'", 3, 2, "write '\\\\' for one \\"),
        ("a if b else c", 2, 2, WORDS_HINT),
    ],
)
def test_slips_from_other_languages_are_named(text: str, offset: int, length: int, hint: str) -> None:
    error = refused(text)
    assert (error.offset, error.length, error.hint) == (offset, length, hint)


def test_the_expected_set_is_sorted() -> None:
    unknown = refused("name | uper")
    assert "upper" in unknown.expected
    assert unknown.expected == tuple(sorted(unknown.expected))
    assert unknown.hint == "did you mean 'upper'?"
    assert refused("a is foo").expected[:2] == ("False", "None")
    assert refused("(a").expected == (")",)


def test_filters_say_how_they_are_written() -> None:
    assert "'join(separator)'" in refused("a | join").message
    assert "'round([digits])'" in refused("a | round(1, 2)").message


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "a.",
        "a[",
        "a[]",
        "a == ",
        "(",
        ")",
        "[1, 2",
        "{'a': }",
        "{a: 1}",
        "{'a': 1, 'a': 2}",
        ",",
        "a,",
        "1.",
        ".5",
        "1.2.3",
        "90s",
        "1e5",
        "a == not b",
    ],
)
def test_broken_texts_are_refused_with_a_place_inside(text: str) -> None:
    error = refused(text)
    assert 0 <= error.offset <= len(text)
    assert error.offset + error.length <= len(text)
    assert not error.message.endswith(".")


def test_filter_and_test_nodes_keep_their_names() -> None:
    node = parse_expression("rooms | where('on', true) | length").root
    assert isinstance(node, Filter)
    assert (node.name, node.operand.name if isinstance(node.operand, Filter) else "") == ("length", "where")
    assert isinstance(parse_expression("not a").root, Not)
    assert isinstance(parse_expression("a - 1").root, Arithmetic)
