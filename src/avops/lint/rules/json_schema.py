"""A JSON Schema is none, or refers to what is not in it.

`input`, `output` and `expect` hold JSON Schemas (2020-12). One that is not valid judges nothing. A `$ref` begins with
`#`: nothing is fetched, neither from the network nor from a file.

Wrong:

    output: {type: text}

Right:

    output: {type: string}
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.lint.checked import declared_actions
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.lint.checked import ToolView
    from avops.lint.recipe_view import RecipeView


DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("tool", "do", "ask"):
        expect = step.option("expect")
        if expect is not None:
            yield from _problem(expect, step.at("expect"))


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    for name, action in declared_actions(tool.doc).items():
        for argument, schema in action.input.items():
            own = {key: value for key, value in schema.items() if key != "required" or isinstance(value, list)}
            yield from _problem(own, ("actions", name, "input", argument))
        if action.output is not None:
            yield from _problem(action.output, ("actions", name, "output"))


def _problem(schema: Mapping[str, object], path: Path) -> Iterator[Finding]:
    import jsonschema_rs

    outside = list(_outside(schema, path))
    yield from outside
    if outside:
        return
    try:
        plain = json.loads(json.dumps({key: value for key, value in schema.items() if key != "$schema"}, default=str))
        jsonschema_rs.meta.validate(plain)
        jsonschema_rs.validator_for(plain, offline=True)
    except jsonschema_rs.ValidationError as error:
        message = str(error.message)
        if len(message) > 200:
            message = f"{message[:199]}…"
        yield Finding(f"this is no JSON Schema: {message}", (*path, *error.instance_path))
    except (ValueError, RecursionError, jsonschema_rs.ReferencingError) as error:
        yield Finding(f"this is no JSON Schema: {str(error).splitlines()[0][:200]}", path)


def _outside(value: object, path: Path) -> Iterator[Finding]:
    """What a schema would have to fetch."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("$ref", "$dynamicRef") and isinstance(inner, str) and not inner.startswith("#"):
                yield Finding("a schema can only refer to itself", (*path, key), "write what is meant here, or under '$defs'")
            elif key == "$schema" and inner != DIALECT:
                yield Finding("schemas are of the dialect 2020-12", (*path, key), "take '$schema' out")
            else:
                yield from _outside(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _outside(inner, (*path, index))


RULE = Rule(number="AV037", name="json-schema", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, recipe=_check, tool=_check_tool)
