"""Which schemas for answers the providers' strict modes can hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from avops.providers.answer_schema import closed

TEXT = {"type": "string"}


def test_objects_are_closed_all_the_way_down():
    schema = {
        "type": "object",
        "properties": {
            "steps": {"type": "array", "items": {"type": "object", "properties": {"id": TEXT}, "required": ["id"]}},
            "end": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {}}]},
        },
        "required": ["steps", "end"],
    }
    made = closed(schema, all_required=True)
    assert made == {
        "type": "object",
        "properties": {
            "steps": {
                "type": "array",
                "items": {"type": "object", "properties": {"id": TEXT}, "required": ["id"], "additionalProperties": False},
            },
            "end": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {}, "additionalProperties": False}]},
        },
        "required": ["steps", "end"],
        "additionalProperties": False,
    }


def test_what_may_be_left_out_is_no_matter_where_it_may():
    schema = {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}
    assert closed(schema, all_required=True) is None
    assert closed(schema, all_required=False) is not None


@pytest.mark.parametrize(
    "schema",
    [
        TEXT,
        {},
        {"type": "object"},
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"type": "object", "properties": {}, "additionalProperties": TEXT},
        {"type": "object", "properties": {"a": {}}, "required": ["a"]},
        {"type": "object", "properties": {"a": True}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"type": "array"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"$ref": "https://example.com/x"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": TEXT}, "required": "a"},
    ],
)
def test_a_schema_that_would_come_to_mean_something_else_is_left_alone(schema):
    assert closed(schema, all_required=False) is None


LEAVES = st.sampled_from(
    [{"type": "string"}, {"type": "integer"}, {"type": ["boolean", "null"]}, {"enum": ["a", 1]}, {"type": "object"}, {}]
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(lambda each: {"anyOf": each}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(
            lambda each, needed: {"type": "object", "properties": each, "required": sorted(set(each) & needed)},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.sets(st.sampled_from("abc")),
        )
    ),
    max_leaves=8,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)


@given(SCHEMAS, VALUES, st.booleans())
def test_what_fits_the_closed_schema_fits_the_one_that_was_asked_for(schema, value, all_required):
    wanted = {"type": "object", "properties": {"v": schema}, "required": ["v"]}
    made = closed(wanted, all_required=all_required)
    if made is not None and Draft202012Validator(made).is_valid({"v": value}):
        assert Draft202012Validator(wanted).is_valid({"v": value})
