"""`avops runs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import tzinfo

    from avops.telemetry.filters import RunFilter

HELP = "Look at past and present runs."

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops runs list --status failed"
)

Workflow = Annotated[str | None, typer.Option("--workflow", metavar="NAME", help="Only runs of this workflow.")]
Agent = Annotated[str | None, typer.Option("--agent", metavar="NAME", help="Only runs of this agent.")]
Recipe = Annotated[str | None, typer.Option("--recipe", metavar="NAME", help="Only runs of this recipe.")]
Room = Annotated[str | None, typer.Option("--room", metavar="KEY", help="Only runs about this room.")]
Status = Annotated[list[str] | None, typer.Option("--status", metavar="STATUS", help="Only runs that stand so; may be repeated.")]
Since = Annotated[str, typer.Option("--since", metavar="PERIOD", help="24h, 7d, today, 2026-03-01, 2026-03-01..2026-03-07 or all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_MOST_CHILDREN = 10_000
RunId = Annotated[int, typer.Argument(metavar="RUN", help="The run's number.")]


@app.callback()
def root() -> None:
    """The sub-commands stand below."""


def _chosen(
    connection: sqlite3.Connection,
    zone: tzinfo,
    since: str,
    *,
    status: list[str] | None,
    parent: int | None,
    workflow: str | None,
    agent: str | None,
    recipe: str | None,
    room: str | None,
) -> RunFilter:
    from dataclasses import replace

    from avops.cli.periods import parse_period
    from avops.cli.screen import chosen_runs, statuses_of
    from avops.project.clock import SystemClock

    period = parse_period(since, zone, SystemClock().now())
    found = chosen_runs(connection, since=period.since, until=period.until, workflow=workflow, agent=agent, recipe=recipe, room=room)
    return replace(found, parent_id=parent, status=statuses_of(status))


@app.command("list", help="List runs, newest first.\n\nExample: avops runs list --since 24h --status failed --room HQ-1")
def list_runs(
    workflow: Workflow = None,
    agent: Agent = None,
    recipe: Recipe = None,
    room: Room = None,
    status: Status = None,
    since: Since = "all",
    parent: Annotated[int | None, typer.Option("--parent", metavar="RUN", help="Only the runs that this one started.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 25,
    before: Annotated[int | None, typer.Option("--before", metavar="RUN", help="Go on after this run, the last of a page.")] = None,
    as_json: AsJson = False,
) -> int:
    """Runs that all filters choose."""
    from avops import wiring
    from avops.cli.screen import open_records, show, zone_of
    from avops.telemetry import queries

    workspace = wiring.open_workspace()
    zone = zone_of(workspace.timezone)
    with open_records(workspace.database) as reader:
        chosen = _chosen(reader, zone, since, status=status, parent=parent, workflow=workflow, agent=agent, recipe=recipe, room=room)
        found = queries.list_runs(reader, chosen, limit=limit + 1, before_id=before)
    if as_json:
        from avops.report.run_json import runs_document

        print(runs_document(found[:limit]))
    else:
        from avops.report.runs_table import runs_page

        show(lambda sheet: runs_page(sheet, found[:limit], more=len(found) > limit), zone)
    return 0


@app.command("show", help="Show one run, step by step.\n\nExample: avops runs show 42 --full")
def show_run(
    run: RunId,
    full: Annotated[bool, typer.Option("--full", help="Unfold every attempt, argument and answer.")] = False,
    step: Annotated[str | None, typer.Option("--step", metavar="KEY", help="Only this step, in full: act.0")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and follow the run; q ends it.")] = False,
    as_json: AsJson = False,
) -> int:
    """A run by phase, with what it called, read and left behind."""
    from avops import wiring
    from avops.cli.screen import open_records, show, zone_of
    from avops.telemetry import queries
    from avops.telemetry.filters import RunFilter

    workspace = wiring.open_workspace()
    zone = zone_of(workspace.timezone)
    if watch:
        if as_json or full or step is not None:
            raise UsageError(
                "--watch shows a screen, and stands with none of --full, --step and --json", hint=f"avops runs show {run} --watch"
            )
        from avops.cli.watch_dash import watch_run

        watch_run(workspace, run, zone)
        return 0
    with open_records(workspace.database) as reader:
        facts = (queries.run(reader, run), queries.steps(reader, run), queries.artifacts(reader, run), queries.decisions(reader, run))
        # Only a run over many rooms has children, and it has no steps of its own.
        children = [] if facts[1] else queries.list_runs(reader, RunFilter(parent_id=run), limit=_MOST_CHILDREN)
    if step is not None:
        _require_step(run, step, [record.intent.key for record in facts[1]])
    if as_json:
        from avops.report.run_json import run_document

        of_step = [record for record in facts[1] if step is None or _belongs(record.intent.key, step)]
        print(run_document(facts[0], of_step, facts[2], facts[3]))
    else:
        from avops.report.run_view import run_page

        show(lambda sheet: run_page(sheet, *facts, full=full, only=step, children=children), zone)
    return 0


def _belongs(key: str, step: str) -> bool:
    from avops.report.step_keys import place_of

    return key == step or place_of(key).owner == step or key.startswith((f"{step}/", f"{step}["))


def _require_step(run: int, step: str, keys: list[str]) -> None:
    from avops.errors import NotFoundError
    from avops.report.step_keys import place_of

    if not any(_belongs(key, step) for key in keys):
        steps = sorted({place_of(key).owner for key in keys})
        listed = ", ".join(steps[:20]) + (f" and {len(steps) - 20} more" if len(steps) > 20 else "")
        raise NotFoundError(f"run {run} has no step '{step}', expected one of {listed}", hint=f"avops runs show {run}")


@app.command("compare", help="Show where two runs of a recipe parted.\n\nExample: avops runs compare 41 42")
def compare(
    first: Annotated[int, typer.Argument(metavar="RUN", help="One run's number.")],
    second: Annotated[int, typer.Argument(metavar="RUN", help="The other's.")],
    as_json: AsJson = False,
) -> int:
    """The first step that went another way, and all that differed."""
    from avops import wiring
    from avops.cli.screen import open_records, show, zone_of
    from avops.report.compare import Side, compare_document, compare_page
    from avops.report.run_json import to_json
    from avops.telemetry import queries

    def side(reader: sqlite3.Connection, run: int) -> Side:
        return Side(run=queries.run(reader, run), start=queries.start(reader, run), steps=queries.steps(reader, run))

    workspace = wiring.open_workspace()
    with open_records(workspace.database) as reader:
        left, right = side(reader, first), side(reader, second)
    if left.run.recipe != right.run.recipe:
        raise UsageError(
            f"run {first} is of '{left.run.recipe}', run {second} of '{right.run.recipe}': only runs of one recipe can be compared",
            hint=f"avops runs list --recipe '{left.run.recipe}'",
        )
    if as_json:
        print(to_json(compare_document(left, right)))
    else:
        show(lambda sheet: compare_page(sheet, left, right), zone_of(workspace.timezone))
    return 0


@app.command("artifacts", help="List what a run left behind, or open it.\n\nExample: avops runs artifacts 42 --open")
def artifacts(
    run: RunId,
    opens: Annotated[bool, typer.Option("--open", help="Open addresses and files in this machine's browser.")] = False,
    as_json: AsJson = False,
) -> int:
    """Tickets, messages, files, each with its id or address."""
    from avops import wiring
    from avops.cli.screen import open_records, show, zone_of
    from avops.report.artifacts import artifacts_page
    from avops.report.run_json import artifact_fields, to_json
    from avops.telemetry import queries

    workspace = wiring.open_workspace()
    with open_records(workspace.database) as reader:
        queries.run(reader, run)
        found = queries.artifacts(reader, run)
    if opens:
        from avops.cli.runs_report import open_artifacts

        return open_artifacts(run, found, workspace.root)
    if as_json:
        print(to_json([artifact_fields(artifact) for artifact in found]))
    else:
        show(lambda sheet: artifacts_page(sheet, run, found), zone_of(workspace.timezone))
    return 0


@app.command("export", help="Write runs for other programs, oldest first.\n\nExample: avops runs export --format csv --output runs.csv")
def export(
    layout: Annotated[str, typer.Option("--format", metavar="jsonl|csv", help="JSON Lines, or CSV with a header.")] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="The file; default: standard output.")] = None,
    workflow: Workflow = None,
    agent: Agent = None,
    recipe: Recipe = None,
    room: Room = None,
    status: Status = None,
    since: Since = "all",
) -> int:
    """A line per run; nothing is kept in memory."""
    from avops import wiring
    from avops.cli.screen import open_records, write_file, zone_of
    from avops.telemetry.exports import export_runs

    if layout not in ("csv", "jsonl"):
        raise UsageError(f"no format '{layout}', expected one of csv, jsonl")
    workspace = wiring.open_workspace()
    with open_records(workspace.database) as reader:
        chosen = _chosen(
            reader,
            zone_of(workspace.timezone),
            since,
            status=status,
            parent=None,
            workflow=workflow,
            agent=agent,
            recipe=recipe,
            room=room,
        )
        lines = export_runs(reader, chosen, layout="csv" if layout == "csv" else "jsonl")
        if output is None:
            for line in lines:
                sys.stdout.write(f"{line}\n")
            return 0
        number = 0

        def counted() -> Iterator[str]:
            nonlocal number
            for line in lines:
                number += 1
                yield f"{line}\n"

        write_file(output, counted())
        print(f"{number} lines in {output}", file=sys.stderr)
    return 0


@app.command("report", help="Write one run for people outside.\n\nExample: avops runs report 42 --pdf run-42.pdf")
def report(
    run: RunId,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="As PDF.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="As a page that needs nothing else.")] = None,
    markdown: Annotated[Path | None, typer.Option("--md", metavar="FILE", help="As Markdown; default: to standard output.")] = None,
) -> int:
    """What was done, in which order, and what came of it, without the folds of `show`."""
    from avops.cli.runs_report import write_report

    return write_report(run, {"pdf": pdf, "html": html, "md": markdown})


@app.command("prune", help="Delete old ended runs.\n\nExample: avops runs prune --older-than 90d --keep 20")
def prune(
    older_than: Annotated[str, typer.Option("--older-than", metavar="AGE", help="Runs that started before: 90d, 12w, 48h.")],
    keep: Annotated[int, typer.Option("--keep", min=0, max=100_000, help="So many of the newest runs of each recipe stay.")] = 20,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
) -> int:
    """Runs that wait or were interrupted stay, however old. The figures follow."""
    from avops.cli.runs_report import prune_runs

    return prune_runs(older_than, keep, dry_run=dry_run)


@app.command("enter", help="Record what was ticked on a card.\n\nExample: avops runs enter card.txt")
def enter_card(
    card: Annotated[str, typer.Argument(metavar="CARD", help="A filled text card, '-' for standard input, or the id of one on paper.")],
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The room, where the card does not name it.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; may be repeated.")] = None,
    started: Annotated[
        str | None, typer.Option("--started", metavar="TIME", help="When the work began; default: as the card says.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="When it ended; default: as the card says, else now.")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also when the recipe has changed since the card was printed.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also when this very card was entered before.")] = False,
    as_json: AsJson = False,
) -> int:
    """A run that says it was done by hand; a success only if every check of Verify was ticked."""
    from avops.cli.runs_enter import Entry, enter

    entry = Entry(room=room, inputs=inputs or [], started=started, ended=at, anyway=anyway, again=again, as_json=as_json)
    return enter(card, entry)


@app.command("record", help="Make a recipe test from a run.\n\nExample: avops runs record 42 > recipes/display-fix.test.yaml")
def record(run: RunId) -> int:
    """Prints the test, redacted as the run was kept."""
    from avops.cli.runs_record import record_run

    return record_run(run)
