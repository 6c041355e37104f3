"""`avops sop`: text SOPs to draft recipes, what has changed since, and a conversion that runs at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.cli.sop_source import Sop
    from avops.sop.convert import Conversion
    from avops.wiring import Workspace

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
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe that somebody edited; it is kept beside as FILE.bak.")] = False,
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

    workspace = wiring.find_workspace()
    if len(files) > 1 and (name or report or (output is not None and str(output) != "-" and output.suffix in (".yaml", ".yml"))):
        raise UsageError("one name, one report and one output file are for one SOP", hint="give a folder, or convert the files one by one")
    if workspace is None and (scaffold_tools or agents or output is None):
        raise UsageError("this is no avops project, so there is no recipes/ to write to", hint="say where: --output FILE, or - to print")
    if workspace is None and llm:
        raise UsageError(
            "this is no avops project, so no model is configured", hint="`avops init` makes one, `avops settings set` names the model"
        )
    failed: list[AvopsError] = []
    for file in files:
        try:
            made = _convert(file, workspace, output, name=name, quiet=quiet, force=force, llm=llm)
        except AvopsError as error:
            if len(files) == 1:
                raise
            failed.append(error)
            continue
        if report is not None:
            _write_report(report, *made)
        if workspace is not None and scaffold_tools:
            _scaffold(workspace, made[1])
        if workspace is not None and agents:
            _team(workspace, made[1], force=force)
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
    room: Annotated[str | None, typer.Option("--room", metavar="KEY", help="The room, by its key in the room list.")] = None,
    mock: Annotated[
        list[str] | None, typer.Option("--mock", metavar="[TOOL]", help="Answer all tools, or this one, from their manifests.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe that somebody edited; it is kept beside as FILE.bak.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not list what became of each line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> int:
    """The recipe is a draft, so each of its writes is asked for; without a terminal the run waits for an answer."""
    from avops import wiring
    from avops.cli.run import gathered, mocked
    from avops.cli.running import finish, listener, person
    from avops.model.run import Trigger

    workspace = wiring.open_workspace()
    entry = workspace.agent(agent)
    entry.required()
    _, conversion, target = _convert(file, workspace, None, name=name, quiet=quiet, force=force, runs=True)
    assert target is not None
    _attach(workspace.root / entry.path, entry.path, conversion.name)
    workspace = wiring.open_workspace()  # with the recipe that was just written
    request = wiring.RunRequest(
        agent=agent,
        recipe=conversion.name,
        inputs=gathered(inputs or [], None),
        room=room,
        mock=mocked(mock or []),
        trigger=Trigger.MANUAL,
    )
    done = wiring.run_once(workspace, request, listener(quiet=as_json), person=person(workspace))
    return finish(workspace, done, as_json=as_json)


def _convert(
    file: Path,
    workspace: Workspace | None,
    output: Path | None,
    *,
    name: str | None,
    quiet: bool,
    force: bool,
    runs: bool = False,
    llm: bool = False,
) -> tuple[Sop, Conversion, Path | None]:
    """Converts one SOP, writes the recipe, and says on standard error what became of each line."""
    from avops import wiring
    from avops.cli.sop_source import read_sop
    from avops.cli.sop_writing import file_stem, print_coverage, relative, write_recipe
    from avops.sop.convert import convert as convert_sop

    root = workspace.root if workspace else Path.cwd()
    prints = output is not None and str(output) == "-"
    source = read_sop(file, root, keep_text=workspace is not None and not prints)
    tools = wiring.tool_catalog(workspace) if workspace else ()
    if llm and workspace is not None:
        from avops.cli.sop_model import converted_by_model

        conversion = converted_by_model(workspace, source, tools, name=name)
    else:
        conversion = convert_sop(source.text, file=source.shown, tools=tools, name=name, sha256=source.sha256)
    print_coverage(conversion, source.shown, quiet=quiet)
    if prints:
        print(conversion.recipe_text, end="")
        return source, conversion, None
    if workspace is not None:
        from avops.project.sop_history import keep

        keep(root, source.data)
    folder = output if output is not None else root / "recipes"
    target = folder if folder.suffix in (".yaml", ".yml") else folder / f"{file_stem(conversion.name, source.shown)}.yaml"
    write_recipe(target, conversion.recipe_text, root if workspace else None, force=force)
    bound = sum(1 for step in conversion.steps if step.key in ("tool", "notify") or step.reading)
    shown = relative(target, Path.cwd())
    print(
        f"Wrote {shown}: {len(conversion.steps)} steps, {bound} of them bound to tools, a draft to review",
        file=sys.stderr if runs else sys.stdout,
    )
    if not runs:
        print(f"hint: avops lint {shown}", file=sys.stderr)
    return source, conversion, target


def _write_report(target: Path, source: Sop, conversion: Conversion, recipe: Path | None) -> None:
    from avops.cli.sop_writing import relative
    from avops.project.writing import write_text
    from avops.report.sop_page import SopLine, render_page

    lines = [SopLine(number=r.line, text=r.text, outcome=r.outcome, reason=r.reason) for r in conversion.coverage]
    page = render_page(
        title=conversion.name, file=source.shown, sop=source.text.splitlines(), lines=lines, recipe=conversion.recipe_text,
        recipe_file=relative(recipe, Path.cwd()) if recipe else "recipe", warnings=conversion.warnings,
        mentioned=conversion.mentioned_tools,
    )  # fmt: skip
    write_text(target, page)
    print(f"Wrote {relative(target, Path.cwd())}: SOP and recipe side by side", file=sys.stderr)


def _scaffold(workspace: Workspace, conversion: Conversion) -> None:
    """A skeleton for each system that is named and has no tool; what is there is left alone."""
    from avops.project.writing import write_text
    from avops.sop.scaffold import tool_name, tool_text

    if not conversion.mentioned_tools:
        print("every system that the SOP names has a tool: nothing to scaffold", file=sys.stderr)
    for product in conversion.mentioned_tools:
        target = workspace.root / "tools" / f"{tool_name(product)}.yaml"
        if target.exists():
            print(f"kept tools/{target.name}: it is there already", file=sys.stderr)
            continue
        write_text(target, tool_text(product, conversion.steps))
        print(f"Wrote tools/{target.name}: a skeleton to fill in")


def _team(workspace: Workspace, conversion: Conversion, *, force: bool) -> None:
    """Four agents and a workflow; files that somebody edited are left alone without `--force`."""
    from avops import wiring
    from avops.cli.sop_writing import write_recipe
    from avops.project.names import slug
    from avops.sop.team import agent_texts, workflow_text

    tools = wiring.tool_catalog(workspace)
    written = []
    for name, text in agent_texts(conversion.name, conversion.steps, tools).items():
        target = workspace.root / "agents" / f"{slug(name)}.yaml"
        write_recipe(target, text, workspace.root, force=force)
        written.append(f"agents/{target.name}")
    target = workspace.root / "workflows" / f"{slug(conversion.name)}.yaml"
    needed = [spec.name for spec in conversion.inputs if not spec.has_default and not spec.optional]
    write_recipe(target, workflow_text(conversion.name, needed), workspace.root, force=force)
    if needed:
        print(f"hint: workflows/{target.name} needs the values of {', '.join(needed)}", file=sys.stderr)
    print(f"Wrote {', '.join([*written, f'workflows/{target.name}'])}")


def _attach(file: Path, shown: str, recipe: str) -> None:
    """Adds the recipe to the agent's `recipes:`, with everything else as it was."""
    from avops.project.attaching import attach_recipe
    from avops.project.writing import write_text

    old = file.read_text(encoding="utf-8")
    new = attach_recipe(old, recipe, shown)
    if new != old:
        write_text(file, new)
        print(f"Attached '{recipe}' in {shown}", file=sys.stderr)


def _failures(failed: Sequence[AvopsError]) -> int:
    from avops.cli.main import tell

    return max((tell(error) for error in failed), default=0)
