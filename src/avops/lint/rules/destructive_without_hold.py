"""A destructive step has no held check before it.

A restart in the middle of a meeting ends the meeting. A check with `hold: true` is read again right before the first
write, and after every wait; a `confirm` with `hold: true` is asked again.

Wrong:

    act:
      - tool: zoom.restart_room

Right:

    plan:
      - check: state.status != 'InMeeting'
        hold: true
    act:
      - tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.called import changing_calls
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.effect import Effect
from avops.model.step import RecipeStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    held = False
    for step in recipe.steps:  # rollback actions come last
        held = held or step.option("hold", False)
        call = step.call
        if held:
            return
        hint = "add a check with 'hold: true' in plan, such as that nobody is in a meeting"
        if call is not None and call.effect is Effect.DESTRUCTIVE:
            yield Finding(f"'{call.reference}' is destructive, and no check with 'hold: true' stands before it", call.path, hint)
        elif isinstance(step.doc, RecipeStep):
            facts = recipe.project.recipe(step.doc.recipe)
            destructive = [call for call in changing_calls(recipe.project, step.doc.recipe) if call.effect == "destructive"]
            if destructive and facts is not None and not facts.has_hold:
                message = f"the recipe '{step.doc.recipe}' is destructive, and no check with 'hold: true' stands before it"
                yield Finding(message, step.at("recipe"), hint)


RULE = Rule(
    number="AV307",
    name="destructive-without-hold",
    family=Family.CONTRACT,
    levels=ALWAYS,
    page=__doc__,
    recipe=_check,
    in_drafts_warns=True,
)
