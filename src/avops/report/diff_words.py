"""The words for what a change means, shared by the terminal and by comments on pull requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avops.model.change import AgentChange, BlastRadius, FieldChange, Irreversible, RecipeChange, StepChange, ToolChange, WorkflowChange

MOST_FIELDS = 6
MOST_NAMES = 12
SIGNS = {"added": "+", "removed": "-", "changed": "~", "affected": ">"}
_LONGEST = 80


def headline(radius: BlastRadius) -> str:
    """What the change reaches, in one line."""
    if radius.is_empty:
        return f"Nothing has changed in meaning since {radius.base}"
    figures = radius.figures
    nouns = ("recipe", "agent", "tool", "workflow", "room")
    counts = [counted(figures[f"{noun}s"], noun) for noun in nouns if figures[f"{noun}s"]]
    counts += [words for words, found in (("settings", radius.settings), ("the room list", radius.rooms_list)) if found]
    counts += [counted(len(radius.unreadable), "file") + " that cannot be read"] if radius.unreadable else []
    end = f"{counted(figures['irreversible_added'], 'irreversible action')} added" if radius.irreversible else "nothing irreversible added"
    return f"Since {radius.base}: {', '.join(counts)}; {end}"


def counted(number: int, noun: str) -> str:
    """`1 room`, `2 rooms`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def irreversible_words(found: Irreversible) -> str:
    """Where an irreversible action is, and why it is one."""
    call = f"{found.call}: " if found.call else ""
    return f"{found.recipe}, {found.key} '{found.title}': {call}{found.reason}"


def irreversible_reach(found: Irreversible) -> str:
    """Who runs it."""
    if not found.workflows:
        return "no workflow runs it"
    rooms = f", in {counted(found.rooms, 'room')}" if found.rooms else ""
    return f"run by {listed(found.workflows)}{rooms}"


def step_words(step: StepChange) -> str:
    """A step and what changed in it."""
    parts = [f"{step.key} '{step.title}'"]
    if step.call and step.call != step.title:
        parts.append(step.call)
    if step.effect_before:
        parts.append(f"{step.effect_before} → {step.effect}")
    elif step.effect and step.what != "changed":
        parts.append(step.effect)
    if step.irreversible and step.irreversible != step.effect:
        parts.append(step.irreversible)
    if step.moved_from:
        parts.append(f"moved from {step.moved_from}")
    return " · ".join(parts)


def field_words(fields: Iterable[FieldChange], prefix: str = "") -> Iterator[str]:
    """Values that changed, the first few."""
    found = list(fields)
    for each in found[:MOST_FIELDS]:
        if each.before is None:
            yield f"{prefix}{each.at}: {_short(each.after)}"
        elif each.after is None:
            yield f"{prefix}{each.at}: {_short(each.before)} is gone"
        else:
            yield f"{prefix}{each.at}: {_short(each.before)} → {_short(each.after)}"
    if len(found) > MOST_FIELDS:
        yield f"and {len(found) - MOST_FIELDS} more"


def recipe_words(recipe: RecipeChange) -> Iterator[str]:
    """What changed in a recipe, beside its steps."""
    for guard in recipe.weaker:
        yield f"weaker: {guard}"
    if recipe.effects_gained:
        yield f"new effects: {', '.join(recipe.effects_gained)}"
    if recipe.calls_gained:
        yield f"now calls {listed(recipe.calls_gained)}"
    if recipe.calls_lost and recipe.what != "removed":
        yield f"no longer calls {listed(recipe.calls_lost)}"
    if recipe.actions_changed:
        yield f"changed in its tools: {listed(recipe.actions_changed)}"
    yield from field_words(recipe.inputs, "input ")
    yield from field_words(recipe.guardrails, "guardrail ")
    yield from field_words(recipe.other)


def agent_words(agent: AgentChange) -> Iterator[str]:
    """What changed in what an agent may do."""
    if agent.gained:
        yield f"may now call {listed([_permission(each.action, each.effect) for each in agent.gained])}"
    if agent.lost and agent.what != "removed":
        yield f"may no longer call {listed([each.action for each in agent.lost])}"
    for guard in agent.weaker:
        yield f"weaker: {guard}"
    yield from field_words(agent.fields)


def tool_words(tool: ToolChange) -> Iterator[str]:
    """What changed in a tool."""
    if tool.actions_added:
        yield f"new actions: {listed([_permission(each.action, each.effect) for each in tool.actions_added])}"
    if tool.actions_removed:
        yield f"actions that are gone: {listed(tool.actions_removed)}"
    if tool.actions_changed:
        yield f"changed actions: {listed(tool.actions_changed)}"
    yield from field_words(tool.effects, "effect of ")
    yield from field_words(tool.fields)


def workflow_words(workflow: WorkflowChange) -> Iterator[str]:
    """What a workflow is reached by, and what it reaches."""
    yield from workflow.because
    yield from field_words(workflow.fields)


def workflow_reach(workflow: WorkflowChange) -> str:
    """When a workflow runs, and for how many rooms."""
    parts = [workflow.trigger if workflow.enabled else f"{workflow.trigger}, disabled"]
    if workflow.rooms:
        parts.append(counted(len(workflow.rooms), "room"))
    if workflow.rows:
        parts.append(counted(workflow.rows, "row"))
    return ", ".join(parts)


def listed(names: Iterable[str]) -> str:
    """Names with commas, the first dozen."""
    found = list(names)
    more = len(found) - MOST_NAMES
    return ", ".join(found[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _permission(action: str, effect: str | None) -> str:
    return f"{action} ({effect})" if effect else action


def _short(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
