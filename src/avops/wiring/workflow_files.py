"""A project's workflows as people keep them: cards for lists, and edits of their files that keep what they do not touch."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from avops.errors import AvopsError, FindingsError, NotFoundError, UsageError
from avops.project.names import folded
from avops.wiring.document_files import require_free

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.run import Run
    from avops.model.workflow import Stage, Workflow
    from avops.project.documents import Loaded
    from avops.project.folder import Documents
    from avops.wiring.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowCard:
    """A workflow for a list; of a broken file only `name`, `path` and `problem` are known."""

    name: str
    path: str
    agent: str = ""
    recipe: str = ""
    trigger: str = ""
    rooms: str | None = None
    enabled: bool = True
    reason: str | None = None
    """Why it is switched off, or by whom on."""
    last: Run | None = None
    next_at: datetime | None = None
    """None for one without a planned time, and while it is switched off or everything is paused."""
    problem: str | None = None


def workflow_cards(workspace: Workspace, *, now: datetime, name: str | None = None) -> list[WorkflowCard]:
    """The project's workflows in the order of their files, or the one of that name; the database is left as it was."""
    from avops.schedule.index import refresh
    from avops.telemetry import queries
    from avops.telemetry.database import open_reader
    from avops.telemetry.schedule_store import SqliteScheduleStore
    from avops.wiring.scheduling import WorkflowFiles

    chosen = list(workspace.project.workflows) if name is None else [workspace.project.workflows.find(name)]
    with SqliteScheduleStore(workspace.database) as store:
        with store.transaction(keep=False):
            refresh(store, workspace.root, WorkflowFiles(workspace), now)
            known = {each.key: each for each in store.workflows()}
        words = {word.key: word for word in store.overrides()}
        pause = next((pause for pause in store.pauses(now) if pause.from_at <= now), None)
    with closing(open_reader(workspace.database)) as reader:
        names = [loaded.value.name for loaded in chosen if loaded.value is not None]
        last = queries.last_runs(reader, names, include_simulated=True)
    cards = []
    for loaded in chosen:
        workflow = loaded.value
        if workflow is None:
            cards.append(WorkflowCard(name=Path(loaded.path).stem, path=loaded.path, problem=loaded.diagnostics[0].message))
            continue
        word, row = words.get(folded(workflow.name)), known.get(folded(workflow.name))
        enabled, reason = workflow.enabled, None if workflow.enabled else "in its file"
        if word is not None and word.enabled is not None:
            enabled, reason = word.enabled, f"by {word.by}: {word.reason}" if word.reason else f"by {word.by}"
        cards.append(
            WorkflowCard(
                name=workflow.name,
                path=loaded.path,
                agent=_agents_of(workflow),
                recipe=_recipes_of(workflow),
                trigger=trigger_words(workspace, workflow),
                rooms=workflow.for_each or workflow.room,
                enabled=enabled,
                reason=reason,
                last=last.get(workflow.name),
                next_at=row.due_at if row is not None and enabled and pause is None else None,
                problem=row.problem if row is not None else None,
            )
        )
    return cards


def trigger_words(workspace: Workspace, workflow: Workflow) -> str:
    """The trigger as people say it; the zone is named where it is not the project's."""
    from avops.schedule.triggers import read_trigger
    from avops.schedule.words import describe

    try:
        said = describe(read_trigger(workflow.trigger, workspace.timezone))
    except AvopsError as error:
        return f"broken: {error.message}"
    zone = getattr(workflow.trigger, "timezone", None)
    return f"{said} ({zone})" if zone and zone != workspace.timezone else said


def _agents_of(workflow: Workflow) -> str:
    parts: Sequence[Workflow | Stage] = workflow.stages or [workflow]
    names = [name for part in parts for name in (part.agents.model_dump().values() if part.agents else [part.agent]) if name]
    return ", ".join(dict.fromkeys(names))


