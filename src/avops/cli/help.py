"""`avops help [TOPIC]`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Show the runbook's pages in the terminal."
_WIDEST = 110


@app.command(help=f"{HELP}\n\nWithout a topic it lists them. A command's name shows that command.\n\nExample: avops help recipes")
def show_help(
    topic: Annotated[list[str] | None, typer.Argument(metavar="[TOPIC]", help="A page, such as recipes, or a command.")] = None,
) -> int:
    """Laid out on a terminal, Markdown elsewhere; never in a pager."""
    from avops.cli.help_pages import for_terminal, page_for, pages

    if not topic:
        _list()
        return 0
    text = for_terminal(page_for(" ".join(topic)), pages())
    if sys.stdout.isatty():
        _render(text)
    else:
        print(text.rstrip())
    return 0


def _list() -> None:
    from avops.cli.help_pages import pages

    known = pages().values()
    width = max(len(page.topic) for page in known)
    for page in known:
        print(f"{page.topic:<{width}}  {page.title}")
    print("hint: avops help TOPIC shows one; avops COMMAND --help is shorter", file=sys.stderr)


def _render(text: str) -> None:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.width = min(console.width, _WIDEST)
    console.print(Markdown(text, hyperlinks=False))
