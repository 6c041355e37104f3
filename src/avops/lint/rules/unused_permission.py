"""An agent may do what none of its recipes do.

What is not needed is a risk: a model that is misled can only do what its agent may. Counted are the recipes attached to
the agent and those of its workflows. An agent whose recipes have `do` steps, and the `operator_agent`, are left alone.

Wrong, when its recipes only read:

    tools: {zoom: [get_room, restart_room]}

Right:

    tools: {zoom: [get_room]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.needs import needs, recipes_of
from avops.lint.rule import ADVICE, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView


def _check(agent: AgentView) -> Iterator[Finding]:
    project = agent.project
    names = recipes_of(agent.doc, project)
    if not names or is_operator(agent):
        return
    facts = [project.recipe(name, by_file=True) for name in names]
    if any(each is None or each.broken for each in facts):
        return
    used = needs(project, names)
    if used.by_model:
        return
    for tool, allowed in agent.doc.tools.items():
        if isinstance(allowed, str):
            if not any(each.tool == tool for each in used.calls):
                yield Finding(f"none of its recipes uses the tool '{tool}'", ("tools", tool), "take it out", at_key=True)
            continue
        for index, action in enumerate(allowed):
            if not any(each.tool == tool and each.action == action for each in used.calls):
                yield Finding(f"none of its recipes calls '{tool}.{action}'", ("tools", tool, index), "take it out")


def is_operator(agent: AgentView) -> bool:
    """True for the agent that acts when a person calls a tool directly."""
    operator = agent.project.settings.operator_agent
    return operator is not None and agent.project.agents.find(operator, by_file=True) in agent.project.agents.called(agent.doc.name)


RULE = Rule(number="AV501", name="unused-permission", family=Family.PRIVILEGE, levels=ADVICE, page=__doc__, agent=_check)