def _recipes_of(workflow: Workflow) -> str:
    return ", ".join(dict.fromkeys(stage.recipe for stage in workflow.stages)) if workflow.stages else workflow.recipe or ""


def followers_of(workspace: Workspace, name: str) -> list[Loaded[Workflow]]:
    """The sound workflows whose `after:` trigger names this one."""
    wanted = folded(name)
    return [
        loaded
        for loaded in workspace.project.workflows
        if loaded.value is not None
        and folded(str(getattr(loaded.value.trigger, "after", ""))) == wanted
        and wanted != folded(loaded.value.name)
    ]


def judged(workspace: Workspace, text: str, path: str) -> Workflow:
    """The workflow that a text holds. Raises DocumentError, and FindingsError for a trigger that cannot be."""
    from avops.project.documents import load_document
    from avops.schedule.triggers import never_fires, read_trigger

    workflow = load_document("workflow", text, path).required()
    timing = read_trigger(workflow.trigger, workspace.timezone)
    if never_fires(timing):
        raise FindingsError("the cron line names no date of the calendar: it never fires", hint="mend day, month or weekday")
    require_free(workspace, "workflow", workflow.name, path=path)
    parts: Sequence[Workflow | Stage] = workflow.stages or [workflow]
    for part in parts:
        for agent in part.agents.model_dump().values() if part.agents else [part.agent]:
            if agent is not None:
                existing(workspace, "agent", agent)
        if part.recipe is not None:
            existing(workspace, "recipe", part.recipe)
    return workflow


def existing(workspace: Workspace, kind: Literal["agent", "recipe"], name: str) -> str:
    """An agent's or recipe's name as its file writes it. Raises NotFoundError, with the command that makes one."""
    documents: Documents[Agent] | Documents[Recipe] = workspace.project.agents if kind == "agent" else workspace.project.recipes
    try:
        entry = documents.entry(name)
    except NotFoundError as error:
        near = f"{error.hint.partition('?')[0]}? " if error.hint and "?" in error.hint else ""
        raise NotFoundError(error.message, hint=f"{near}avops {kind} new '{name}' makes it") from None
    return documents.name_of(entry) or entry.stem


def workflow_text(fields: Mapping[str, object]) -> str:
    """The text of a new workflow with these keys."""
    from avops.project.editing import render

    lines = ["# yaml-language-server: $schema=../schemas/workflow.schema.json"]
    return "\n".join([*lines, *(f"{key}: {render(value)}" for key, value in fields.items())]) + "\n"


def set_in_file(workspace: Workspace, loaded: Loaded[Workflow], enabled: bool) -> None:
    """Writes `enabled` into the workflow's file; everything else in it stays."""
    from avops.project.editing import open_text

    text = open_text(workspace.root / loaded.path, loaded.path)
    text.set(("enabled",), enabled)
    text.save(workspace.root / loaded.path)


def require_idle(workspace: Workspace, name: str) -> None:
    """Raises UsageError while a run of the workflow is under way."""
    from avops.telemetry.database import open_reader

    with closing(open_reader(workspace.database)) as reader:
        sql = "SELECT id, status FROM runs WHERE workflow = ? AND status IN ('running', 'waiting', 'interrupted') AND parent_id IS NULL"
        busy = reader.execute(sql, (name,)).fetchone()
    if busy is not None:
        raise UsageError(
            f"run {busy[0]} of '{name}' is {busy[1]}: under another name it would not count as its run any more",
            hint=f"let it end first: avops runs show {busy[0]}",
        )


def rename_in_schedule(workspace: Workspace, old: str, new: str) -> None:
    """Lets the grid of an interval, the mark up to which slots are settled, and overrides go on under the new name."""
    from avops.telemetry.schedule_store import SqliteScheduleStore

    if folded(old) != folded(new):
        with SqliteScheduleStore(workspace.database) as store:
            store.rename(folded(old), folded(new), new)
