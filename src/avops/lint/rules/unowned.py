"""A recipe has no owner.

Wrong:

    name: Display Fix

Right:

    name: Display Fix
    owner: av-support
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import STRICT, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if not (recipe.doc.owner or "").strip():
        yield Finding("nobody owns this recipe", ("name",), "add 'owner: …'")


RULE = Rule(number="AV908", name="unowned", family=Family.STYLE, levels=STRICT, page=__doc__, recipe=_check)
