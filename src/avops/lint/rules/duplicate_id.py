"""Two steps of a recipe have the same id.

The later result would hide the earlier one.

Wrong:

    - {id: state, tool: zoom.get_room}
    - {id: state, tool: display.get_power}

Right:

    - {id: state, tool: zoom.get_room}
    - {id: power, tool: display.get_power}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for step in recipe.steps:
        own = step.doc.id
        if own is None:
            continue
        if own in seen:
            yield Finding(f"the id '{own}' is taken by an earlier step, '{seen[own]}'", step.at("id"), "give this step another id")
        seen.setdefault(own, step.title)


RULE = Rule(number="AV040", name="duplicate-id", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, recipe=_check)
