"""`avops init DIR`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Make a project with starter content."


@app.command(help=f"{HELP}\n\nExample: avops init av-ops --yes")
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; default: the current folder.")] = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Put the starter's files back as they were; yours are kept as .bak.")] = False,
) -> int:
    """Makes what is missing and keeps what is there; safe to repeat."""
    from avops.project.starter import seed

    if not yes and sys.stdin.isatty() and not typer.confirm(f"Make an avops project in '{folder.resolve()}'?", default=True):
        return 1
    seeded = seed(folder, reset=reset)
    for path in seeded.restored:
        print(f"restored {path} (yours is kept as {path}.bak)")
    for path in seeded.kept:
        print(f"kept     {path} (it differs from the starter's)")
    print(f"{len(seeded.made)} files made, {len(seeded.kept)} kept, {len(seeded.same)} as they were, {len(seeded.restored)} restored")
    print("next:", file=sys.stderr)
    if folder != Path():
        print(f"  cd {folder}", file=sys.stderr)
    print("  avops lint", file=sys.stderr)
    print("  avops sim &", file=sys.stderr)
    print("  avops run Zoom_Room_Agent 'Display Fix' --room HQ-1", file=sys.stderr)
    return 0
