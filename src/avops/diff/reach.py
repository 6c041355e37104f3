"""The workflows that a change reaches, and the rooms that they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.diff.values import changes, data_of, shown
from avops.errors import AvopsError
from avops.model.change import WorkflowChange
from avops.model.effect import Phase
from avops.model.step import RecipeStep
from avops.project.names import folded
from avops.project.room_rows import csv_rows, yaml_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.diff.snapshot import Held, Snapshot
    from avops.model.workflow import Workflow


def callers(touched: Mapping[str, str], project: Snapshot) -> dict[str, str]:
    """The touched recipes and those that call them, however deep: folded name, and why it is touched."""
    found = dict(touched)
    grew = True
    while grew:
        grew = False
        for key, held in project.recipes.items():
            if key in found:
                continue
            called = [step.recipe for phase in Phase for step in held.value.phase(phase) if isinstance(step, RecipeStep)]
            name = next((each for each in called if folded(each) in found), None)
            if name is not None:
                found[key] = f"the recipe '{held.value.name}' calls '{name}'"
                grew = True
    return found


def recipes_of(workflow: Workflow) -> list[str]:
    """The recipes that a workflow runs."""
    return [name for name in (workflow.recipe, *(stage.recipe for stage in workflow.stages)) if name]


def agents_of(workflow: Workflow) -> list[str]:
    """The agents that a workflow runs as."""
    named = [workflow.agent, *(stage.agent for stage in workflow.stages)]
    for phases in (workflow.agents, *(stage.agents for stage in workflow.stages)):
        if phases is not None:
            named += [phases.intake, phases.plan, phases.act, phases.verify]
    return list(dict.fromkeys(name for name in named if name))


def workflow_change(
    old: Held | None, new: Held | None, after: Snapshot, recipes: Mapping[str, str], agents: Mapping[str, str]
) -> WorkflowChange | None:
    """What changed for a workflow; None when it runs what it ran. `recipes` and `agents` are the touched ones, with why."""
    held = new or old
    assert held is not None
    workflow: Workflow = held.value
    because = [recipes[folded(name)] for name in recipes_of(workflow) if folded(name) in recipes]
    because += [agents[folded(name)] for name in agents_of(workflow) if folded(name) in agents]
    fields = changes(data_of(old.value), data_of(new.value)) if old and new else ()
    if old and new and not fields and not because:
        return None
    keys, rows = rooms_of(workflow, after)
    return WorkflowChange(
        what="added" if old is None else "removed" if new is None else "changed" if fields else "affected",
        name=workflow.name,
        path=held.path,
        because=tuple(dict.fromkeys(because)),
        trigger=_trigger(workflow),
        enabled=workflow.enabled,
        rooms=keys,
        rows=rows,
        fields=fields,
    )


def rooms_of(workflow: Workflow, project: Snapshot) -> tuple[tuple[str, ...], int]:
    """The keys of a workflow's rooms, and how many further rows each start has."""
    rooms = project.rooms
    if workflow.for_each is None:
        return ((workflow.room,), 0) if workflow.room else ((), 0)
    word, _, condition = workflow.for_each.partition(" ")
    try:
        if word == "rooms":
            return (tuple(room.key for room in rooms.select(condition.strip())), 0) if rooms is not None else ((), 0)
        text = project.texts.get(workflow.for_each)
        if text is None:
            return (), 0
        rows = (yaml_rows if workflow.for_each.endswith((".yaml", ".yml")) else csv_rows)(text, workflow.for_each).rows
    except AvopsError:
        return (), 0  # lint says what is wrong with the choice or the list
    named = [row.values.get("room") for row in rows]
    known = {folded(room.key): room.key for room in rooms or ()}
    keys = [known[folded(name)] for name in named if name and folded(name) in known]
    return tuple(dict.fromkeys(keys)), len(named) - len(keys)


def lists_of(workflows: Iterable[Workflow]) -> list[str]:
    """The files that workflows take their rows from."""
    named = [workflow.for_each for workflow in workflows if workflow.for_each]
    return [each for each in dict.fromkeys(named) if each.partition(" ")[0] != "rooms"]


def _trigger(workflow: Workflow) -> str:
    if isinstance(workflow.trigger, str):
        return workflow.trigger
    data = workflow.trigger.model_dump(mode="json", exclude_none=True)
    return ", ".join(f"{key} {shown(value)}" for key, value in data.items())
