"""An argument does not fit what its action declares.

Written-out values are held against the schema; of templates the type is known as far as the schemas tell.

Wrong, when `power` is `on` or `off`:

    with: {power: standby}

Right:

    with: {power: "off"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.arguments import constant_problem, has_template, typed_problem
from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.calls:
        if call.action is None or call.step.kind == "notify":
            continue
        for name, value in call.arguments.items():
            spec = call.action.input.get(name)
            if spec is None or has_template(value):
                continue
            problem = constant_problem(spec, value)
            if problem is not None:
                hint = meant(value, problem[1]) if isinstance(value, str) else None
                yield Finding(f"'{name}' {problem[0]}", (*call.with_path, name), hint, problem[1])
    for use, schema in zip(recipe.uses, recipe.flow.schemas, strict=True):
        called = use.call
        if called is None or called.action is None or use.argument is None or len(use.path) != len(called.with_path) + 1:
            continue
        spec = called.action.input.get(use.argument)
        problem = typed_problem(spec, schema) if spec is not None else None
        if problem is not None:
            yield Finding(f"'{use.argument}' {problem[0]}", use.path, expected=problem[1])


RULE = Rule(number="AV214", name="wrong-argument", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
