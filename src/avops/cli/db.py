"""`avops db`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

HELP = "Care for the database."

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops db check")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def root() -> None:
    """The sub-commands stand below."""


@app.command("info", help="Show what the database holds.\n\nExample: avops db info")
def info(as_json: AsJson = False) -> int:
    """Its file, its size, and how much is in it."""
    from avops import wiring
    from avops.cli.screen import show, zone_of
    from avops.report.database import database_page
    from avops.report.run_json import instant, to_json
    from avops.telemetry import upkeep

    workspace = wiring.open_workspace()
    found = upkeep.info(workspace.database)
    facts: dict[str, object] = {
        "path": str(found.path),
        "size_bytes": found.size_bytes,
        "wal_bytes": found.wal_bytes,
        "schema_version": found.schema_version,
        "runs": found.runs,
        "steps": found.steps,
        "artifacts": found.artifacts,
        "open_decisions": found.open_decisions,
        "texts": found.texts,
    }
    if as_json:
        print(to_json({**facts, "first_run_at": instant(found.first_run_at), "last_run_at": instant(found.last_run_at)}))
    else:
        span = (found.first_run_at, found.last_run_at)
        show(lambda sheet: database_page(sheet, facts, span), zone_of(workspace.timezone))
    return 0


@app.command("check", help="Look for damage, and for figures that do not match the runs.\n\nExample: avops db check")
def check(as_json: AsJson = False) -> int:
    """Exits 1 when something is wrong."""
    from avops import wiring
    from avops.report.diagnostics import visible
    from avops.report.run_json import to_json
    from avops.telemetry import upkeep

    workspace = wiring.open_workspace()
    problems = upkeep.check(workspace.database)
    if as_json:
        print(to_json({"path": str(workspace.database), "problems": problems}))
        return 1 if problems else 0
    for problem in problems:
        print(visible(problem))
    if not problems:
        print("sound")
        return 0
    mends = all(problem.startswith("the rollups") for problem in problems)
    print(f"hint: {'avops db rebuild' if mends else 'put back a copy: avops db backup makes them'}", file=sys.stderr)
    return 1


@app.command("backup", help="Copy the database, while others may go on writing.\n\nExample: avops db backup /mnt/backup/avops.db")
def backup(
    target: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; default: the backups folder beside the database.")
    ] = None,
) -> int:
    """Prints where the copy lies; an existing file is never overwritten."""
    from avops import wiring
    from avops.cli.screen import zone_of
    from avops.errors import AvopsError
    from avops.project.clock import SystemClock
    from avops.telemetry import upkeep

    workspace = wiring.open_workspace()
    stamp = SystemClock().now().astimezone(zone_of(workspace.timezone)).strftime("%Y-%m-%d")
    path = workspace.database
    wanted = target or path.parent / "backups" / f"{path.stem}-{stamp}.db"
    try:
        print(upkeep.backup(path, wanted))
    except OSError as error:
        raise AvopsError(f"'{wanted}' cannot be written: {(error.strerror or str(error)).lower()}") from error
    return 0


@app.command("rebuild", help="Count the dashboard's figures anew from the runs.\n\nExample: avops db rebuild")
def rebuild() -> int:
    """Safe at any time; running processes wait only briefly."""
    from avops import wiring
    from avops.telemetry import upkeep

    days = upkeep.rebuild_rollups(wiring.open_workspace().database)
    print(f"counted {days} day{'' if days == 1 else 's'} anew")
    return 0


@app.command("vacuum", help="Give the space of deleted runs back to the disk.\n\nExample: avops db vacuum")
def vacuum() -> int:
    """Needs as much free space as the database has, and the database to itself for a while."""
    from avops import wiring
    from avops.telemetry import upkeep

    print(f"{upkeep.vacuum(wiring.open_workspace().database) / 1e6:.1f} MB freed")
    return 0
