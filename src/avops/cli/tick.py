"""`avops tick`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from avops.schedule.tick_report import LeftOut, TickReport

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Run what is due; made for cron."


@app.command(help=f"{HELP}\n\nExample: avops tick --dry-run --at 2026-03-02T06:00:00Z")
def tick(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would run, and run nothing.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were this instant, with its offset.")] = None,
    parallel: Annotated[int | None, typer.Option("--parallel", min=1, max=1000, help="How many runs at once; default 8.")] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """Runs each due slot once, however many ticks overlap. Off a terminal, a tick with nothing to say prints nothing."""
    from avops import wiring
    from avops.report.silent import Silent

    workspace = wiring.open_workspace()
    names = list(mock or [])
    report = wiring.tick(workspace, Silent(), now=_instant(at), dry_run=dry_run, parallel=parallel, mock=True if "*" in names else names)
    if as_json:
        _print_json(report)
    elif sys.stdout.isatty() or dry_run or not report.is_quiet:
        _show(report, workspace.timezone)
    return report.exit_code


def _instant(text: str | None) -> datetime | None:
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no instant", hint="write it like 2026-03-02T06:00:00Z") from None
    if instant.tzinfo is None:
        raise UsageError(f"'{text}' says no time zone", hint="add Z, or an offset such as +01:00")
    return instant.astimezone(UTC)


def _show(report: TickReport, timezone: str) -> None:
    from avops.report.diagnostics import visible

    local = _clock(timezone)
    print(report.summary)
    for slot in report.ran:
        what = f"run {slot.run_id} {slot.status}" if slot.run_id is not None else "would run"
        late = ", caught up" if slot.is_caught_up else ""
        print(f"  {visible(slot.workflow)}  {local(slot.planned_at)}{late}  {what}")
    for word, entries in (("queued", report.queued), ("skipped", report.skipped), ("missed", report.missed)):
        for left in entries:
            print(f"  {visible(left.workflow)}  {_span(left, local)}  {word}{': ' + visible(left.reason) if left.reason else ''}")
    for failed in report.failed:
        print(f"  {visible(failed.workflow)}  {local(failed.planned_at)}  could not start: {visible(failed.message)}", file=sys.stderr)
        if failed.hint:
            print(f"    hint: {visible(failed.hint)}", file=sys.stderr)
    for broken in report.broken:
        print(f"  {broken.path}  broken: {visible(broken.message)}", file=sys.stderr)
    if report.broken:
        print("hint: avops lint", file=sys.stderr)
    for note in report.notes:
        print(f"  note: {visible(note)}")
    if report.pause is not None:
        print(f"  paused: {visible(report.pause.reason or 'no reason given')}")


def _span(left: LeftOut, local: Callable[[datetime], str]) -> str:
    return local(left.first) if left.count == 1 else f"{left.count} from {local(left.first)} to {local(left.last)}"


def _clock(timezone: str) -> Callable[[datetime], str]:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(timezone)
    return lambda instant: f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _print_json(report: TickReport) -> None:
    import json
    from dataclasses import asdict

    print(json.dumps({**asdict(report), "summary": report.summary}, ensure_ascii=False, indent=2, default=str))
