"""What a manifest makes of a server's listing: names, effects, arguments, and the hash that pins them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.connectors.mcp_tools import ServerTool, action_data, action_name, arguments_of, effect_of, output_of, pin_of
from avops.engine.schema_check import input_error
from avops.model.effect import Effect
from avops.model.tool import McpAction, McpTool

SERVER = McpTool.model_validate({"name": "av", "kind": "mcp", "command": ["av-server", "--site", "hq"]})
TOOL = ServerTool(
    name="set-power",
    description="Switch a display",
    input_schema={"type": "object", "properties": {"room": {"type": "string"}, "on": {"type": "boolean"}}, "required": ["room"]},
    output_schema={"type": "object"},
    hints={"idempotentHint": True},
)


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("get-sum", "get_sum"),
        ("getSum", "get_sum"),
        ("HTTPGet", "httpget"),
        ("a.b/c", "a_b_c"),
        ("3d", "tool_3d"),
        ("état", "tat"),
        ("日", "tool"),
    ],
)
def test_names_of_actions(tool, name):
    assert action_name(tool, ()) == name


def test_names_that_are_taken_get_a_number():
    taken: list[str] = []
    for tool in ("get-sum", "getSum", "get_sum", "x" * 80, "x" * 90):
        taken.append(action_name(tool, taken))
    assert taken == ["get_sum", "get_sum_2", "get_sum_3", "x" * 64, "x" * 62 + "_2"]


@given(st.text(min_size=1, max_size=100))
def test_every_name_is_one_that_recipes_can_write(tool):
    McpTool.model_validate(
        {"name": "t", "kind": "mcp", "command": ["x"], "actions": {action_name(tool, ()): {"tool": "x", "pin": f"sha256:{'0' * 64}"}}}
    )


def test_read_needs_acceptance():
    assert effect_of({"readOnlyHint": True}, accept_hints=False) is Effect.WRITE
    assert effect_of({"readOnlyHint": True}, accept_hints=True) is Effect.READ
    assert effect_of({}, accept_hints=True) is Effect.WRITE
    assert effect_of({"destructiveHint": True}, accept_hints=False) is Effect.DESTRUCTIVE
    assert effect_of({"readOnlyHint": "yes"}, accept_hints=True) is Effect.WRITE


def test_an_action_is_written_without_its_empty_parts():
    action = action_data(SERVER, TOOL, Effect.WRITE, accept_hints=True)
    assert list(action) == ["tool", "description", "effect", "idempotent", "input", "output", "hints", "pin"]
    assert "idempotent" not in action_data(SERVER, TOOL, Effect.WRITE, accept_hints=False)
    loaded = McpAction.model_validate(action)
    assert input_error(loaded, {"room": "A"}) is None
    assert input_error(loaded, {"on": True}) == '"room" is a required property'
    assert input_error(loaded, {"room": "A", "on": "yes"})


def test_the_pin_holds_everything_that_was_accepted():
    pin = pin_of(SERVER, TOOL)
    others = [
        pin_of(SERVER.model_copy(update={"command": ["av-server", "--site", "lab"]}), TOOL),
        pin_of(SERVER, replace(TOOL, description="Switch a display off")),
        pin_of(SERVER, replace(TOOL, name="set_power")),
        pin_of(SERVER, replace(TOOL, input_schema={"type": "object"})),
        pin_of(SERVER, replace(TOOL, output_schema=None)),
        pin_of(SERVER, replace(TOOL, hints={})),
    ]
    assert len({pin, *others}) == 7
    turned = replace(TOOL, input_schema=dict(reversed(TOOL.input_schema.items())))
    assert pin_of(SERVER.model_copy(update={"description": "other"}), turned) == pin


def test_references_are_written_out():
    schema = {
        "properties": {"where": {"$ref": "#/$defs/Place", "description": "Where"}, "any": True},
        "required": ["where"],
        "$defs": {
            "Place": {"type": "object", "properties": {"room": {"$ref": "#/$defs/Room"}}, "required": ["room"]},
            "Room": {"type": "string"},
        },
    }
    assert arguments_of(schema) == {
        "where": {"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"], "description": "Where"},
        "any": {"required": False},
    }


def test_a_schema_that_contains_itself_ends():
    tree = {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}, "right": {"$ref": "#/$defs/Tree"}}}
    arguments = arguments_of({"properties": {"tree": {"$ref": "#/$defs/Tree"}}, "required": ["tree"], "$defs": {"Tree": tree}})
    assert arguments == {"tree": {"type": "object", "properties": {"left": {}, "right": {}}}}


def test_references_that_multiply_are_bounded():
    levels = {f"L{n}": {"properties": {side: {"$ref": f"#/$defs/L{n + 1}"} for side in "abcdefgh"}} for n in range(30)}
    assert arguments_of({"properties": {"x": {"$ref": "#/$defs/L0"}}, "$defs": levels})


def test_an_optional_object_keeps_what_it_requires():
    part = {"type": "object", "properties": {"x": {}}, "required": ["x"]}
    arguments = arguments_of({"properties": {"p": part}})
    assert arguments == {"p": {"allOf": [part], "required": False}}
    action = McpAction.model_validate({"tool": "t", "pin": f"sha256:{'0' * 64}", "input": arguments})
    assert input_error(action, {}) is None
    assert input_error(action, {"p": {}})


def test_a_schema_without_properties_takes_no_arguments():
    assert arguments_of({"type": "object"}) == {}
    assert arguments_of({"properties": [1], "required": 3}) == {}


def test_the_schema_of_a_result_stands_alone():
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"pair": {"type": "array", "items": [{"$ref": "#/definitions/Side"}, {"type": "integer"}]}},
        "definitions": {"Side": {"type": "string"}},
    }
    assert output_of(schema) == {
        "type": "object",
        "properties": {"pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]}},
    }


def test_a_schema_that_is_none_is_left_out():
    assert output_of({"type": "objekt"}) is None
    assert arguments_of({"properties": {"a": {"type": "number", "exclusiveMinimum": True}}, "required": ["a"]}) == {"a": {}}
