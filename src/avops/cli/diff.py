"""`avops diff [BASE]`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from avops.model.change import BlastRadius

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Say what a change means: the blast radius."
FORMATS = ("json", "markdown", "text")
REASONS = ("irreversible",)


@app.command(help=f"{HELP}\n\nExample: avops diff origin/main --format markdown")
def diff(
    base: Annotated[
        str | None, typer.Argument(metavar="[BASE]", help="A branch or commit; default: the pull request's target, else the main branch.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")] = "text",
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", metavar="WHAT", help="'irreversible': exit 1 when something irreversible was added.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> int:
    """Compares the project where this branch left BASE with the working tree. Nothing is run, and nothing connected to."""
    from pathlib import Path

    from avops.project.project import find_project
    from avops.wiring.diffing import project_diff

    if format_ not in FORMATS:
        raise UsageError(f"no format is called '{format_}'", hint=f"expected one of {', '.join(FORMATS)}")
    if fail_on is not None and fail_on not in REASONS:
        raise UsageError(f"--fail-on cannot be '{fail_on}'", hint=f"expected one of {', '.join(REASONS)}")
    radius = project_diff(find_project(Path.cwd()).root, base)
    _tell(radius, "json" if as_json else format_)
    return 1 if fail_on == "irreversible" and radius.irreversible else 0


def _tell(radius: BlastRadius, format_: str) -> None:
    if format_ == "json":
        from avops.report.diff_json import diff_json

        sys.stdout.write(diff_json(radius))
    elif format_ == "markdown":
        from avops.report.diff_markdown import diff_markdown

        sys.stdout.write(diff_markdown(radius))
    else:
        from datetime import UTC

        from avops.cli.screen import show
        from avops.report.diff_text import diff_page

        show(lambda sheet: diff_page(sheet, radius), UTC)
