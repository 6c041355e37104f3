"""A recipe calls itself, directly or through others, or the calls go too deep.

Five recipes inside one another are the most.

Wrong, in the recipe `Display Fix`:

    - recipe: Display Fix

Right:

    - recipe: Power Cycle
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.step import RecipeStep
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import Checked
    from avops.lint.recipe_view import RecipeView

MAX_DEPTH = 5


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.main:
        if isinstance(step.doc, RecipeStep):
            trail = _worst(recipe.project, step.doc.recipe, (recipe.doc.name,))
            shown = " → ".join(f"'{name}'" for name in trail)
            if folded(trail[-1]) in [folded(name) for name in trail[:-1]]:
                yield Finding(f"these recipes call each other in a circle: {shown}", step.at("recipe"), "break the circle")
            elif len(trail) > MAX_DEPTH:
                yield Finding(f"recipes call each other more than {MAX_DEPTH} deep: {shown}", step.at("recipe"))


def _worst(project: Checked, name: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """The first chain of calls that ends in a circle or goes too deep; else the longest."""
    trail = (*before, name)
    if len(trail) > MAX_DEPTH or folded(name) in [folded(each) for each in before]:
        return trail
    facts = project.recipe(name)
    longest = trail
    for _, child in facts.children if facts is not None else ():
        found = _worst(project, child, trail)
        if folded(found[-1]) in [folded(each) for each in found[:-1]]:
            return found
        longest = max(longest, found, key=len)
    return longest


RULE = Rule(number="AV112", name="recipe-circle", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, recipe=_check)
