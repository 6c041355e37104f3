"""Everything that a change of the project reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from avops.diff import reach
from avops.diff.permissions import agent_change, room_changes, settings_changes, tool_change
from avops.diff.procedures import recipe_change
from avops.diff.snapshot import Reader
from avops.model.change import BlastRadius, Irreversible
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from avops.diff.snapshot import Held, Snapshot
    from avops.model.change import RecipeChange

C = TypeVar("C")


def blast_radius(before: Mapping[str, bytes], after: Mapping[str, bytes], *, base: str) -> BlastRadius:
    """What changed in meaning between two states of a project, given as its files by path; `base` names the older."""
    reader = Reader()
    return compare(reader.read(before), reader.read(after), base=base)


def compare(before: Snapshot, after: Snapshot, *, base: str) -> BlastRadius:
    """What changed in meaning between two states of a project."""
    recipes = _made(recipe_change(old, new, before, after) for old, new in _pairs(before.recipes, after.recipes))
    agents = _made(agent_change(old, new, before, after) for old, new in _pairs(before.agents, after.agents))
    tools = _made(tool_change(old, new, before, after) for old, new in _pairs(before.tools, after.tools))
    touched = reach.callers({folded(each.name): f"the recipe '{each.name}' {_verb(each.what)}" for each in recipes}, after)
    by_agent = {folded(each.name): f"the agent '{each.name}' {_verb(each.what)}" for each in agents}
    workflows = _made(reach.workflow_change(old, new, after, touched, by_agent) for old, new in _pairs(before.workflows, after.workflows))
    rooms = dict.fromkeys(key for workflow in workflows if workflow.what != "removed" for key in workflow.rooms)
    return BlastRadius(
        base=base,
        recipes=tuple(recipes),
        agents=tuple(agents),
        tools=tuple(tools),
        workflows=tuple(workflows),
        irreversible=tuple(_irreversible(recipes, after)),
        settings=settings_changes(before, after),
        rooms_list=room_changes(before.rooms, after.rooms),
        rooms=tuple(rooms),
        unreadable=tuple(sorted(_unreadable(before, after))),
    )


def _made(changes: Iterable[C | None]) -> list[C]:
    return [each for each in changes if each is not None]


def _verb(what: str) -> str:
    return {"added": "is new", "removed": "is gone"}.get(what, "changed")


def _pairs(before: Mapping[str, Held], after: Mapping[str, Held]) -> Iterator[tuple[Held | None, Held | None]]:
    """Each document as it was and as it is, by name; one that got another name is known by its file."""
    left = {key: held for key, held in before.items() if key not in after}
    by_path = {held.path: key for key, held in left.items()}
    for key, held in after.items():
        old = before.get(key)
        if old is None and (earlier := by_path.get(held.path)) is not None:
            old = left.pop(earlier)
        yield old, held
    for held in left.values():
        yield held, None


def _unreadable(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Files that cannot be read, unless they were so before and have not changed since."""
    for path in before.broken | after.broken:
        if before.texts.get(path) != after.texts.get(path):
            yield path


def _irreversible(recipes: list[RecipeChange], after: Snapshot) -> Iterator[Irreversible]:
    for recipe in recipes:
        found = [step for step in recipe.steps if step.irreversible and step.what != "removed"]
        if not found:
            continue
        runs = reach.callers({folded(recipe.name): ""}, after)
        users = [workflow for _, workflow, _ in after.all_workflows() if any(folded(name) in runs for name in reach.recipes_of(workflow))]
        rooms = {key for workflow in users for key in reach.rooms_of(workflow, after)[0]}
        for step in found:
            yield Irreversible(
                recipe=recipe.name,
                path=recipe.path,
                key=step.key,
                title=step.title,
                call=step.call,
                reason=step.irreversible or "",
                workflows=tuple(workflow.name for workflow in users),
                rooms=len(rooms),
            )
