"""A value that is given for an input does not fit what the recipe declares.

Wrong, when `count` is a number:

    inputs: {count: many}

Right:

    inputs: {count: 3}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.arguments import has_template, typed_problem
from avops.lint.checked import meant
from avops.lint.given_inputs import given_by_steps, given_by_workflow, input_problem
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import WorkflowView
    from avops.lint.recipe_view import RecipeView

_TYPES = {"list": "array"}


def _check(recipe: RecipeView) -> Iterator[Finding]:
    schemas = {use.path: schema for use, schema in zip(recipe.uses, recipe.flow.schemas, strict=True)}
    for given in given_by_steps(recipe):
        for name, value in given.values.items():
            spec, path = given.spec(name), (*given.path, name)
            if spec is None:
                continue
            if not has_template(value):
                problem = input_problem(spec, value)
            elif path in schemas:
                kind = str(spec.get("type", "string"))
                wanted: dict[str, object] = {"type": _TYPES.get(kind, kind)}
                problem = typed_problem(wanted | ({"enum": spec["enum"]} if spec.get("enum") else {}), schemas[path])
            else:
                continue
            if problem is not None:
                yield Finding(f"the input '{name}' {problem[0]}", path, expected=problem[1])


def _check_workflow(workflow: WorkflowView) -> Iterator[Finding]:
    for given in given_by_workflow(workflow):
        for name, value in given.values.items():
            spec = given.spec(name)
            problem = input_problem(spec, value) if spec is not None and not has_template(value) else None
            if problem is not None:
                own = given.path if not workflow.doc.stages or name not in workflow.doc.inputs else ("inputs",)
                hint = meant(value, problem[1]) if isinstance(value, str) else None
                yield Finding(f"the input '{name}' {problem[0]}", (*own, name), hint, problem[1])


RULE = Rule(number="AV216", name="wrong-input", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check, workflow=_check_workflow)
