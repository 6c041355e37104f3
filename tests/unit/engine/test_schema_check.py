"""Values against schemas, and schemas that are none."""

from __future__ import annotations

import pytest

from avops.engine.schema_check import schema_error


def test_a_value_that_does_not_fit_is_told_with_its_place() -> None:
    schema = {"type": "object", "properties": {"volume": {"type": "integer"}}}
    assert schema_error(schema, {"volume": 5}) is None
    assert schema_error(schema, {"volume": "loud"}) == 'volume: "loud" is not of type "integer"'


@pytest.mark.parametrize("schema", [{"type": 5}, {"pattern": "("}, {"$ref": "#/nowhere"}, {"$ref": "https://elsewhere.example/s.json"}])
def test_a_schema_that_cannot_be_used_is_a_message(schema: dict[str, object]) -> None:
    assert (schema_error(schema, "x") or "").startswith("the schema cannot be used: ")
