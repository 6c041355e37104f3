"""A recipe has no time limit.

Without `timeout_minutes` a run that hangs holds its room's lock until somebody looks.

Wrong:

    name: Display Fix

Right:

    name: Display Fix
    guardrails:
      timeout_minutes: 10
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if recipe.doc.guardrails.timeout_minutes is None and recipe.main:
        at_key = "guardrails" in recipe.doc.model_fields_set
        path = ("guardrails",) if at_key else ("name",)
        yield Finding("the recipe has no time limit", path, "add 'timeout_minutes: 10' under 'guardrails:'", at_key=at_key)


RULE = Rule(number="AV401", name="no-timeout", family=Family.GUARDRAILS, levels=ADVICE, page=__doc__, recipe=_check)
