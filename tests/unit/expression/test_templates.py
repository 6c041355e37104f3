"""Texts with `{{ }}`, and nested values that hold them."""

from __future__ import annotations

import pytest

from avops.expression import ExpressionError, NameUse, parse_template, parse_value
from avops.expression.values import MAX_TEXT

SCOPE: dict[str, object] = {
    "room": {"name": "Lab", "seats": 4, "host": None},
    "on": True,
    "half": 0.5,
    "tags": ["a", 1],
    "level": "7",
    "skipped": None,
}


def render(text: str) -> object:
    return parse_template(text).render(SCOPE)


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        render(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{ room.name }}", "Lab"),
        ("{{room.seats}}", 4),
        ("{{ tags }}", ["a", 1]),
        ("{{ skipped }}", None),
        ("{{ on }}", True),
        ("{{ level }}", "7"),
        (" {{ room.seats }}", " 4"),
        ("{{ room.seats }}\n", "4\n"),
        ("{{ room.name }}-{{ room.seats }}", "Lab-4"),
        ("{{ on }} {{ half }} {{ tags }} {{ {'a': {'b': null}} }}", 'true 0.5 ["a", 1] {"a": {"b": null}}'),
        ("{{ '{{' }}", "{{"),
        ("{{ '{{' }} x }}", "{{ x }}"),
        ("{{ '}}' }}", "}}"),
        ('{{ "a}}b" ~ 1 }}', "a}}b1"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("{{ {'a': {'b': 1}}.a.b }}", 1),
        ("{{{'a': 1}}}", {"a": 1}),
        ("{ x }", "{ x }"),
        ("$ {x} }}", "$ {x} }}"),
        ("{{ room.host | default('') }}!", "!"),
        ("{{ -1 }}", -1),
    ],
)
def test_renders(text: str, value: object) -> None:
    result = render(text)
    assert result == value
    assert type(result) is type(value)


def test_a_lone_value_is_the_value_itself() -> None:
    template = parse_template("{{ tags }}")
    assert template.render(SCOPE) is SCOPE["tags"]
    assert template.lone is not None
    assert parse_template("{{ tags }} ").lone is None


def test_names_have_offsets_into_the_whole_text() -> None:
    text = "In {{ room.name }}: {{ level | default(on) }}"
    template = parse_template(text)
    assert template.names == (NameUse(("room", "name"), 6, False), NameUse(("level",), 23, True), NameUse(("on",), 39, False))
    for use in template.names:
        assert text[use.offset :].startswith(str(use.path[0]))
    assert not template.is_constant
    assert parse_template("}} no {x} names").is_constant


@pytest.mark.parametrize(
    ("text", "offset", "part"),
    [
        ("x {% if on %}", 2, "no statements"),
        ("x {# note #}", 2, "'{# #}' is not part of a template"),
        ("x {{ on", 2, "never closed"),
        ("x {{ 'on }}", 5, "never closed"),
        ("x {{- on }}", 2, "'{{-' is not part"),
        ("x {{ on -}}", 9, "expected a value"),
        ("x {{ }}", 5, "expected a value"),
        ("x {{ on on }}", 8, "expected an operator, found 'on'"),
        ("x {{ {{ on }} }}", 6, "expected a key"),
        ("x {{ skipped }}", 5, "'skipped' is null, which cannot be put into a text"),
        ("x {{ room.nmae }}", 10, "'room' has no key 'nmae'"),
        ("x {{ nobody }}", 5, "nothing is named 'nobody'"),
    ],
)
def test_refusals_point_into_the_whole_text(text: str, offset: int, part: str) -> None:
    error = refused(text)
    assert part in error.message
    assert error.offset == offset
    assert error.offset + error.length <= len(text)


def test_null_in_a_text_gets_the_hint_for_missing_values() -> None:
    assert refused("x {{ room.host }}").hint == "add \"| default('')\" for a value that may be missing"


def test_sizes_are_bounded() -> None:
    half = "x" * (MAX_TEXT // 2 + 1)
    with pytest.raises(ExpressionError, match="longer than 65536 characters"):
        parse_template("{{ a }} {{ a }}").render({"a": half})
    with pytest.raises(ExpressionError, match="longer than 65536 characters"):
        parse_template("x" * MAX_TEXT + "{{ a }}")
    with pytest.raises(ExpressionError, match="more than 500 expressions"):
        parse_template("{{ a }} " * 600)
    assert parse_template("x" * (MAX_TEXT + 1)).render({}) == "x" * (MAX_TEXT + 1)


def test_nested_values_render_and_list_their_names() -> None:
    node = {
        "host": "{{ room.name }}",
        "levels": [1, "{{ room.seats }}", {"text": "at {{ level }}"}],
        "plain": [None, True, 0.5, "on"],
    }
    value = parse_value(node)
    assert value.render(SCOPE) == {"host": "Lab", "levels": [1, 4, {"text": "at 7"}], "plain": [None, True, 0.5, "on"]}
    assert [path for path, _ in value.templates] == [("host",), ("levels", 1), ("levels", 2, "text")]
    assert [use.path for use in value.names] == [("room", "name"), ("room", "seats"), ("level",)]
    assert not value.is_constant


def test_constant_values_are_new_each_time() -> None:
    value = parse_value({"a": [1, "x"]})
    assert value.is_constant
    first = value.render({})
    assert first == {"a": [1, "x"]}
    assert first is not value.render({})
    assert parse_value(None).render({}) is None
    assert parse_value("{{ tags }}").render(SCOPE) is SCOPE["tags"]


def test_errors_in_nested_values_have_a_path() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_value({"a": [0, {"b": "x {{ 1 + }}"}]})
    assert caught.value.path == ("a", 1, "b")
    assert caught.value.offset == 9
    with pytest.raises(ExpressionError) as caught:
        parse_value({"a": ["{{ room.nmae }}"]}).render(SCOPE)
    assert caught.value.path == ("a", 0)


@pytest.mark.parametrize("node", [{1: "a"}, {"{{ a }}": 1}, {"a": {1, 2}}, [object()], {"a": float("nan")}])
def test_values_that_are_no_plain_data_are_refused(node: object) -> None:
    with pytest.raises(ExpressionError):
        parse_value(node)


def test_a_value_nested_without_end_is_refused() -> None:
    node: list[object] = []
    node.append(node)
    with pytest.raises(ExpressionError, match="nested more than 60 deep"):
        parse_value(node)


def test_values_do_not_grow_from_step_to_step() -> None:
    value = parse_value(["{{ x }}"] * 40)
    once = value.render({"x": "abc"})
    twice = value.render({"x": once})
    with pytest.raises(ExpressionError, match="more than 50000 parts"):
        value.render({"x": twice})
