"""A JSON Schema is none.

`input`, `output` and `expect` hold JSON Schemas (2020-12). One that is not valid judges nothing.

Wrong:

    output: {type: text}

Right:

    output: {type: string}
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.lint.checked import actions_of
from avops.lint.rule import ALWAYS, Family, Finding, Path, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.lint.checked import ToolView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("tool", "do", "ask"):
        expect = step.option("expect")
        if expect is not None:
            yield from _problem(expect, step.at("expect"))


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    for name, action in actions_of(tool.doc).items():
        for argument, schema in action.input.items():
            own = {key: value for key, value in schema.items() if key != "required" or isinstance(value, list)}
            yield from _problem(own, ("actions", name, "input", argument))
        if action.output is not None:
            yield from _problem(action.output, ("actions", name, "output"))


def _problem(schema: Mapping[str, object], path: Path) -> Iterator[Finding]:
    import jsonschema_rs

    try:
        jsonschema_rs.meta.validate(json.loads(json.dumps(schema, default=str)))
    except jsonschema_rs.ValidationError as error:
        place = list(error.instance_path)
        message = str(error.message)
        if len(message) > 200:
            message = f"{message[:199]}…"
        yield Finding(f"this is no JSON Schema: {message}", (*path, *place))
    except ValueError as error:
        yield Finding(f"this is no JSON Schema: {str(error).splitlines()[0]}", path)


RULE = Rule(number="AV037", name="json-schema", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, recipe=_check, tool=_check_tool)
