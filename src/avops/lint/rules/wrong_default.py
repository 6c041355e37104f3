"""The default of an input or argument does not fit its own declaration.

Wrong:

    inputs:
      count: {type: integer, default: three}

Right:

    inputs:
      count: {type: integer, default: 3}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.arguments import constant_problem
from avops.lint.checked import declared_actions, meant
from avops.lint.given_inputs import input_problem
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import ToolView
    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for name, spec in recipe.doc.inputs.items():
        declared = spec.model_dump(exclude_unset=True)
        for key in ("default", "example"):
            value = declared.get(key)
            if value is None:
                continue
            problem = input_problem(declared, value)
            if problem is not None:
                hint = meant(value, problem[1]) if isinstance(value, str) else None
                yield Finding(f"the {key} of '{name}' {problem[0]}", ("inputs", name, key), hint, problem[1])


def _check_tool(tool: ToolView) -> Iterator[Finding]:
    for name, action in declared_actions(tool.doc).items():
        for argument, spec in action.input.items():
            problem = constant_problem(spec, spec["default"]) if spec.get("default") is not None else None
            if problem is not None:
                path = ("actions", name, "input", argument, "default")
                yield Finding(f"the default of '{argument}' {problem[0]}", path, expected=problem[1])


RULE = Rule(number="AV217", name="wrong-default", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check, tool=_check_tool)
