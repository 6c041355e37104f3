"""`/sop` in chat: the typed steps become an SOP file, a draft recipe of the agent, and a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import FindingsError, NotFoundError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from avops.chat.commands import RunSop
    from avops.cli.chat_report import Report
    from avops.ports import Listener
    from avops.sop.convert import Conversion
    from avops.wiring import Workspace


def run_sop(workspace: Workspace, command: RunSop, hears: Listener, *, quiet: bool) -> Report:
    """Converts, writes, attaches and runs.

    Nothing is written when the agent or the room is not there, somebody's file is in the way, or the text has no steps.
    """
    from dataclasses import replace

    from avops import wiring
    from avops.cli.chat_report import run_report
    from avops.cli.running import person
    from avops.cli.sop_attaching import attached
    from avops.cli.sop_inputs import from_room
    from avops.model.run import RunStatus, Trigger
    from avops.project.sop_history import remember_written
    from avops.project.writing import write_text

    entry = workspace.agent(command.agent)
    agent = entry.required().name
    row = workspace.room(command.options.room) if command.options.room is not None else None
    sop_file, recipe_file = _free_files(workspace, command)
    sop, recipe = (file.relative_to(workspace.root).as_posix() for file in (sop_file, recipe_file))
    conversion = _convert(workspace, command, sop, quiet=quiet)
    for file, text in ((sop_file, command.text), (recipe_file, conversion.recipe_text)):
        write_text(file, text)
        remember_written(workspace.root, file, text)
    workspace = wiring.open_workspace(workspace.root)  # with the recipe that was just written
    values = dict(command.options.inputs)
    for name, spec in workspace.recipe(conversion.name).required().inputs.items():
        if row is not None and name not in values and spec.default is None and (found := from_room(name, row, conversion.steps)):
            values[name] = found[1]
    request = wiring.RunRequest(
        agent=agent,
        recipe=conversion.name,
        inputs=values,
        room=command.options.room,
        mock=command.options.mock if isinstance(command.options.mock, bool) else list(command.options.mock),
        trigger=Trigger.CHAT,
    )
    steps = "1 step" if len(conversion.steps) == 1 else f"{len(conversion.steps)} steps"
    told = [f"Wrote {sop} and {recipe}: {steps}, a draft to review"]
    with attached(workspace.root / entry.path, entry.path, conversion.name, told.append) as detach:
        done = wiring.run_once(wiring.open_workspace(workspace.root), request, hears, person=person(workspace))
        if done.status is RunStatus.REFUSED:
            detach()
    report = run_report(workspace, done, before="\n".join(told))
    assert isinstance(report.data, dict)
    return replace(report, data={"sop_file": sop, "recipe_file": recipe, **report.data})


def _free_files(workspace: Workspace, command: RunSop) -> tuple[Path, Path]:
    """Where the SOP and the recipe belong. FindingsError, or UsageError, when what somebody else wrote is in the way."""
    from avops.cli.sop_writing import sop_of
    from avops.project.names import slug
    from avops.project.sop_history import is_as_written

    if not _is_plain(command.name):
        raise UsageError(f"'{command.name}' is no name for a recipe", hint="at most 120 characters on one line, with letters in it")
    target = workspace.root / "sops" / f"{slug(command.name)}.md"
    recipe = workspace.project.recipes.new_file(command.name)
    try:
        known = workspace.project.recipes.entry(command.name)
    except NotFoundError:
        known = None
    if known is not None and known.file != recipe:
        raise UsageError(f"a recipe is called '{command.name}' already: {known.relative}", hint="give it another name=")
    for file, text in ((target, command.text), (recipe, None)):
        old = file.read_bytes().decode("utf-8", "replace") if file.exists() else text
        if old != text and not is_as_written(workspace.root, file, old or ""):
            raise _in_the_way(workspace, file)
    made_from = target.relative_to(workspace.root).as_posix()
    if recipe.exists() and (owner := sop_of(recipe.read_bytes().decode("utf-8", "replace"))) != made_from:
        raise FindingsError(f"the recipe '{command.name}' was made from '{owner}'", hint="give it another name=")
    return target, recipe


def _is_plain(name: str) -> bool:
    from avops.project.names import slug

    return name.isprintable() and name == name.strip() and 0 < len(name) <= 120 and slug(name) != "unnamed"


def _in_the_way(workspace: Workspace, target: Path) -> FindingsError:
    shown = target.relative_to(workspace.root).as_posix()
    return FindingsError(f"'{shown}' is there already, and is not what avops wrote", hint="give it another name=, or move the file away")


def _convert(workspace: Workspace, command: RunSop, sop: str, *, quiet: bool) -> Conversion:
    """The recipe that the steps give; what became of each line is told on standard error."""
    from avops import wiring
    from avops.cli.sop_writing import print_coverage
    from avops.project.sop_history import digest, keep
    from avops.sop.convert import convert

    data = command.text.encode()
    conversion = convert(command.text, file=sop, tools=wiring.tool_catalog(workspace), name=command.name, sha256=digest(data))
    if not quiet:
        print_coverage(conversion, sop, quiet=False)
    keep(workspace.root, data)
    return conversion
