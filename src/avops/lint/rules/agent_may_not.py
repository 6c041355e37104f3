"""An agent is to run a recipe and may not do what the recipe does.

The run would be refused before its first step.

Wrong, when `Display Fix` calls `zoom.restart_room`:

    name: Watcher
    tools: {zoom: [get_room]}
    recipes: [Display Fix]

Right:

    name: Watcher
    tools: {zoom: [get_room, restart_room]}
    recipes: [Display Fix]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.needs import lacking, phase_agents
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import AgentView, WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    doc, project = workflow.doc, workflow.project
    procedures = [(doc, ())] if not doc.stages else [(stage, ("stages", index)) for index, stage in enumerate(doc.stages)]
    for procedure, path in procedures:
        if procedure.recipe is None:
            continue
        for phase, name in phase_agents(procedure).items():
            found = project.agents.find(name, by_file=True)
            if found is None or found.value is None:
                continue
            missing = lacking(found.value, project, procedure.recipe, phase)
            if missing:
                at = (*path, "agent") if procedure.agent is not None else (*path, "agents", phase)
                message = f"the agent '{name}' may not call {_listed(missing)}, which '{procedure.recipe}' needs"
                yield Finding(message, at, "add it under tools: of the agent, or name another agent")
                break


def _check_agent(agent: AgentView) -> Iterator[Finding]:
    for index, name in enumerate(agent.doc.recipes):
        missing = lacking(agent.doc, agent.project, name, None)
        if missing:
            yield Finding(f"this agent may not call {_listed(missing)}, which '{name}' needs", ("recipes", index), "add it under tools:")


def _listed(calls: tuple[str, ...]) -> str:
    return ", ".join(f"'{call}'" for call in calls)


RULE = Rule(number="AV504", name="agent-may-not", family=Family.PRIVILEGE, levels=ALWAYS, page=__doc__, workflow=_check, agent=_check_agent)
