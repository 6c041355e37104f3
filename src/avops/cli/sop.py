"""`avops sop`: text SOPs to draft recipes, what has changed since, and a conversion that runs at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = "Turn SOPs into recipes."

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help=f"{HELP}\n\nExample: avops sop convert sops/display-fix.md"
)


@app.callback()
def sop() -> None:
    """Turn SOPs into recipes."""


@app.command(help="Convert SOPs to draft recipes, offline or with a model.\n\nExample: avops sop convert sops/display-fix.md")
def convert(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Markdown, text, docx, pdf or html; `-` reads standard input.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write; a folder for several; `-` prints. Default: recipes/."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The recipe's name; default: the SOP's title.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what somebody edited, or what is another SOP's; it is kept beside as FILE.bak.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not list what became of each line.")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE.html", help="SOP and recipe side by side, a web page.")] = None,
    scaffold_tools: Annotated[bool, typer.Option("--scaffold-tools", help="Write a skeleton for each system without a tool.")] = False,
    agents: Annotated[bool, typer.Option("--agents", help="Write one agent per phase, and a workflow that uses them.")] = False,
    llm: Annotated[
        bool, typer.Option("--llm", help="Let the configured model read the SOP; what it says is held against the lines.")
    ] = False,
) -> int:
    """Exits 1 when one of the files gives no recipe; the others are converted nevertheless."""
    from avops import wiring
    from avops.cli.sop_converting import Wanted, convert_file, write_team
    from avops.cli.sop_converting import scaffold_tools as write_skeletons

    workspace = wiring.find_workspace()
    _require_places(
        files, output, single=name or report, in_project=workspace is not None, in_project_only=scaffold_tools or agents, llm=llm
    )
    _require_name(name)
    wanted = Wanted(output=output, name=name, report=report, quiet=quiet, force=force, llm=llm)
    failed: list[AvopsError] = []
    for file in files:
        try:
            made = convert_file(file, workspace, wanted)
        except AvopsError as error:
            if len(files) == 1:
                raise
            failed.append(error)
            continue
        if workspace is not None and scaffold_tools:
            write_skeletons(workspace, made)
        if workspace is not None and agents:
            write_team(workspace, made, force=force)
    return _failures(failed)


@app.command(help="Say which recipes are older than their SOP, and what changed.\n\nExample: avops sop check")
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RECIPE…]", help="Only these recipes, by name or file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not show the changed lines.")] = False,
) -> int:
    """Exits 1 when a recipe is stale or its SOP is gone."""
    from avops import wiring
    from avops.cli.sop_check import check_recipes

    return check_recipes(wiring.open_workspace(), names or [], quiet=quiet)


@app.command(
    help="Convert an SOP, attach it, and run it.\n\nExample: avops sop run sops/display-fix.md --agent Zoom_Room_Agent --room HQ-1"
)
def run(
    file: Annotated[Path, typer.Argument(help="The SOP; `-` reads standard input.")],
    agent: Annotated[str, typer.Option("--agent", metavar="NAME", help="The agent that runs it.")],
    name: Annotated[str | None, typer.Option("--name", help="The recipe's name; default: the SOP's title.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help="An input; may be repeated.")] = None,
    room: Annotated[
        str | None, typer.Option("--room", metavar="KEY", help="The room, by its key in the room list; its row fills inputs.")
    ] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what somebody edited, or what is another SOP's; it is kept beside as FILE.bak.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not list what became of each line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """The recipe is a draft, so each of its writes is asked for; without a terminal the run waits for an answer."""
    from avops import wiring
    from avops.cli.run import gathered, mocked
    from avops.cli.running import finish, listener, person
    from avops.cli.sop_attaching import attached
    from avops.cli.sop_converting import Wanted, convert_file
    from avops.cli.sop_inputs import run_inputs
    from avops.model.run import RunStatus, Trigger

    workspace = wiring.open_workspace()
    entry = workspace.agent(agent)
    entry.required()
    row = workspace.room(room) if room is not None else None
    given = gathered(inputs or [], None)
    _require_name(name)
    conversion = convert_file(file, workspace, Wanted(name=name, quiet=quiet, force=force, runs=True))
    workspace = wiring.open_workspace()  # with the recipe that was just written
    answers = person(workspace)
    declared = workspace.recipe(conversion.name).required().inputs
    request = wiring.RunRequest(
        agent=agent,
        recipe=conversion.name,
        inputs=run_inputs(conversion, declared, given, row, asks=answers is not None),
        room=room,
        mock=mocked(mock or []),
        trigger=Trigger.MANUAL,
    )
    with attached(workspace.root / entry.path, entry.path, conversion.name, lambda words: print(words, file=sys.stderr)) as detach:
        done = wiring.run_once(wiring.open_workspace(), request, listener(quiet=as_json), person=answers)
        if done.status is RunStatus.REFUSED:
            detach()
    return finish(workspace, done, as_json=as_json)


def _require_places(
    files: list[Path], output: Path | None, *, single: str | Path | None, in_project: bool, in_project_only: bool, llm: bool
) -> None:
    """UsageError for options that do not go together, or that need a project; `single` is what one SOP alone can have."""
    from avops.cli.sop_writing import require_output

    prints = output is not None and str(output) == "-"
    if len(files) > 1 and (single or (output is not None and not prints and output.suffix in (".yaml", ".yml"))):
        raise UsageError("one name, one report and one output file are for one SOP", hint="give a folder, or convert the files one by one")
    if not in_project and (in_project_only or output is None):
        raise UsageError("this is no avops project, so there is no recipes/ to write to", hint="say where: --output FILE, or - to print")
    if not in_project and llm:
        raise UsageError(
            "this is no avops project, so no model is configured", hint="`avops init` makes one, `avops settings set` names the model"
        )
    if output is not None and not prints:
        require_output(output)


def _require_name(name: str | None) -> None:
    """UsageError for a name that no recipe may have."""
    if name is not None:
        from avops.wiring.document_kinds import document_kind

        document_kind("recipe").require_name(name)


def _failures(failed: Sequence[AvopsError]) -> int:
    from avops.cli.main import tell

    return max((tell(error) for error in failed), default=0)
