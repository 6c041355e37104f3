"""A reading calls an action that does more than look.

Wrong:

    - reading: {tool: zoom.restart_room}
      check: reading.accepted

Right:

    - reading: {tool: zoom.get_room}
      check: reading.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.facts import phrase
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.calls:
        if call.use == "reading" and call.effect not in (None, Effect.READ):
            yield Finding(
                f"a reading must be a read, and '{call.reference}' is {phrase(call.effect)}", call.path, "make the call a step of its own"
            )


RULE = Rule(
    number="AV308", name="reading-not-read", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True
)
