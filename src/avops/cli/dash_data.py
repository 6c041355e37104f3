"""What the dashboard and the room board show, gathered from the database and the project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from datetime import datetime, tzinfo

    from avops.cli.periods import Period
    from avops.model.run import RunStatus
    from avops.report.dash import Dashboard
    from avops.report.dash_facts import Target, WorkflowState
    from avops.report.rooms import Board
    from avops.telemetry.by_name import NameFigures
    from avops.telemetry.filters import RunFilter
    from avops.wiring import Workspace

RECENT = 8
MOST_FIGURES = 20
"""So many workflows have figures of their own; the screen shows no more."""
MOST_RECIPES = 200
"""So many recipes are read for their success metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a dashboard was asked for."""

    chosen: RunFilter
    period: Period
    now: datetime
    zone: tzinfo
    include_simulated: bool = False
    statuses: frozenset[RunStatus] | None = None
    """Which runs, workflows and rooms are listed, by their (last) status; figures count all."""

    def span(self, reader: sqlite3.Connection) -> tuple[datetime, datetime]:
        """The period's beginning and end; a run that starts in this very moment is part of it."""
        return self.period.since or _beginning(reader, self.now), self.period.until or self.now + timedelta(seconds=1)


def gather(reader: sqlite3.Connection, workspace: Workspace, asked: Question) -> Dashboard:
    """All that the dashboard shows, as one moment of the database saw it."""
    from avops.model.run import Simulated
    from avops.report.charts import bars_of
    from avops.report.dash import Dashboard
    from avops.telemetry import kpis, names, queries, step_figures
    from avops.telemetry.database import snapshot
    from avops.telemetry.rollups import quantile_s
    from avops.telemetry.schedule_health import schedule_health

    with snapshot(reader):
        chosen, now = asked.chosen, asked.now
        since, until = asked.span(reader)
        before_since = since - (until - since)
        has_before = asked.period.since is not None
        simulated = asked.include_simulated
        report = kpis.kpis(reader, since=since, until=until, chosen=chosen, include_simulated=simulated)
        shown = None if simulated else frozenset({Simulated.NO, Simulated.PARTLY})
        listed = replace(chosen, since=since, until=until, simulated=shown, status=asked.statuses)
        active = partial(names.active_workflows, reader, chosen=chosen, include_simulated=simulated)
        failures = step_figures.failures(reader, since=since, until=until, chosen=chosen, include_simulated=simulated)
        series = kpis.day_series(reader, since=since, until=until, zone=asked.zone, chosen=chosen, include_simulated=simulated)
        return Dashboard(
            now=now,
            words=asked.period.words,
            since=since,
            until=until,
            filters=_filters(asked),
            current=report.current,
            before=report.before if has_before else None,
            active_workflows=active(since=since, until=until),
            active_before=active(since=before_since, until=since) if has_before else None,
            waiting=names.open_decisions_at(reader, now, chosen),
            waiting_before=names.open_decisions_at(reader, since, chosen) if has_before else None,
            days=bars_of(series, lambda buckets: quantile_s(buckets, 0.95)),
            workflows=_workflow_states(reader, workspace, asked, since, until),
            recent=queries.list_runs(reader, listed, limit=RECENT),
            failing_steps=failures.steps,
            failing_tools=failures.tools,
            targets=_targets(reader, workspace, asked, since, until),
            spending=step_figures.spending(reader, since=since, until=until, chosen=chosen),
            spending_before=step_figures.spending(reader, since=before_since, until=since, chosen=chosen) if has_before else None,
            schedule=schedule_health(reader, now=now, since=since),
        )


def gather_rooms(reader: sqlite3.Connection, workspace: Workspace, asked: Question) -> Board:
    """All that the room board shows, as one moment of the database saw it."""
    from avops.report.rooms import Board
    from avops.telemetry import queries
    from avops.telemetry.database import snapshot
    from avops.telemetry.room_board import room_states

    with snapshot(reader):
        since, until = asked.span(reader)
        states = room_states(reader, since=since, until=until, chosen=asked.chosen, include_simulated=asked.include_simulated)
        seen = {state.room for state in states}
        if asked.statuses is not None:
            states = [state for state in states if state.last.status in asked.statuses]
        shown = {state.room for state in states}
        waiting = [(item.decision, item.run) for item in queries.inbox(reader) if item.run.room in shown]
    return Board(
        now=asked.now,
        words=asked.period.words,
        filters=_filters(asked),
        rooms=states,
        waiting=waiting,
        never_ran=0 if asked.chosen.names else _without_runs(workspace, seen),
    )


