"""A step's result has a name, and nothing uses it.

Either a later step was meant to look at it, or the id can go.

Wrong:

    - {id: state, tool: zoom.get_room}

Right:

    - {id: state, tool: zoom.get_room}
    - check: state.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if recipe.bad:
        return
    used = recipe.flow.ids
    for step in recipe.steps:
        own = step.doc.id
        if own is not None and own not in used and step.kind in ("tool", "ask", "set", "recipe", "do"):
            yield Finding(f"nothing uses the result '{own}'", step.at("id"), "use it in a later step, or take the id out")


RULE = Rule(number="AV204", name="unused-result", family=Family.FLOW, levels=ADVICE, page=__doc__, recipe=_check)
