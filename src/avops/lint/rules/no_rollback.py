"""A recipe interrupts or removes something, and nothing happens when it fails half-way.

Either its steps can be taken back and `rollback_on` has `act`, or `rollback_actions` tell somebody.

Wrong:

    act:
      - tool: zoom.restart_room
        undo: none
        why: a restart cannot be taken back

Right:

    guardrails:
      rollback_actions:
        - notify: {slack: "#av-support", text: "{{ room.name }} needs a look"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    guardrails = recipe.doc.guardrails
    destructive = [call for call in recipe.changes if call.effect is Effect.DESTRUCTIVE]
    if not destructive:
        return
    if "act" not in guardrails.rollback_on:
        message = "Act is destructive, and a failure there is not rolled back"
        yield Finding(message, ("guardrails", "rollback_on"), "add 'act'", at_key=True)
    elif not guardrails.rollback_actions:
        for call in destructive:
            if call.step.option("undo") in (None, "none"):
                hint = "add 'guardrails: {rollback_actions: […]}' that tells somebody"
                yield Finding(f"'{call.reference}' cannot be taken back, and nobody is told when the run fails after it", call.path, hint)
                return


RULE = Rule(number="AV402", name="no-rollback", family=Family.GUARDRAILS, levels=ADVICE, page=__doc__, recipe=_check)
