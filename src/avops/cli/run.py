"""`avops run AGENT RECIPE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from avops.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = "Run a recipe once."


@app.command(help=f"{HELP}\n\nExample: avops run Zoom_Room_Agent 'Display Fix' --room HQ-1 -i channel='#av'")
def run(
    agent: Annotated[str, typer.Argument(help="The agent, by name.")],
    recipe: Annotated[str, typer.Argument(help="The recipe, by name.")],
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; may be repeated.")] = None,
    inputs_file: Annotated[Path | None, typer.Option("--inputs", metavar="FILE", help="Inputs from a YAML file.")] = None,
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The room, by its key in the room list.")] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Runs, and exits 0 only if the run succeeded."""
    from avops import wiring
    from avops.cli.running import finish, listener, person
    from avops.model.run import Trigger

    workspace = wiring.open_workspace()
    request = wiring.RunRequest(
        agent=agent,
        recipe=recipe,
        inputs=gathered(inputs or [], inputs_file),
        room=room,
        mock=mocked(mock or []),
        trigger=Trigger.MANUAL,
    )
    report = wiring.run_once(workspace, request, listener(quiet=as_json), person=person(workspace))
    return finish(workspace, report, as_json=as_json)


def gathered(pairs: list[str], file: Path | None) -> dict[str, object]:
    """The inputs of a command line; those typed one by one win over those of the file."""
    values: dict[str, object] = dict(_from_file(file)) if file else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"'{pair}' is no input", hint="write it as -i name=value")
        values[name.strip()] = value
    return values


def _from_file(file: Path) -> dict[str, object]:
    from avops.project.yaml_text import read_yaml

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"'{file}' cannot be read: {(error.strerror or '').lower()}") from error
    data = read_yaml(text, path=str(file))
    if not isinstance(data, dict):
        raise UsageError(f"'{file}' holds no inputs: expected a mapping of names to values")
    return data


def mocked(tools: list[str]) -> bool | list[str]:
    """All tools where `--mock` stands alone, else the named ones."""
    return True if "*" in tools else tools
