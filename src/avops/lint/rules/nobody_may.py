"""A recipe needs an action that no agent may call.

Whoever runs it, it is refused.

Wrong, when no agent lists `zoom.restart_room`:

    - tool: zoom.restart_room

Right, in an agent:

    tools: {zoom: [restart_room]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    agents = [each.value for each in recipe.project.all_agents() if each.value is not None]
    if not agents:
        return
    told = set()
    for call in recipe.calls:
        if call.tool is None or call.action is None or call.reference in told:
            continue
        if not any(agent.allows(call.tool.name, call.action_name) for agent in agents):
            told.add(call.reference)
            yield Finding(
                f"no agent may call '{call.reference}'",
                call.path,
                "list it under tools: of the agent that shall run this recipe",
                at_key=call.step.kind == "notify",
            )


RULE = Rule(number="AV502", name="nobody-may", family=Family.PRIVILEGE, levels=ADVICE, page=__doc__, recipe=_check)
