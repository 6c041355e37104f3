"""A held check stands after the first write.

Held checks are read before the first write. One that comes later has not been judged by then, and guards nothing before
it.

Wrong:

    act:
      - tool: zoom.restart_room
      - {check: state.status != 'InMeeting', hold: true}

Right:

    plan:
      - {check: state.status != 'InMeeting', hold: true}
    act:
      - tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule
from avops.model.effect import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    first = min((call.step.order for call in recipe.changes), default=None)
    for step in recipe.of_kind("check", "confirm"):
        if step.option("hold", False) and (step.phase is Phase.VERIFY or (first is not None and step.order > first)):
            yield Finding("this held check stands after the first write", step.at("hold"), "move it to plan:", at_key=True)


RULE = Rule(number="AV310", name="hold-too-late", family=Family.CONTRACT, levels=TEAM, page=__doc__, recipe=_check, in_drafts_warns=True)
