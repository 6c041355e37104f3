"""Intake reads something that no later step uses.

Intake obtains what the later steps need. A read without an id is looked at by nobody.

Wrong:

    intake:
      - tool: zoom.get_room

Right:

    intake:
      - id: state
        tool: zoom.get_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import HINT, Family, Finding, Rule
from avops.model.effect import Effect, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.in_phase(Phase.INTAKE):
        if step.kind == "tool" and step.effect is Effect.READ and step.doc.id is None:
            yield Finding("nothing uses what this step reads", step.at("tool"), "give it an id and use the result, or take it out")


RULE = Rule(number="AV311", name="idle-intake", family=Family.CONTRACT, levels=HINT, page=__doc__, recipe=_check, in_drafts_warns=True)
