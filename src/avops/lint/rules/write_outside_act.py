"""A step changes something outside Act.

Intake, Plan and Verify look, and make records for people; what changes a device or a service stands in Act, where it is
approved, checked before and taken back.

Wrong:

    plan:
      - tool: zoom.restart_room

Right:

    act:
      - tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.called import changing_calls
from avops.lint.facts import phrase
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.effect import Phase
from avops.model.step import RecipeStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.changes:
        if call.step.phase is not Phase.ACT:
            message = f"'{call.reference}' is {phrase(call.effect)}, which {call.step.phase} does not allow"
            yield Finding(message, call.path, "move the step to act:")
    for step in recipe.main:
        if isinstance(step.doc, RecipeStep) and step.phase is not Phase.ACT:
            for called in changing_calls(recipe.project, step.doc.recipe):
                what = f"'{called.tool}.{called.action}', which is {phrase(called.effect)}"
                message = f"the recipe '{step.doc.recipe}' calls {what}: {step.phase} does not allow that"
                yield Finding(message, step.at("recipe"), "move the step to act:")
                break


RULE = Rule(
    number="AV301", name="write-outside-act", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True
)
