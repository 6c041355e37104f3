"""Writes `docs/cli.md` from the commands themselves: `python scripts/cli_docs.py`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from avops.cli.table import COMMANDS

TARGET = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
HEAD = """# Commands

Written from the commands' own help by `python scripts/cli_docs.py`; a test holds the two equal.
"""


def cli_markdown() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, (module, _) in COMMANDS.items():
        command = typer.main.get_command(import_module(module).app)
        parts.extend(_pages(f"avops {name}", command, level=2))
    return "\n".join(parts)


def _pages(path: str, command: Any, *, level: int) -> list[str]:
    summary, _, example = (command.help or "").partition("Example: ")
    page = [f"{'#' * level} {path}", "", " ".join(summary.split()), ""]
    if example:
        page += ["```", example.strip(), "```", ""]
    rows = [row for parameter in getattr(command, "params", []) if (row := _row(parameter)) is not None]
    if rows:
        page += ["| argument or option | what it does |", "|---|---|", *rows, ""]
    pages = ["\n".join(page)]
    for name, sub in getattr(command, "commands", {}).items():
        pages.extend(_pages(f"{path} {name}", sub, level=min(level + 1, 4)))
    return pages


def _row(parameter: Any) -> str | None:
    if parameter.name == "help":
        return None
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.metavar or parameter.name.upper()}`"
    about = (getattr(parameter, "help", None) or "").replace("|", "\\|")
    return f"| {names} | {' '.join(about.split())} |"


if __name__ == "__main__":
    TARGET.write_text(cli_markdown(), encoding="utf-8")
