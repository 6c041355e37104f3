"""`avops tick`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from avops.report.tick_page import TickLine
    from avops.schedule.tick_report import LeftOut, TickReport
    from avops.wiring import Workspace

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Run what is due; made for cron."


@app.command(help=f"{HELP}\n\nExample: avops tick --dry-run --at 2026-03-02T06:00:00Z")
def tick(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would run, and run nothing.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were this instant, with its offset.")] = None,
    forever: Annotated[bool, typer.Option("--forever", help="Tick every minute until SIGTERM or Ctrl-C; made for a service.")] = False,
    parallel: Annotated[int | None, typer.Option("--parallel", min=1, max=1000, help="How many runs at once; default 8.")] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON; with --forever a line for each tick.")] = False,
) -> int:
    """Runs each due slot once, however many ticks overlap. Off a terminal, a tick with nothing to say prints nothing."""
    from avops import wiring
    from avops.report.silent import Silent

    workspace = wiring.open_workspace()
    names = list(mock or [])
    mocked = True if "*" in names else names
    if forever:
        if dry_run or at is not None:
            raise UsageError("--forever stands alone: it takes neither --at nor --dry-run", hint="avops tick --dry-run --at TIME")
        wiring.tick_for_ever(
            workspace, Silent(), lambda report: _tell(report, workspace, as_json=as_json, all_of_it=False), parallel=parallel, mock=mocked
        )
        return 0
    report = wiring.tick(workspace, Silent(), now=instant(at), dry_run=dry_run, parallel=parallel, mock=mocked)
    _tell(report, workspace, as_json=as_json, all_of_it=dry_run or as_json or sys.stdout.isatty())
    return report.exit_code


FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Instants outside cannot be reckoned with: a calendar ends, and so do its rules."""


def instant(text: str | None) -> datetime | None:
    """The instant that a person typed, in UTC; UsageError for one without an offset."""
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no instant", hint="write it like 2026-03-02T06:00:00Z") from None
    if typed.tzinfo is None:
        raise UsageError(f"'{text}' says no time zone", hint="add Z, or an offset such as +01:00")
    if not FIRST_YEAR <= typed.year <= LAST_YEAR:
        raise UsageError(f"'{text}' is too far away", hint=f"name an instant of the years {FIRST_YEAR} to {LAST_YEAR}")
    return typed.astimezone(UTC)


def _tell(report: TickReport, workspace: Workspace, *, as_json: bool, all_of_it: bool) -> None:
    if not all_of_it and report.is_quiet:
        return
    if as_json:
        _print_json(report, indent=2 if all_of_it else None)
    else:
        _show(report, workspace.timezone)
    sys.stdout.flush()


def _show(report: TickReport, timezone: str) -> None:
    from avops.cli.screen import show, zone_of
    from avops.report.diagnostics import visible
    from avops.report.tick_page import TickLine, tick_page

    lines = [
        TickLine(
            workflow=slot.workflow,
            first=slot.planned_at,
            result=f"run {slot.run_id} {slot.status}" if slot.run_id is not None else "would run",
            why="caught up" if slot.is_caught_up else "",
            is_good=slot.status in ("success", None),
        )
        for slot in report.ran
    ]
    for word, entries in (("queued", report.queued), ("skipped", report.skipped), ("missed", report.missed)):
        lines += [_left(word, left) for left in entries]
    lines += [
        TickLine(workflow=failed.workflow, first=failed.planned_at, result="could not start", why=failed.message, is_good=False)
        for failed in report.failed
    ]
    show(lambda sheet: tick_page(sheet, report.summary, lines), zone_of(timezone))
    sys.stdout.flush()
    for note in report.notes:
        print(f"note: {visible(note)}")
    if report.pause is not None:
        print(f"paused: {visible(report.pause.reason or 'no reason given')}")
    if report.error is not None:
        print(f"error: {visible(report.error)}", file=sys.stderr)
    for broken in report.broken:
        print(f"{visible(broken.path)} is broken: {visible(broken.message)}", file=sys.stderr)
    hints = [report.hint, *(failed.hint for failed in report.failed), "avops lint" if report.broken else None]
    for hint in dict.fromkeys(hint for hint in hints if hint):
        print(f"hint: {visible(hint)}", file=sys.stderr)


def _left(word: str, left: LeftOut) -> TickLine:
    from avops.report.tick_page import TickLine

    result = word if left.count == 1 else f"{left.count} {word}"
    return TickLine(workflow=left.workflow, first=left.first, last=left.last, result=result, why=left.reason or "")


def _print_json(report: TickReport, *, indent: int | None) -> None:
    import json
    from dataclasses import asdict
    from datetime import datetime

    def plain(value: object) -> object:
        return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)

    document = {**asdict(report), "summary": report.summary, "exit_code": report.exit_code}
    print(json.dumps(document, ensure_ascii=False, indent=indent, default=plain))
