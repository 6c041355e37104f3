"""`avops dash`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime, tzinfo

    from avops.cli.periods import Period
    from avops.report.dash import Dashboard, WorkflowState
    from avops.telemetry.filters import RunFilter
    from avops.wiring import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Show the figures of the last days."

RECENT = 8


@app.command(help=f"{HELP}\n\nExample: avops dash --since 24h --room HQ-1")
def dash(
    since: Annotated[
        str, typer.Option("--since", metavar="PERIOD", help="24h, 7d, today, 2026-03-01, 2026-03-01..2026-03-07 or all.")
    ] = "7d",
    workflow: Annotated[str | None, typer.Option("--workflow", metavar="NAME", help="Only runs of this workflow.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="NAME", help="Only runs of this agent.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="Only runs about this room.")] = None,
    include_simulated: Annotated[
        bool, typer.Option("--include-simulated", help="Count runs that were simulated altogether as well.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> int:
    """Key figures with their change, workflows, runs per day, recent runs."""
    from avops import wiring
    from avops.cli.periods import parse_period
    from avops.cli.screen import chosen_runs, open_records, show, zone_of
    from avops.project.clock import SystemClock

    workspace = wiring.open_workspace()
    zone = zone_of(workspace.timezone)
    now = SystemClock().now()
    with open_records(workspace.database) as reader:
        chosen = chosen_runs(reader, workflow=workflow, agent=agent, room=room)
        states = workflow_states(workspace, reader, chosen, now=now, include_simulated=include_simulated)
        made = gather(
            reader, chosen, parse_period(since, zone, now), now=now, zone=zone, include_simulated=include_simulated, workflows=states
        )
    if as_json:
        from avops.report.dash_json import dash_document

        print(dash_document(made))
    else:
        from avops.report.dash import dash_page

        show(lambda sheet: dash_page(sheet, made), zone)
    return 0


def gather(
    reader: sqlite3.Connection,
    chosen: RunFilter,
    period: Period,
    *,
    now: datetime,
    zone: tzinfo,
    include_simulated: bool,
    workflows: list[WorkflowState],
) -> Dashboard:
    """All that the dashboard shows, as one moment of the database saw it."""
    from dataclasses import replace

    from avops.model.run import Simulated
    from avops.report.charts import bars_of
    from avops.report.dash import Dashboard
    from avops.telemetry import kpis, names, queries
    from avops.telemetry.database import snapshot

    with snapshot(reader):
        # A run that starts in this very moment is part of the period.
        until = period.until or now + timedelta(seconds=1)
        beginning = period.since or _beginning(reader, now)
        report = kpis.kpis(reader, since=beginning, until=until, chosen=chosen, include_simulated=include_simulated)
        has_before = period.since is not None
        before_since = beginning - (until - beginning)
        shown = None if include_simulated else frozenset({Simulated.NO, Simulated.PARTLY})
        listed = replace(chosen, since=beginning, until=until, simulated=shown)
        waiting = names.open_decisions_at(reader, now, chosen)
        return Dashboard(
            now=now,
            words=period.words,
            since=beginning,
            until=until,
            filters=chosen.names,
            current=report.current,
            before=report.before if has_before else None,
            active_workflows=names.active_workflows(
                reader, since=beginning, until=until, chosen=chosen, include_simulated=include_simulated
            ),
            active_before=names.active_workflows(
                reader, since=before_since, until=beginning, chosen=chosen, include_simulated=include_simulated
            )
            if has_before
            else None,
            waiting=waiting,
            waiting_before=names.open_decisions_at(reader, beginning, chosen) if has_before else None,
            days=bars_of(
                kpis.day_series(reader, since=beginning, until=until, zone=zone, chosen=chosen, include_simulated=include_simulated)
            ),
            workflows=workflows,
            recent=queries.list_runs(reader, listed, limit=RECENT),
        )


def _beginning(reader: sqlite3.Connection, now: datetime) -> datetime:
    """When the first run started: where a period without a beginning begins."""
    from avops.telemetry.rows import from_micros

    (first,) = reader.execute("SELECT min(started_at) FROM runs").fetchone()
    return now if first is None else from_micros(first)


def workflow_states(
    workspace: Workspace, reader: sqlite3.Connection, chosen: RunFilter, *, now: datetime, include_simulated: bool
) -> list[WorkflowState]:
    """The project's workflows with their last and next runs; with a filter, only those it leaves.

    Files are only asked for their names: what else they say is taken from what the schedule last read.
    """
    from avops.project.names import folded
    from avops.report.dash import WorkflowState
    from avops.telemetry import names, queries

    found = [name for name, _ in workspace.project.workflows.names]
    if chosen.workflow is not None:
        found = [name for name in found if folded(name) == folded(chosen.workflow)]
    last = queries.last_runs(reader, found, include_simulated=include_simulated)
    if chosen.agent is not None or chosen.room is not None:
        last = {name: run for name, run in last.items() if chosen.agent in (None, run.agent) and chosen.room in (None, run.room)}
        found = [name for name in found if name in last]
    scheduled = names.scheduled_names(reader, now)
    states = []
    for name in found:
        known = scheduled.get(folded(name))
        states.append(
            WorkflowState(
                name=name,
                enabled=known is None or known.enabled,
                last=last.get(name),
                next_at=known.due_at if known else None,
            )
        )
    return states
