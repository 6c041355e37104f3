"""One agent per phase, each with only the actions that its phase needs, and a workflow that uses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.recipe_text import scalar
from avops.sop.sections import PHASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.catalog import ToolCatalogEntry
    from avops.sop.steps import DraftStep

_DUTIES = {
    "intake": "You find out what the procedure needs to know. You change nothing.",
    "plan": "You check that it is safe to begin, and tell whoever must know. You change nothing.",
    "act": "You carry out the steps as they are written, and nothing else. Stop when something is not as described.",
    "verify": "You check the result on fresh readings, and report what you saw. You change nothing.",
}


def agent_texts(recipe: str, steps: Sequence[DraftStep], tools: Sequence[ToolCatalogEntry]) -> dict[str, str]:
    """The text of each agent by its name, in the order of the phases."""
    return {agent_name(recipe, phase): _agent(recipe, phase, steps, tools) for phase in PHASES}


def workflow_text(recipe: str, needed: Sequence[str] = ()) -> str:
    """A workflow that runs the recipe with the four agents, when somebody asks for it.

    `needed` names the inputs that have no default: they stand in it as a comment, for whoever knows their values.
    """
    agents = ", ".join(f"{phase}: {scalar(agent_name(recipe, phase), flow=True)}" for phase in PHASES)
    return (
        "# yaml-language-server: $schema=../schemas/workflow.schema.json\n"
        f"name: {scalar(recipe)}\n"
        f"description: {scalar(f'{recipe}, with one agent per phase.')}\n"
        f"agents: {{{agents}}}\n"
        f"recipe: {scalar(recipe)}\n"
        "trigger: manual\n" + (f"# Put in the values: inputs: {{{', '.join(f'{name}: …' for name in needed)}}}\n" if needed else "")
    )


def agent_name(recipe: str, phase: str) -> str:
    """The agent's name, short enough for any recipe's."""
    return f"{recipe[:100].strip()} {phase.capitalize()}"


def needed_actions(phase: str, steps: Sequence[DraftStep], tools: Sequence[ToolCatalogEntry]) -> dict[str, list[str]]:
    """The actions that the steps of a phase call, by tool."""
    notifies = {tool.name: [a.name for a in tool.actions if a.notify is not None] for tool in tools}
    found: dict[str, list[str]] = {}
    for step in steps:
        if step.phase != phase:
            continue
        calls = [step.value] if step.key == "tool" else []
        calls += [step.reading["tool"]] if step.reading else []
        if step.key == "notify" and isinstance(step.value, dict):
            tool = next(iter(step.value))
            calls += [f"{tool}.{action}" for action in notifies.get(tool, [])]
        for call in calls:
            tool, _, action = str(call).partition(".")
            if action not in found.setdefault(tool, []):
                found[tool].append(action)
    return found


def _agent(recipe: str, phase: str, steps: Sequence[DraftStep], tools: Sequence[ToolCatalogEntry]) -> str:
    actions = needed_actions(phase, steps, tools)
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
