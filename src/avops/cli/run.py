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
    rooms: Annotated[str | None, typer.Option("--rooms", metavar="CONDITION", help="Many rooms: `all`, or such as site=hq.")] = None,
    for_each: Annotated[str | None, typer.Option("--for-each", metavar="FILE", help="A run for each row of a CSV or YAML file.")] = None,
    parallel: Annotated[int, typer.Option("--parallel", min=1, max=1000, help="How many of them at once.")] = 1,
    canary: Annotated[int, typer.Option("--canary", min=0, help="How many of them first; all must succeed.")] = 0,
    max_failures: Annotated[
        str | None, typer.Option("--max-failures", metavar="N|N%", help="Failures at which nothing new starts.")
    ] = None,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Carry out a kept plan, and no other call.")] = None,
    override: Annotated[str | None, typer.Option("--override", metavar="REASON", help="Write although the room is booked.")] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """Runs, and exits 0 only if the run succeeded."""
    from avops import wiring
    from avops.cli.running import finish, fleet_listener, fleet_progress, listener, person
    from avops.model.run import Trigger

    workspace = wiring.open_workspace()
    fleet = None
    if source := many(room, rooms, for_each):
        fleet = wiring.fleet_of(workspace, source, parallel=parallel, canary=canary, max_failures=failures(max_failures))
    request = wiring.RunRequest(
        agent=agent,
        recipe=recipe,
        inputs=gathered(inputs or [], inputs_file),
        room=room,
        mock=mocked(mock or []),
        trigger=Trigger.MANUAL,
        fleet=fleet,
        planned=planned(plan, agent, recipe),
        override=override,
    )
    hears = listener(quiet=as_json) if fleet is None else fleet_listener(quiet=as_json)
    report = wiring.run_once(workspace, request, hears, person=person(workspace), progress=fleet_progress(quiet=as_json))
    return finish(workspace, report, as_json=as_json)


def many(room: str | None, rooms: str | None, for_each: str | None) -> str | None:
    """What a run over many is about, as workflows write it; UsageError when two things are asked for at once."""
    given = [flag for flag, value in (("--room", room), ("--rooms", rooms), ("--for-each", for_each)) if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other")
    if rooms is not None:
        return "rooms" if rooms in ("all", "*", "") else f"rooms {rooms}"
    return for_each


def planned(file: Path | None, agent: str, recipe: str) -> dict[str, str] | None:
    """The calls of a kept plan; UsageError when it was made for something else."""
    if file is None:
        return None
    from avops.cli.plan import read_plan
    from avops.engine.plan import expected_calls

    data = read_plan(file)
    for what, given in (("agent", agent), ("recipe", recipe)):
        if str(data.get(what, "")).casefold() != given.casefold():
            raise UsageError(f"the plan '{file}' is for the {what} '{data.get(what)}', not '{given}'")
    steps = data["steps"]
    assert isinstance(steps, list)
    return expected_calls(steps)


def failures(text: str | None) -> int | str | None:
    """`3` or `10%`; UsageError for any other text."""
    if text is None or text.isdigit():
        return None if text is None else int(text)
    if text.endswith("%") and text[:-1].isdigit():
        return text
    raise UsageError(f"'{text}' is no number of failures", hint="write it like 3 or 10%")


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
