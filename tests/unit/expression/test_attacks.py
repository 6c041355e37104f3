"""Attempts to reach Python, or to make an evaluation run long or grow large: none gets anywhere."""

from __future__ import annotations

import pytest

from avops.expression import ExpressionError, parse_expression, parse_template
from avops.expression.lexer import MAX_EXPRESSION, MAX_TOKENS
from avops.expression.parser import MAX_DEPTH

SCOPE: dict[str, object] = {"room": {"name": "Lab"}, "items": [1, 2], "text": "x" * 60_000, "many": list(range(50_000))}


@pytest.mark.parametrize(
    "text",
    [
        "'a' * 10**9",
        "'a' * 1000000000",
        "'a'*10*10*10*10*10*10*10*10*10",
        "10**10**10",
        "9**9**9",
        "'%999999999d' % 1",
        "'{:>999999999}'.format(1)",
        "'{0.__class__}'.format(1)",
        "'a'.ljust(1000000000)",
        "'a'.rjust(1000000000)",
        "'a'.center(1000000000)",
        "'1'.zfill(1000000000)",
        "'a' | center(1000000000)",
        "'a b' | wordwrap(1, true, 'xxxxxxxx')",
        "'a' | indent(1000000000)",
        "range(1000000000)",
        "range(10) | list",
        "[0] * 1000000000",
        "[[0] * 10000] * 10000",
        "[items] * 10",
        "items + items",
        "room.items",
        "room.items()",
        "room.keys",
        "room.__class__",
        "room.__class__.__mro__",
        "room['__class__']",
        "''.__class__",
        "().__class__.__bases__[0].__subclasses__()",
        "items.__len__",
        "items.append(1)",
        "items.append",
        "room.name.upper",
        "room.name.upper()",
        "room | attr('__class__')",
        "items | map('upper')",
        "lambda: 1",
        "__import__('os')",
        "self",
        "cycler",
        "namespace(x=1)",
        "room := 1",
        "[x for x in items]",
        "items[0:1]",
        "*items",
        "**room",
        "f'{room}'",
        "`id`",
        "a; b",
        "a # b",
        "a \\ b",
        "room\x00name",
        "ｒｏｏｍ",
        "room.name\u2028",
        "1 if true else 2",
        "true and 'x' * 9",
        "text ~ text",
        "text | replace('x', 'xxxxxxxxxx')",
        "text | replace('', 'xxxxxxxxxx')",
        "many | join(text)",
        "[text, text] | json",
        "[many, many, many]",
        "[[many, many], [many, many]] | json",
        "9223372036854775807 * 9223372036854775807",
        "1 / 0",
        "0 / 0",
        "text | number",
        "'" + "9" * 1000 + "' | int",
        "9" * 1000,
        "0." + "0" * 1000 + "1 / 0.0",
        "9" * 400 + ".0",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text).evaluate(SCOPE)
    if "{" not in text and "}" not in text:
        with pytest.raises(ExpressionError):
            parse_template("{{ " + text + " }}").render(SCOPE)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + "1" + ")" * 900,
        "[" * 1999,
        "[" * 90 + "]" * 90,
        "not " * 100 + "true",
        "-" * 150 + "1",
        "a[" * 60 + "0" + "]" * 60,
        "{'a':" * 60 + "1" + "}" * 60,
        "a | default(" * 40 + "1" + ")" * 40,
        "1 + " * 101 + "1",
        "a.b" + ".c" * 150,
        "a" * (MAX_EXPRESSION + 1),
        "'" + "\\" * 1998,
        "'a' ~ " * 300 + "'a'",
        "1, " * 300,
    ],
)
def test_too_much_is_refused_while_reading(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text)
    with pytest.raises(ExpressionError):
        parse_template("{{ " + text + " }}")


def test_the_bounds_themselves_are_allowed() -> None:
    assert parse_expression("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH).evaluate({}) == 1
    terms = MAX_TOKENS // 2
    assert parse_expression(" + ".join(["1"] * terms)).evaluate({}) == terms
    assert parse_expression("a" + ".a" * (terms - 1)).names[0].path == ("a",) * terms
    assert parse_expression("'" + "x" * (MAX_EXPRESSION - 2) + "'").evaluate({}) == "x" * (MAX_EXPRESSION - 2)
    assert parse_expression("1 " + "| string " * 60).evaluate({}) == "1"


def test_statements_and_comments_are_refused_in_templates() -> None:
    for text in (
        "{% for x in y %}{% endfor %}",
        "{%- set x = 1 %}",
        "{# hidden #}",
        "a {{ b }} {% raw %}",
        "{% include 'x' %}",
        "{% import 'os' %}",
    ):
        with pytest.raises(ExpressionError):
            parse_template(text)


def test_what_a_value_holds_is_never_read_as_a_template() -> None:
    scope = {"x": "{{ secret }}", "secret": "s"}
    assert parse_template("{{ x }}").render(scope) == "{{ secret }}"
    assert parse_template("a {{ x }}").render(scope) == "a {{ secret }}"


def test_a_wildcard_with_many_stars_stays_linear() -> None:
    pattern = "*".join(["a"] * 400)
    scope: dict[str, object] = {"text": "a" * 60_000 + "b"}
    assert parse_expression(f"text | matches('{pattern}')").evaluate(scope) is False
    assert parse_expression(f"text | matches('{pattern}*')").evaluate(scope) is True
