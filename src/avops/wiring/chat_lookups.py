"""What the assistant of `avops chat` may look up in a project: runs, steps, documents, figures and health, all read-only."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from avops.chat.lookups import Lookup, Parameter
from avops.errors import NotFoundError, UsageError
from avops.model.run import RunStatus
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from avops.model.run import StepRecord
    from avops.telemetry.filters import RunFilter
    from avops.telemetry.names import Dimension
    from avops.wiring.workspace import Workspace

Records: TypeAlias = "Callable[[Path], AbstractContextManager[sqlite3.Connection]]"
"""Opens a connection that only reads."""

MOST_RUNS = 50
MOST_NAMES = 200
LONGEST_VALUE = 600
"""Characters of one value among many steps; a single step is shown whole."""
_TOLD_OF_STEP = (
    "key",
    "phase",
    "name",
    "status",
    "tool",
    "action",
    "effect",
    "arguments",
    "value",
    "error",
    "simulated",
    "duration_s",
    "note",
)
_NAMES = (
    Parameter(name="workflow", description="Only runs of this workflow."),
    Parameter(name="agent", description="Only runs of this agent."),
    Parameter(name="recipe", description="Only runs of this recipe."),
    Parameter(name="room", description="Only runs about this room, by its key."),
)
_DAYS = Parameter(name="days", description="Only the last so many days, 1 to 365.", type="integer")


def lookups(workspace: Workspace, records: Records) -> tuple[Lookup, ...]:
    """The look-ups of a project."""
    return (*_run_lookups(workspace, records), *_document_lookups(workspace), *_other_lookups(workspace, records))


def _run_lookups(workspace: Workspace, records: Records) -> list[Lookup]:
    async def list_runs(given: Mapping[str, Any]) -> object:
        return _runs(workspace, records, given)

    async def show_run(given: Mapping[str, Any]) -> object:
        return _run(workspace, records, given["run"], given.get("step"))

    async def figures(given: Mapping[str, Any]) -> object:
        return _figures(workspace, records, given)

    statuses = tuple(status.value for status in RunStatus)
    return [
        Lookup(
            name="list_runs",
            description="Runs, newest first: number, recipe, agent, room, status, times, error.",
            look=list_runs,
            parameters=(
                *_NAMES,
                Parameter(name="status", description="Only runs that stand so.", choices=statuses),
                _DAYS,
                Parameter(name="limit", description=f"At most so many, up to {MOST_RUNS}; 10 unless told.", type="integer"),
            ),
        ),
        Lookup(
            name="show_run",
            description="One run with each step's status, result and error, its artifacts and open questions.",
            look=show_run,
            parameters=(
                Parameter(name="run", description="The run's number.", type="integer", is_required=True),
                Parameter(name="step", description="Only this step, whole, by its key: act.0"),
            ),
        ),
        Lookup(
            name="figures",
            description="Key figures of a period: number of runs by status, success rate, p95 duration, last error.",
            look=figures,
            parameters=(*_NAMES, _DAYS),
        ),
    ]


def _document_lookups(workspace: Workspace) -> list[Lookup]:
    async def list_recipes(given: Mapping[str, Any]) -> object:
        return _listed(workspace, "recipe", ("description", "version", "draft", "room", "inputs"))

    async def show_recipe(given: Mapping[str, Any]) -> object:
        loaded = workspace.project.recipes.find(given["name"])
        return {"path": loaded.path, "text": loaded.text, "problems": [each.message for each in loaded.diagnostics]}

    async def list_agents(given: Mapping[str, Any]) -> object:
        return _listed(workspace, "agent", ("domain", "tools", "recipes", "model"))

    async def list_workflows(given: Mapping[str, Any]) -> object:
        return _workflows(workspace)

    return [
        Lookup(name="list_recipes", description="The project's recipes with their inputs.", look=list_recipes),
        Lookup(
            name="show_recipe",
            description="The text of one recipe.",
            look=show_recipe,
            parameters=(Parameter(name="name", description="Its name.", is_required=True),),
        ),
        Lookup(name="list_agents", description="The project's agents, with their tools and recipes.", look=list_agents),
        Lookup(
            name="list_workflows",
            description="The workflows: trigger, last run, next run, whether they are switched on.",
            look=list_workflows,
        ),
    ]


def _other_lookups(workspace: Workspace, records: Records) -> list[Lookup]:
    async def tool_health(given: Mapping[str, Any]) -> object:
        from avops.wiring.tool_health import ask_tools

        return [asdict(row) for row in await ask_tools(workspace, given.get("name"))]

    async def inbox(given: Mapping[str, Any]) -> object:
        from avops.telemetry import queries

        with records(workspace.database) as reader:
            return [
                {"decision": each.decision.id, "run": each.run.id, "kind": each.decision.question.kind.value,
                 "prompt": each.decision.question.prompt, "recipe": each.run.recipe, "room": each.run.room}
                for each in queries.inbox(reader)[:MOST_RUNS]
            ]  # fmt: skip

    async def search_kb(given: Mapping[str, Any]) -> object:
        from avops.kb.index import search

        hits = search(workspace.root, given["query"], limit=5).hits
        return [{"path": hit.path, "title": hit.title, "status": hit.status, "snippet": hit.plain_snippet} for hit in hits]

    return [
        Lookup(
            name="search_kb",
            description="Articles of the project's knowledge base that fit some words; drafts are not reviewed yet.",
            look=search_kb,
            parameters=(Parameter(name="query", description="The words.", is_required=True),),
        ),
        Lookup(
            name="tool_health",
            description="Whether a tool, or each tool, is there and answers; it is asked now.",
            look=tool_health,
            parameters=(Parameter(name="name", description="The tool; all when left out."),),
        ),
        Lookup(name="inbox", description="What waits for a person to decide.", look=inbox),
    ]


def _chosen(workspace: Workspace, reader: sqlite3.Connection, given: Mapping[str, Any]) -> RunFilter:
    """The filter for names as a model writes them; NotFoundError for one that no run carries, with the near one."""
    from avops.project.clock import SystemClock
    from avops.telemetry.filters import RunFilter
    from avops.telemetry.names import known_names, spelled

    dimensions: tuple[Dimension, ...] = ("workflow", "agent", "recipe", "room")
    names: dict[str, str] = {}
    for dimension in dimensions:
        if (name := given.get(dimension)) is not None:
            names[dimension] = spelled(reader, dimension, str(name))
            known = known_names(reader, dimension)
            if names[dimension] not in known:
                raise NotFoundError(f"no run has the {dimension} '{name}'", hint=did_you_mean(str(name), known))
    days = given.get("days")
    if days is not None and not 1 <= days <= 365:
        raise UsageError("'days' is 1 to 365")
    return RunFilter(
        workflow=names.get("workflow"),
        agent=names.get("agent"),
        recipe=names.get("recipe"),
        room=names.get("room"),
        status=frozenset({RunStatus(given["status"])}) if "status" in given else None,
        since=None if days is None else SystemClock().now() - timedelta(days=days),
    )


def _runs(workspace: Workspace, records: Records, given: Mapping[str, Any]) -> object:
    from avops.report.run_json import run_fields
    from avops.telemetry import queries

    limit = min(max(given.get("limit", 10), 1), MOST_RUNS)
    with records(workspace.database) as reader:
        found = queries.list_runs(reader, _chosen(workspace, reader, given), limit=limit + 1)
    return {"runs": [_without_empty(run_fields(run)) for run in found[:limit]], "there_are_more": len(found) > limit}


def _run(workspace: Workspace, records: Records, run_id: int, step: str | None) -> object:
    from avops.report.run_json import artifact_fields, decision_fields, run_fields, step_fields
    from avops.telemetry import queries

    with records(workspace.database) as reader:
        run = queries.run(reader, run_id)
        steps = queries.steps(reader, run_id)
        artifacts = queries.artifacts(reader, run_id)
        decisions = queries.decisions(reader, run_id)
    if step is not None:
        found = [record for record in steps if record.intent.key == step]
        if not found:
            keys = [record.intent.key for record in steps]
            raise NotFoundError(f"run {run_id} has no step '{step}', expected one of {', '.join(sorted(set(keys))[:40])}")
        return {"run": run_id, "steps": [_without_empty(step_fields(record)) for record in found]}
    return {
        **_without_empty(run_fields(run)),
        "steps": [_told(record) for record in steps],
        "artifacts": [_without_empty(artifact_fields(each)) for each in artifacts],
        "decisions": [_without_empty(decision_fields(each)) for each in decisions],
    }


def _told(record: StepRecord) -> dict[str, object]:
    from avops.chat.lookups import as_text
    from avops.report.run_json import step_fields

    fields = step_fields(record)
    told = _without_empty({key: fields[key] for key in _TOLD_OF_STEP})
    for key in ("arguments", "value"):
        if key in told and len(text := as_text(told[key], LONGEST_VALUE)) > LONGEST_VALUE:
            told[key] = text
    return told


def _figures(workspace: Workspace, records: Records, given: Mapping[str, Any]) -> object:
    from avops.project.clock import SystemClock
    from avops.report.run_json import instant
    from avops.telemetry.kpis import kpis

    now = SystemClock().now()
    days = given.get("days", 7)
    with records(workspace.database) as reader:
        chosen = _chosen(workspace, reader, {**given, "days": days})
        current = kpis(reader, since=now - timedelta(days=days), until=now + timedelta(seconds=1), chosen=chosen).current
    last = current.last_error
    return {
        "since": instant(current.since),
        "runs": current.total,
        "by_status": {status.value: number for status, number in current.counts.items()},
        "success_rate": current.success_rate,
        "p95_s": current.p95_s,
        "mean_s": current.mean_s,
        "last_error": None if last is None else {"run": last.id, "recipe": last.recipe, "error": last.error},
        "partly_simulated": current.partly_simulated,
        "simulated_runs_left_out": current.hidden_simulated,
    }


def _listed(workspace: Workspace, kind: str, keys: Sequence[str]) -> object:
    """The sound documents of a kind with some of their fields, and the broken ones by their first problem."""
    rows: list[dict[str, object]] = []
    for loaded in list(getattr(workspace.project, f"{kind}s"))[:MOST_NAMES]:
        if loaded.value is None:
            rows.append({"path": loaded.path, "broken": loaded.diagnostics[0].message})
            continue
        fields = loaded.value.model_dump(mode="json", include=set(keys))
        rows.append({"name": loaded.value.name, **_without_empty(fields)})
    return rows


def _workflows(workspace: Workspace) -> object:
    from avops.project.clock import SystemClock
    from avops.report.run_json import instant
    from avops.wiring.workflow_files import workflow_cards

    return [
        _without_empty(
            {
                "name": card.name,
                "agent": card.agent,
                "recipe": card.recipe,
                "trigger": card.trigger,
                "rooms": card.rooms,
                "enabled": card.enabled,
                "reason": card.reason,
                "last_run": None if card.last is None else {"run": card.last.id, "status": card.last.status.value},
                "next_at": instant(card.next_at),
                "broken": card.problem,
            }
        )
        for card in workflow_cards(workspace, now=SystemClock().now())[:MOST_NAMES]
    ]


def _without_empty(fields: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value not in (None, "", [], {}, ())}
