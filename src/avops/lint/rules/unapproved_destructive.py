"""A destructive step runs without anybody's approval.

Either the step has `approval: ROLE`, or the agents that may call it say `approvals: {destructive: ROLE}`.

Wrong:

    - tool: zoom.restart_room

Right:

    - tool: zoom.restart_room
      approval: Support_L2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import STRICT, Family, Finding, Rule
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    agents = [each.value for each in recipe.project.all_agents() if each.value is not None]
    for call in recipe.changes:
        if call.effect is not Effect.DESTRUCTIVE or call.tool is None or call.step.option("approval") is not None:
            continue
        free = [agent.name for agent in agents if agent.allows(call.tool.name, call.action_name) and "destructive" not in agent.approvals]
        if free or not agents:
            message = f"'{call.reference}' is destructive and needs nobody's approval"
            yield Finding(message, call.path, "add 'approval: ROLE', or 'approvals: {destructive: ROLE}' to the agents that may call it")


RULE = Rule(number="AV505", name="unapproved-destructive", family=Family.PRIVILEGE, levels=STRICT, page=__doc__, recipe=_check)
