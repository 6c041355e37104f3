"""A recipe asks for four eyes and for no approval.

`four_eyes: true` keeps people from approving what they started. Where nothing is approved it does nothing.

Wrong:

    guardrails: {four_eyes: true}
    act:
      - tool: zoom.restart_room

Right:

    guardrails: {four_eyes: true}
    act:
      - tool: zoom.restart_room
        approval: Support_L2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if not recipe.doc.guardrails.four_eyes:
        return
    approved = any(step.kind == "approve" or step.option("approval") for step in recipe.steps)
    by_agents = any(agent.value is not None and agent.value.approvals for agent in recipe.project.all_agents())
    if not approved and not by_agents:
        yield Finding(
            "nothing here is approved, so 'four_eyes' does nothing",
            ("guardrails", "four_eyes"),
            "add 'approval: ROLE' to a step",
            at_key=True,
        )


RULE = Rule(number="AV408", name="four-eyes-alone", family=Family.GUARDRAILS, levels=ADVICE, page=__doc__, recipe=_check)
