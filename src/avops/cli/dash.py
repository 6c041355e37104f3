"""`avops dash`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

    from avops.cli.dash_data import Question
    from avops.report.sheet import Page, Sheet
    from avops.wiring import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Show the figures of the last days."


@app.command(help=f"{HELP}\n\nExample: avops dash --since 24h --room HQ-1")
def dash(
    since: Annotated[
        str, typer.Option("--since", metavar="PERIOD", help="24h, 7d, today, 2026-03-01, 2026-03-01..2026-03-07 or all.")
    ] = "7d",
    by: Annotated[str | None, typer.Option("--by", metavar="room", help="A board of the rooms instead: what needs a person first.")] = None,
    workflow: Annotated[str | None, typer.Option("--workflow", metavar="NAME", help="Only runs of this workflow.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="NAME", help="Only runs of this agent.")] = None,
    recipe: Annotated[str | None, typer.Option("--recipe", metavar="NAME", help="Only runs of this recipe.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="Only runs about this room.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="List only runs that stand so, and workflows and rooms whose last run does."),
    ] = None,
    include_simulated: Annotated[
        bool, typer.Option("--include-simulated", help="Count runs that were simulated altogether as well.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and look again every few seconds; q ends it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write one page that needs nothing else.")] = None,
) -> int:
    """Key figures with their change, workflows, runs per day, what fails, success metrics, recent runs."""
    from avops import wiring
    from avops.cli.screen import open_records

    _check(by, watch=watch, as_json=as_json, html=html)
    workspace = wiring.open_workspace()
    names = {"workflow": workflow, "agent": agent, "recipe": recipe, "room": room}
    with open_records(workspace.database) as reader:
        asked = _question(reader, workspace, since, names, status, include_simulated=include_simulated)
    if watch:
        from avops.cli.watch_dash import watch_dash

        return watch_dash(workspace, asked, since, by_room=by is not None)
    if by is not None:
        return _rooms(workspace, asked, as_json=as_json)
    return _dash(workspace, asked, as_json=as_json, html=html)


def _check(by: str | None, *, watch: bool, as_json: bool, html: Path | None) -> None:
    if by not in (None, "room"):
        raise UsageError(f"'--by {by}' is nothing that avops can rank by, expected room", hint="avops dash --by room")
    if by is not None and html is not None:
        raise UsageError("the page of --html has the rooms on it already", hint="leave out --by room")
    if watch and (as_json or html is not None):
        raise UsageError("--watch shows a screen, and stands neither with --json nor with --html", hint="leave out --watch")


def _question(
    reader: sqlite3.Connection,
    workspace: Workspace,
    since: str,
    names: dict[str, str | None],
    status: list[str] | None,
    *,
    include_simulated: bool,
) -> Question:
    from avops.cli.dash_data import Question
    from avops.cli.periods import parse_period
    from avops.cli.screen import chosen_runs, statuses_of, zone_of
    from avops.project.clock import SystemClock

    zone = zone_of(workspace.timezone)
    now = SystemClock().now()
    return Question(
        chosen=chosen_runs(reader, workflow=names["workflow"], agent=names["agent"], recipe=names["recipe"], room=names["room"]),
        period=parse_period(since, zone, now),
        now=now,
        zone=zone,
        include_simulated=include_simulated,
        statuses=statuses_of(status),
    )


def _rooms(workspace: Workspace, asked: Question, *, as_json: bool) -> int:
    from avops.cli.dash_data import gather_rooms
    from avops.cli.screen import open_records, show
    from avops.report.rooms import board_document, rooms_page

    with open_records(workspace.database) as reader:
        board = gather_rooms(reader, workspace, asked)
    if as_json:
        print(board_document(board))
    else:
        show(lambda sheet: rooms_page(sheet, board), asked.zone)
    return 0


def _dash(workspace: Workspace, asked: Question, *, as_json: bool, html: Path | None) -> int:
    from avops.cli.dash_data import gather, gather_rooms
    from avops.cli.screen import open_records, show, write_file

    with open_records(workspace.database) as reader:
        made = gather(reader, workspace, asked)
        board = gather_rooms(reader, workspace, asked) if html is not None else None
    if html is not None:
        from avops.report.dash_html import dash_html

        assert board is not None
        write_file(html, dash_html(made, board, asked.zone, workspace.project.root.name))
        print(html, file=sys.stderr)
    if as_json:
        from avops.report.dash_json import dash_document

        print(dash_document(made))
    elif html is None:
        from avops.report.dash import dash_page

        def page(sheet: Sheet) -> Page:
            return dash_page(sheet, made)

        show(page, asked.zone)
    return 0
