"""`avops init DIR`: what is there is looked at, what is chosen is asked or taken from flags, and only then is anything written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import UsageError

if TYPE_CHECKING:
    from avops.project.starter import Found

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Make a project with starter content."
_SHOWN_LINES = 5


@app.command(
    help=f"{HELP}\n\nOn a terminal it asks; elsewhere, and with --yes, flags and defaults decide. It is safe to repeat: what is "
    "missing is made, what is there is kept.\n\nExample: avops init av-ops --yes --mock --timezone Europe/Berlin"
)
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; default: the current folder.")] = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    content: Annotated[
        str | None, typer.Option("--seed", metavar="WHAT", help="demo: agents, recipes, workflows, tools, SOPs and rooms; or empty.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Of language models: openai, anthropic or none.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="The provider's name of the model.")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="Of another server that speaks the provider's API.")
    ] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", metavar="ZONE", help="An IANA name, such as Europe/Berlin.")] = None,
    mock: Annotated[
        bool | None, typer.Option("--mock/--no-mock", help="Answer all tools from their manifests, so that nothing is reached.")
    ] = None,
    ci: Annotated[
        str | None, typer.Option("--ci", metavar="WHERE", help="github, gitlab or none; default: what the git remote speaks of, or github.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Put the demo's files back as they were, after showing what is lost.")] = False,
) -> int:
    """Makes what is missing and keeps what is there; safe to repeat."""
    from avops.cli.init_choices import Wanted, choices_of
    from avops.project.clock import SystemClock
    from avops.project.starter import carry_out, survey

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is a file, and no folder", hint="avops init DIR makes the folder where it is missing")
    asks = not yes and sys.stdin.isatty()
    wanted = Wanted(content=content, provider=provider, model=model, base_url=base_url, timezone=timezone, mock=mock, ci=ci)
    choices = choices_of(folder, wanted)
    if asks:
        from avops.cli.init_dialogue import ask

        choices = ask(folder, wanted)
    found = survey(folder, choices)
    if reset:
        _show_lost(found)
    if asks and not _may_write(folder, found, reset=reset):
        print("nothing was written", file=sys.stderr)
        return 1
    seeded = carry_out(folder, found, reset=reset, now=SystemClock().now())

    from avops.cli.init_report import report

    report(folder, found, seeded, choices)
    return 0


def _show_lost(found: list[Found]) -> None:
    """Which lines go with a reset, before anything is written."""
    from avops.report.diagnostics import visible

    for each in found:
        if not each.is_restorable:
            continue
        lost = each.lost_lines
        print(f"{each.path}: {len(lost)} of its lines will be lost" if lost else f"{each.path}: what was taken out of it will be back")
        for line in lost[:_SHOWN_LINES]:
            print(f"  - {visible(line)}")
        if len(lost) > _SHOWN_LINES:
            print(f"  … and {len(lost) - _SHOWN_LINES} more")


def _may_write(folder: Path, found: list[Found], *, reset: bool) -> bool:
    """What a person says to what would be written; not asked when that is nothing."""
    from avops.project.starter import BACKUPS, State

    new = sum(each.state is State.MISSING for each in found)
    changed = [each.path for each in found if each.state is State.CHANGED]
    restored = sum(reset and each.is_restorable for each in found)
    parts = [f"write {new} new files"] if new else []
    parts += [f"change {', '.join(changed)}"] if changed else []
    parts += [f"restore {restored} files (copies go to {BACKUPS})"] if restored else []
    if not parts:
        return True
    question = ", ".join(parts)
    return typer.confirm(f"{question[0].upper()}{question[1:]}, in '{folder.resolve()}'?", default=not restored, err=True)
