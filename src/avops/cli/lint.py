"""`avops lint [PATH…]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from avops.report.lint_report import LintData

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Check the project's YAML."
FORMATS = ("concise", "text")


@app.command(help=f"{HELP}\n\nExample: avops lint recipes/display-fix.yaml --format concise")
def lint(
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH…]", help="Files or folders; '-' reads one document.")] = None,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")] = "text",
    select: Annotated[list[str] | None, typer.Option("--select", metavar="RULE", help="Only these rules, by name or number.")] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="RULE", help="Without these rules.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="minimal, team or strict; default: as avops.yaml says.")] = None,
) -> int:
    """Exits 0 when nothing is found, 1 on findings, 2 on wrong usage, 3 when it could not check."""
    from avops.wiring.linting import lint_data, lint_scheduling

    if format_ not in FORMATS:
        raise UsageError(f"no format is called '{format_}'", hint=f"expected one of {', '.join(FORMATS)}")
    from avops.lint.run import Request
    from avops.lint.run import lint as check
    from avops.lint.run import lint_text as check_text

    given = paths or []
    request = Request(
        start=Path.cwd(),
        paths=[Path(path) for path in given if path != "-"],
        select=_words(select),
        ignore=_words(ignore),
        profile=profile,
        scheduling=lint_scheduling(),
    )
    if "-" in given:
        if len(given) > 1:
            raise UsageError("'-' cannot stand beside other paths")
        report = check_text(sys.stdin.buffer.read(), request)
    else:
        report = check(request)
    sys.stdout.write(rendered(lint_data(report), format_))
    return 1 if report.has_findings else 0


def rendered(data: LintData, format_: str) -> str:
    """The report in one of the formats."""
    from avops.report import lint_text

    return lint_text.lint_concise(data) if format_ == "concise" else lint_text.lint_text(data)


def _words(given: list[str] | None) -> list[str]:
    """Rules, also several in one word with commas between."""
    return [word for each in given or [] for word in each.split(",") if word.strip()]
