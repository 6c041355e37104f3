"""A recipe has no steps.

Wrong:

    name: Display Fix

Right:

    name: Display Fix
    verify:
      - confirm: The display shows a picture
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if not recipe.main:
        yield Finding(f"the recipe '{recipe.doc.name}' has no steps", ("name",), "add steps under intake:, plan:, act: and verify:")


RULE = Rule(number="AV312", name="no-steps", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True)
