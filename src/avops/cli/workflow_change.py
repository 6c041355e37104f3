"""What `avops workflow` does to the files and the schedule."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import AvopsError, DocumentError, UsageError

if TYPE_CHECKING:
    from avops.model.workflow import Workflow
    from avops.project.documents import Loaded
    from avops.wiring import Workspace


def trigger(
    *, cron: str | None, timezone: str | None, every: int | None, at: str | None, after: str | None, on: str | None
) -> dict[str, object] | str:
    """The trigger that the options of a command line mean; UsageError for two at once."""
    flags = {"--after": after, "--at": at, "--cron": cron, "--every": every}
    given = [flag for flag, value in flags.items() if value is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", hint="a workflow has one trigger")
    if timezone is not None and cron is None:
        raise UsageError("--timezone belongs to --cron", hint="an --at has its own offset, --every needs no zone")
    if on is not None and after is None:
        raise UsageError("--on belongs to --after")
    if cron is not None:
        return {"cron": cron, "timezone": timezone} if timezone else {"cron": cron}
    if every is not None:
        return {"interval_minutes": every}
    if at is not None:
        return {"at": at}
    if after is not None:
        return {"after": after, "on": on or "success"}
    return "manual"


def new(
    name: str,
    *,
    agent: str | None,
    recipe: str | None,
    description: str,
    trigger: dict[str, object] | str,
    room: str | None,
    for_each: str | None,
    inputs: list[str],
    enabled: bool,
) -> int:
    """Writes the file of a new workflow, asking on a terminal for what is missing."""
    from avops import wiring

    workspace = wiring.open_workspace()
    wiring.require_free_name(workspace, name)
    agent = agent or _asked("agent", workspace)
    recipe = recipe or _asked("recipe", workspace)
    found = {"agent": wiring.existing(workspace, "agent", agent), "recipe": wiring.existing(workspace, "recipe", recipe)}
    if isinstance(trigger, dict) and "after" in trigger:
        trigger["after"] = workspace.project.workflows.find(str(trigger["after"])).required().name
    fields: dict[str, object] = {"name": name, "description": description, **found, "trigger": trigger}
    fields |= {"enabled": enabled, "inputs": _inputs(workspace, found["recipe"], inputs), "room": room, "for_each": for_each}
    wanted = {key: value for key, value in fields.items() if value not in (None, "", {}) and (key, value) != ("enabled", True)}
    print(f"Made {wiring.new_workflow(workspace, wanted)}")
    print("hint: avops lint looks at all of it, avops workflow run tries it", file=sys.stderr)
    return 0


def _asked(what: str, workspace: Workspace) -> str:
    """The name that a person types; UsageError where nobody can."""
    import typer

    known = [name for name, _ in getattr(workspace.project, f"{what}s").names]
    if not sys.stdin.isatty():
        raise UsageError(f"a workflow needs its {what}: --{what} NAME", hint=f"avops {what} list shows what there is")
    print(f"{what}s: {', '.join(known) or 'none yet'}", file=sys.stderr)
    return str(typer.prompt(what.capitalize(), err=True))


def _inputs(workspace: Workspace, recipe: str, pairs: list[str]) -> dict[str, object]:
    from avops.cli.run import gathered
    from avops.engine.inputs import from_text

    declared = workspace.recipe(recipe).required().inputs
    given = gathered(pairs, None)
    return {name: from_text(declared[name], str(value)) if name in declared else value for name, value in given.items()}


def edit(name: str) -> int:
    """Replaces the file by what a person made of a copy, once that is sound."""
    import tempfile

    from avops import wiring
    from avops.project.writing import write_text

    workspace = wiring.open_workspace()
    loaded = workspace.project.workflows.find(name)
    file = workspace.root / loaded.path
    before = file.read_bytes()
    folder = Path(tempfile.mkdtemp(prefix="avops-edit-"))
    copy = folder / file.name
    copy.write_bytes(before)
    while True:
        _open_editor(copy)
        after = copy.read_bytes()
        if after == before:
            print("Nothing was changed.")
            break
        problem = _problem(workspace, after, loaded.path)
        if problem is None and file.read_bytes() != before:
            raise AvopsError(f"'{loaded.path}' was changed by somebody else meanwhile", hint=f"yours is kept in {copy}")
        if problem is None:
            write_text(file, after.decode("utf-8"))
            _tell_renaming(workspace, loaded, after)
            print(f"Saved {loaded.path}")
            break
        if not _goes_back():
            raise AvopsError(f"'{loaded.path}' is as it was", hint=f"what you wrote is kept in {copy}") from problem
    copy.unlink()
    folder.rmdir()
    return 0


def _open_editor(copy: Path) -> None:
    import os
    import shlex
    import shutil
    import subprocess

    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    program = shutil.which(words[0]) if words else None
    if program is None:
        raise AvopsError(f"the editor '{' '.join(words)}' is not there", hint="set EDITOR to the command of yours")
    done = subprocess.run([program, *words[1:], str(copy)], check=False)  # noqa: S603 - the person's own editor
    if done.returncode:
        raise AvopsError(f"the editor '{words[0]}' ended with {done.returncode}; nothing was saved", hint=f"the copy is {copy}")


def _problem(workspace: Workspace, after: bytes, path: str) -> AvopsError | None:
    from avops import wiring
    from avops.cli.main import tell

    try:
        wiring.judged(workspace, after.decode("utf-8"), path)
    except UnicodeDecodeError:
        error = AvopsError("the text is not UTF-8")
    except DocumentError as found:
        tell(found)
        return AvopsError(f"it has {len(found.diagnostics)} mistake{'' if len(found.diagnostics) == 1 else 's'}")
    except AvopsError as found:
        tell(found)
        return found
    else:
        return None
    tell(error)
    return error


def _goes_back() -> bool:
    import typer

    return sys.stdin.isatty() and typer.confirm("Go back to the editor?", default=True, err=True)


def _tell_renaming(workspace: Workspace, loaded: Loaded[Workflow], after: bytes) -> None:
    """A person who changes the name in the editor hears who still uses the old one."""
    from avops import wiring
    from avops.project.names import folded
    from avops.project.yaml_text import read_yaml

    data = read_yaml(after)
    name = data.get("name") if isinstance(data, dict) else None
    if loaded.value is None or not isinstance(name, str) or folded(name) == folded(loaded.value.name):
        return
    for each in wiring.followers_of(workspace, loaded.value.name):
        print(f"note: {each.path} still follows '{loaded.value.name}'", file=sys.stderr)


def switch(name: str, *, enabled: bool, reason: str, in_file: bool) -> int:
    """Keeps a person's word on a workflow's schedule, in the database or in its file."""
    from avops import wiring
    from avops.project.clock import SystemClock

    workspace = wiring.open_workspace()
    loaded = workspace.project.workflows.find(name)
    workflow = loaded.required()
    reason = reason.strip()
    if not enabled and not reason and not in_file:
        raise UsageError("switching a workflow off needs a reason", hint=f"avops workflow disable '{workflow.name}' --reason 'why'")
    now = SystemClock().now()
    if in_file:
        if workflow.enabled is not enabled:
            wiring.set_in_file(workspace, loaded, enabled)
        wiring.say_enabled(workspace, workflow.name, None, reason or "the file says it now", now=now)
    else:
        # A word that says what the file says would outlive a later change of the file.
        word = None if enabled and workflow.enabled else enabled
        wiring.say_enabled(workspace, workflow.name, word, reason, now=now)
    where = f" in {loaded.path}" if in_file else ""
    print(f"'{workflow.name}' is {'enabled' if enabled else 'disabled'}{where}.")
    return 0


def rename(name: str, new_name: str) -> int:
    """Gives a workflow another name everywhere."""
    from avops import wiring

    workspace = wiring.open_workspace()
    loaded = workspace.project.workflows.find(name)
    done = wiring.rename_workflow(workspace, loaded, new_name)
    print(f"Renamed '{loaded.required().name}' to '{new_name}' ({done.after})")
    for path in done.rewritten:
        print(f"rewrote its name in {path}")
    return 0


def delete(name: str, *, force: bool) -> int:
    """Deletes the file, unless others still need it."""
    from avops import wiring

    workspace = wiring.open_workspace()
    loaded = workspace.project.workflows.find(name)
    left = wiring.delete_workflow(workspace, loaded, force=force)
    print(f"Deleted {loaded.path}")
    for each in left:
        print(f"broken now: {each}", file=sys.stderr)
    return 0