def _without_runs(workspace: Workspace, seen: set[str]) -> int | None:
    """How many rooms of the room list have no run; None when the list cannot be read."""
    from avops.errors import AvopsError
    from avops.project.names import folded

    known = {folded(room) for room in seen}
    try:
        return sum(folded(room.key) not in known for room in workspace.project.rooms.required())
    except AvopsError:
        return None


def _filters(asked: Question) -> Mapping[str, str]:
    found = dict(asked.chosen.names)
    if asked.statuses is not None:
        found["status"] = " or ".join(sorted(asked.statuses))
    return found


def _beginning(reader: sqlite3.Connection, now: datetime) -> datetime:
    """When the first run started: where a period without a beginning begins."""
    from avops.telemetry.rows import from_micros

    (first,) = reader.execute("SELECT min(started_at) FROM runs").fetchone()
    return now if first is None else from_micros(first)


def _workflow_states(
    reader: sqlite3.Connection, workspace: Workspace, asked: Question, since: datetime, until: datetime
) -> list[WorkflowState]:
    """The project's workflows with their last and next runs and their figures; with a filter, only those it leaves.

    Files are only asked for their names: what else they say is taken from what the schedule last read.
    """
    from avops.project.names import folded
    from avops.report.dash_facts import WorkflowState
    from avops.report.dash_parts import most_urgent
    from avops.telemetry import names, queries

    chosen = asked.chosen
    found = [name for name, _ in workspace.project.workflows.names]
    if chosen.workflow is not None:
        found = [name for name in found if folded(name) == folded(chosen.workflow)]
    last = queries.last_runs(reader, found, include_simulated=asked.include_simulated)
    filters = {name: value for name, value in chosen.names.items() if name != "workflow"}
    if filters:
        last = {name: run for name, run in last.items() if all(getattr(run, key) == value for key, value in filters.items())}
    if asked.statuses is not None:
        last = {name: run for name, run in last.items() if run.status in asked.statuses}
    if filters or asked.statuses is not None:
        found = [name for name in found if name in last]
    scheduled = names.scheduled_names(reader, asked.now)
    silent = [] if asked.include_simulated else [name for name in found if name not in last]
    simulated = queries.last_runs(reader, silent, include_simulated=True)
    states = []
    for name in found:
        known = scheduled.get(folded(name))
        enabled = known is None or known.enabled
        next_at = known.due_at if known else None
        states.append(WorkflowState(name=name, enabled=enabled, last=last.get(name), next_at=next_at, only_simulated=name in simulated))
    shown = [state.name for state in most_urgent(states)[:MOST_FIGURES]]
    figures = _figures(reader, "workflow", shown, asked, (since, until))
    return [replace(state, figures=figures.get(state.name)) for state in states]


def _figures(
    reader: sqlite3.Connection, dimension: str, found: Iterable[str], asked: Question, span: tuple[datetime, datetime]
) -> dict[str, NameFigures]:
    from avops.telemetry.by_name import figures_by_name

    return figures_by_name(
        reader,
        "workflow" if dimension == "workflow" else "recipe",
        found,
        since=span[0],
        until=span[1],
        chosen=asked.chosen,
        include_simulated=asked.include_simulated,
    )


def _targets(reader: sqlite3.Connection, workspace: Workspace, asked: Question, since: datetime, until: datetime) -> list[Target]:
    """The success metrics of the project's recipes beside what the period's runs reached."""
    from avops.cli.metrics import targets_of, written_metrics
    from avops.telemetry.names import known_names

    chosen = asked.chosen
    ran = set(known_names(reader, "recipe")) if chosen.recipe is None else {chosen.recipe}
    entries = [(name, entry) for name, entry in workspace.project.recipes.names if name in ran][:MOST_RECIPES]
    metrics = {name: written for name, entry in entries if (written := written_metrics(entry))}
    figures = _figures(reader, "recipe", metrics, asked, (since, until))
    return [target for name, written in metrics.items() if name in figures for target in targets_of(name, written, figures[name])]
