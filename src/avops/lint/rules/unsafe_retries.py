"""A step is to be tried again, and a repeat may do harm.

Only reads, and steps that are idempotent, are repeated. Restarting twice is not restarting once.

Wrong:

    - tool: zoom.restart_room
      retries: 2

Right:

    - tool: display.set_power
      with: {power: "on"}
      retries: 2
      idempotent: true
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("tool"):
        call = step.call
        if not step.option("retries") or call is None or call.action is None:
            continue
        own = step.option("idempotent")
        if not (call.action.is_idempotent if own is None else own):
            message = f"'{call.reference}' is not idempotent, so it is never tried again"
            yield Finding(
                message, step.at("retries"), "take 'retries' out, or say 'idempotent: true' if a repeat does no harm", at_key=True
            )


RULE = Rule(number="AV403", name="unsafe-retries", family=Family.GUARDRAILS, levels=TEAM, page=__doc__, recipe=_check)
