"""Mock answers, samples of schemas, and which connector serves which kind."""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.connectors.mock import MockTool
from avops.connectors.registry import KINDS, find_connector, kinds, open_tool
from avops.connectors.sample import sample
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError
from avops.model.tool import HttpTool


def mock(**action: Any) -> MockTool:
    manifest = {"name": "av", "kind": "http", "base_url": "https://x.example", "actions": {"go": {"request": {"path": "/"}} | action}}
    return MockTool(HttpTool.model_validate(manifest))


def test_the_mock_of_the_action_is_the_answer_and_stays_whole():
    tool = mock(mock={"rooms": ["A"]}, output={"type": "object", "properties": {"rooms": {"type": "array"}}})
    first: Any = asyncio.run(tool.call("go", {}))
    first["rooms"].append("B")
    assert asyncio.run(tool.call("go", {})) == {"rooms": ["A"]}


def test_a_mock_may_be_null():
    assert asyncio.run(mock(mock=None, output={"type": "string"}).call("go", {})) is None


def test_without_a_mock_the_schema_gives_the_answer():
    assert asyncio.run(mock(output={"type": "object", "properties": {"power": {"enum": ["on", "off"]}}}).call("go", {})) == {"power": "on"}


def test_without_anything_the_answer_is_empty():
    assert asyncio.run(mock().call("go", {})) == {}


LEAVES = st.one_of(
    st.fixed_dictionaries({"type": st.just("string")}, optional={"minLength": st.integers(0, 8), "maxLength": st.integers(8, 20)}),
    st.fixed_dictionaries({"type": st.just("integer")}, optional={"minimum": st.integers(-9, 0), "maximum": st.integers(0, 9)}),
    st.fixed_dictionaries(
        {"type": st.just("number")}, optional={"exclusiveMinimum": st.integers(-9, 0), "exclusiveMaximum": st.integers(2, 9)}
    ),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"enum": ["a", "b"]}, {"const": 4}, {"type": ["null", "string"]}, {}]),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda parts: {"type": "object", "properties": parts, "required": sorted(parts)},
            st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
        ),
        st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
    ),
    max_leaves=12,
)


@given(SCHEMAS)
def test_a_sample_fits_its_schema_and_is_always_the_same(schema):
    made = sample(schema)
    jsonschema.validate(made, schema)
    assert json.loads(json.dumps(made)) == made
    assert sample(schema) == made


def test_a_sample_of_a_deep_schema_ends():
    schema: dict[str, object] = {"type": "string"}
    for _ in range(60):
        schema = {"type": "object", "properties": {"a": schema}}
    assert sample(schema)


def test_every_kind_that_is_written_out_is_there():
    for kind, target in KINDS.items():
        module, _, name = target.partition(":")
        assert hasattr(import_module(module), name), kind
    assert set(KINDS) <= set(kinds())


def test_an_unknown_kind_names_those_that_are_there(tmp_path):
    with pytest.raises(AvopsError, match=r"there is no connector for tools of kind 'laser'; expected one of: .*command, .*http"):
        find_connector("laser", tmp_path)


def test_a_connector_refuses_another_kinds_manifest(tmp_path):
    manifest = HttpTool.model_validate({"name": "av", "kind": "http", "base_url": "https://x.example", "actions": {}})
    with pytest.raises(AvopsError, match="not a tool of kind 'command'"):
        find_connector("command", tmp_path).open(manifest, EnvironmentSecrets({}))


def test_mock_mode_needs_no_connector_and_no_secret(tmp_path):
    data = {"name": "av", "kind": "http", "base_url": "https://x.example", "auth": {"type": "bearer", "token": "env:NONE"}, "actions": {}}
    tool = open_tool(HttpTool.model_validate(data), EnvironmentSecrets({}), tmp_path, mock=True)
    assert asyncio.run(tool.health()).detail == "mock: nothing outside is asked"
