"""What `--watch` shows: the dashboard, the room board, a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avops.cli.watch import Watch, watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from avops.cli.dash_data import Question
    from avops.report.sheet import Page, Sheet
    from avops.wiring import Workspace

MOST_CHILDREN = 10_000


def watch_dash(workspace: Workspace, asked: Question, since: str, *, by_room: bool) -> int:
    """The dashboard or the room board, from which runs can be opened, until a person ends it."""
    from avops.cli.dash_data import gather, gather_rooms
    from avops.cli.periods import parse_period
    from avops.cli.screen import open_records
    from avops.project.clock import SystemClock
    from avops.report.dash import dash_page
    from avops.report.rooms import rooms_page

    def page(sheet: Sheet) -> Page:
        now = SystemClock().now()
        question = replace(asked, now=now, period=parse_period(since, asked.zone, now))
        with open_records(workspace.database) as reader:
            if by_room:
                return rooms_page(sheet, gather_rooms(reader, workspace, question))
            return dash_page(sheet, gather(reader, workspace, question))

    watch(Watch(page, lambda run: run_maker(workspace, run)), asked.zone)
    return 0


def watch_run(workspace: Workspace, run: int, zone: tzinfo) -> None:
    """One run as it goes on, until a person ends it."""
    watch(Watch(run_maker(workspace, run), lambda other: run_maker(workspace, other)), zone)


def run_maker(workspace: Workspace, run: int) -> Callable[[Sheet], Page]:
    """Reads a run anew and lays it out."""
    from avops.cli.screen import open_records
    from avops.report.run_view import run_page
    from avops.telemetry import queries
    from avops.telemetry.filters import RunFilter

    def page(sheet: Sheet) -> Page:
        with open_records(workspace.database) as reader:
            facts = (queries.run(reader, run), queries.steps(reader, run), queries.artifacts(reader, run), queries.decisions(reader, run))
            children = [] if facts[1] else queries.list_runs(reader, RunFilter(parent_id=run), limit=MOST_CHILDREN)
        return run_page(sheet, *facts, children=children)

    return page
