"""`avops import FILE.zip`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Take a bundle in: one of avops, or one of the AV-AIops Streamlit app."


@app.command(help=f"{HELP}\n\nExample: avops import av-ops.zip --merge rename --dry-run")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The bundle.")],
    merge: Annotated[
        str, typer.Option("--merge", metavar="HOW", help="What to do with names that are taken: skip, overwrite or rename.")
    ] = "skip",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """All of it, or nothing. Tools come in untrusted, workflows switched off."""
    from avops import wiring
    from avops.bundle.outcome import MERGES
    from avops.cli.bundle_report import print_import
    from avops.errors import UsageError
    from avops.project.clock import SystemClock
    from avops.project.suggestions import did_you_mean
    from avops.wiring.bundling import import_bundle

    how = next((each for each in MERGES if each == merge), None)
    if how is None:
        raise UsageError(f"--merge does not know '{merge}', expected one of {', '.join(sorted(MERGES))}", hint=did_you_mean(merge, MERGES))
    report = import_bundle(wiring.open_workspace(), file, how, dry_run=dry_run, now=SystemClock().now())
    print_import(report, as_json=as_json, out=sys.stdout)
    return 0
