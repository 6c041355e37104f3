"""A recipe interrupts a room although somebody has booked it.

Wrong:

    guardrails: {bookings: ignore}
    act:
      - tool: zoom.restart_room

Right:

    guardrails: {bookings: defer}
    act:
      - tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import HINT, Family, Finding, Rule
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if recipe.doc.guardrails.bookings == "ignore" and any(call.effect is Effect.DESTRUCTIVE for call in recipe.changes):
        yield Finding("this recipe is destructive and ignores bookings", ("guardrails", "bookings"), "write 'defer' or 'refuse'")


RULE = Rule(number="AV410", name="bookings-ignored", family=Family.GUARDRAILS, levels=HINT, page=__doc__, recipe=_check)
