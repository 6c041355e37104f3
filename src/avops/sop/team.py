"""One agent per phase, each with only the actions that its phase needs, and a workflow that uses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.recipe_text import scalar
from avops.sop.sections import PHASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.sop.catalog import ToolCatalogEntry
    from avops.sop.steps import DraftStep

_DUTIES = {
    "intake": "You find out what the procedure needs to know. You change nothing.",
    "plan": "You check that it is safe to begin, and tell whoever must know. You change nothing.",
    "act": "You carry out the steps as they are written, and nothing else. Stop when something is not as described.",
    "verify": "You check the result on fresh readings, and report what you saw. You change nothing.",
}


def agent_texts(recipe: str, steps: Sequence[DraftStep], tools: Sequence[ToolCatalogEntry], restoring: Mapping[str, str]) -> dict[str, str]:
    """The text of each agent by its name, in the order of the phases; a phase without steps has none.

    `restoring` names, for an action, the one that reads what it changes: who may undo must be able to look first.
    """
    return {agent_name(recipe, phase): _agent(recipe, phase, needed_actions(phase, steps, tools, restoring)) for phase in _phases(steps)}


def workflow_text(recipe: str, steps: Sequence[DraftStep], needed: Sequence[str] = ()) -> str:
    """A workflow that runs the recipe with its agents, when somebody asks for it.

    A phase without steps is given to the agent that acts, or to the first that there is: it has nothing to do there.
    `needed` names the inputs that have no default: they stand in it as a comment, for whoever knows their values.
    """
    used = _phases(steps)
    other = "act" if "act" in used else used[0]
    agents = ", ".join(f"{phase}: {scalar(agent_name(recipe, phase if phase in used else other), flow=True)}" for phase in PHASES)
    return (
        "# yaml-language-server: $schema=../schemas/workflow.schema.json\n"
        f"name: {scalar(recipe)}\n"
        f"description: {scalar(f'{recipe}, with one agent per phase.')}\n"
        f"agents: {{{agents}}}\n"
        f"recipe: {scalar(recipe)}\n"
        "trigger: manual\n" + (f"# Put in the values: inputs: {{{', '.join(f'{name}: …' for name in needed)}}}\n" if needed else "")
    )


def _phases(steps: Sequence[DraftStep]) -> list[str]:
    """The phases that have steps."""
    return [phase for phase in PHASES if any(step.phase == phase for step in steps)]


def agent_name(recipe: str, phase: str) -> str:
    """The agent's name, short enough for any recipe's."""
    return f"{recipe[:100].strip()} {phase.capitalize()}"


def needed_actions(
    phase: str, steps: Sequence[DraftStep], tools: Sequence[ToolCatalogEntry], restoring: Mapping[str, str]
) -> dict[str, list[str]]:
    """The actions that the steps of a phase call, by tool, and those that read what an undo puts back."""
    notifies = {tool.name: [a.name for a in tool.actions if a.notify is not None] for tool in tools}
    found: dict[str, list[str]] = {}
    for step in steps:
        if step.phase != phase:
            continue
        calls = [step.value] if step.key == "tool" else []
        calls += [restoring[str(step.value)]] if step.undo == "auto" and str(step.value) in restoring else []
        calls += [step.reading["tool"]] if step.reading else []
        if step.key == "notify" and isinstance(step.value, dict):
            tool = next(iter(step.value))
            calls += [f"{tool}.{action}" for action in notifies.get(tool, [])]
        for call in calls:
            tool, _, action = str(call).partition(".")
            if action not in found.setdefault(tool, []):
                found[tool].append(action)
    return found


def _agent(recipe: str, phase: str, actions: Mapping[str, Sequence[str]]) -> str:
    lines = [
        "# yaml-language-server: $schema=../schemas/agent.schema.json",
        f"# Made from an SOP together with the recipe '{re.sub(r'[^ -~]', '?', recipe)}'. A person reviews it.",
        f"name: {scalar(agent_name(recipe, phase))}",
        f"description: {scalar(f'{phase.capitalize()} of {recipe}')}",
        f"instructions: {_DUTIES[phase]}",
    ]
    if actions:
        lines.append("tools:")
        lines += [f"  {tool}: [{', '.join(scalar(action, flow=True) for action in names)}]" for tool, names in actions.items()]
    else:
        lines.append("tools: {}")
    return "\n".join(lines) + "\n"
