"""A step calls itself idempotent where its action says the opposite.

It will be repeated after a failure, so a reviewer needs the reason.

Wrong, when `zoom.restart_room` says `idempotent: false`:

    - tool: zoom.restart_room
      idempotent: true

Right:

    - tool: zoom.restart_room
      idempotent: true
      why: the room ignores a restart while it restarts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.of_kind("tool"):
        call = step.call
        if (
            call is not None
            and call.action is not None
            and call.action.idempotent is False
            and step.option("idempotent")
            and not step.doc.why
        ):
            message = f"'{call.reference}' says that it is not idempotent"
            yield Finding(message, step.at("idempotent"), "say why a repeat does no harm here: why: …", at_key=True)


RULE = Rule(number="AV409", name="idempotent-by-word", family=Family.GUARDRAILS, levels=ADVICE, page=__doc__, recipe=_check)
