"""A write that cannot be taken back does not say why.

Wrong:

    - tool: zoom.restart_room
      undo: none

Right:

    - tool: zoom.restart_room
      undo: none
      why: a restart cannot be taken back
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("tool", "do"):
        if step.option("undo") == "none" and not step.doc.why and (step.kind == "do" or step.effect is None or step.effect.changes):
            yield Finding("'undo: none' needs a reason", step.at("undo"), "say why: …")


RULE = Rule(
    number="AV305", name="undo-without-reason", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True
)
