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
            trail = _worst(recipe.project, recipe.doc.name, step.doc.recipe)
            shown = " → ".join(f"'{name}'" for name in trail)
            if len({folded(name) for name in trail}) < len(trail):
                yield Finding(f"these recipes call each other in a circle: {shown}", step.at("recipe"), "break the circle")
            elif len(trail) > MAX_DEPTH:
                yield Finding(f"recipes call each other more than {MAX_DEPTH} deep: {shown}", step.at("recipe"))


def _worst(project: Checked, start: str, first: str) -> tuple[str, ...]:
    """The shortest chain of calls back to the start, else one that is too deep, else the longest.

    Each recipe is looked at once for each depth, whatever its steps call.
    """
    level: dict[str, tuple[str, ...]] = {folded(first): (start, first)}
    longest: tuple[str, ...] = (start, first)
    while level:
        longest = next(iter(level.values()))
        if folded(start) in level:
            return level[folded(start)]
        if len(longest) > MAX_DEPTH:
            return next((trail for trail in level.values() if len({folded(name) for name in trail}) < len(trail)), longest)
        below: dict[str, tuple[str, ...]] = {}
        for trail in level.values():
            facts = project.recipe(trail[-1])
            for _, child in facts.children if facts is not None else ():
                below.setdefault(folded(child), (*trail, child))
        level = below
    return longest


RULE = Rule(number="AV112", name="recipe-circle", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, recipe=_check)
