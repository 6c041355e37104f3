"""Which actions an agent needs for its recipes, and which of them it may not call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.lint.called import called_recipes
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.lint.checked import Checked
    from avops.lint.facts import CallFact
    from avops.model.agent import Agent
    from avops.model.workflow import Stage, Workflow

_PHASES = ("intake", "plan", "act", "verify")


@dataclass(frozen=True, slots=True)
class Needs:
    """The calls of some recipes and of all that they call; `by_model`: a model may choose further ones in `do` steps."""

    calls: tuple[CallFact, ...]
    by_model: bool


def needs(project: Checked, names: Iterable[str]) -> Needs:
    """What the recipes of these names need together."""
    facts = [each for name in names for each in called_recipes(project, name, by_file=True)]
    return Needs(tuple(call for each in facts for call in each.calls), any("do" in each.waits for each in facts))


def recipes_of(agent: Agent, project: Checked) -> tuple[str, ...]:
    """The recipes that an agent is meant for: attached to it, or run as it by a workflow."""
    names = dict.fromkeys(agent.recipes)
    for each in project.workflows.documents:
        workflow = each.value
        procedures: list[Workflow | Stage] = [] if workflow is None else [workflow, *workflow.stages]
        for procedure in procedures:
            if procedure.recipe is not None and any(_is(agent, name, project) for name in phase_agents(procedure).values()):
                names.setdefault(procedure.recipe)
    return tuple(names)


def _is(agent: Agent, name: str, project: Checked) -> bool:
    found = project.agents.find(name, by_file=True)
    return found is not None and folded(found.name) == folded(agent.name)


def phase_agents(procedure: Workflow | Stage) -> Mapping[str, str]:
    """The agent of each phase."""
    if procedure.agent is not None:
        return dict.fromkeys(_PHASES, procedure.agent)
    return {} if procedure.agents is None else {phase: getattr(procedure.agents, phase) for phase in _PHASES}


def lacking(agent: Agent, project: Checked, recipe: str, phase: str | None) -> tuple[str, ...]:
    """The calls of a recipe that the agent may not make, those of one phase or all; sorted.

    A called recipe's steps are done by the agents of their own phases, as the engine does it.
    """
    calls = needs(project, [recipe]).calls
    return tuple(
        sorted(
            {
                f"{call.tool}.{call.action}"
                for call in calls
                if (phase is None or call.phase == phase) and call.effect is not None and not agent.allows(call.tool, call.action)
            }
        )
    )
