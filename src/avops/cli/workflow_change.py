"""What `avops workflow` does to the files and the schedule."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from avops.wiring import Workspace


def trigger(
    *, cron: str | None, timezone: str | None, every: int | None, at: str | None, after: str | None, on: str | None
) -> dict[str, object] | None:
    """The trigger that the options of a command line mean, None for none; UsageError for two at once."""
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
    return None


def new(
    name: str,
    *,
    source: str | None,
    agent: str | None,
    recipe: str | None,
    description: str,
    trigger: dict[str, object] | str | None,
    room: str | None,
    for_each: str | None,
    inputs: list[str],
    enabled: bool,
) -> int:
    """Writes the file of a new workflow, asking on a terminal for what is missing; a copy is switched off until it has its own trigger."""
    from avops import wiring
    from avops.wiring.document_files import copied, new_document, require_free
    from avops.wiring.document_kinds import document_kind

    workspace = wiring.open_workspace()
    document_kind("workflow").require_name(name)
    require_free(workspace, "workflow", name)
    if source is None:
        agent, recipe = agent or _asked("agent", workspace), recipe or _asked("recipe", workspace)
    fields: dict[str, object] = {"name": name, "description": description}
    fields["agent"] = wiring.existing(workspace, "agent", agent) if agent else None
    fields["recipe"] = wiring.existing(workspace, "recipe", recipe) if recipe else None
    if isinstance(trigger, dict) and "after" in trigger:
        trigger["after"] = workspace.project.workflows.find(str(trigger["after"])).required().name
    copies = source is not None and trigger is None
    fields |= {"trigger": trigger if source else trigger or "manual", "enabled": enabled and not copies}
    fields |= {"inputs": _inputs(workspace, fields["recipe"], inputs), "room": room, "for_each": for_each}
    wanted = {key: value for key, value in fields.items() if value not in (None, "", {}) and (key, value) != ("enabled", True)}
    if source is None:
        text = wiring.workflow_text(wanted)
    else:
        text = copied(workspace, "workflow", source, name, {key: value for key, value in wanted.items() if key != "name"})
    print(f"Made {new_document(workspace, 'workflow', name, text)}")
    if copies:
        print(f"note: it is switched off, so that nothing runs twice: avops workflow enable '{name}'", file=sys.stderr)
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


def _inputs(workspace: Workspace, recipe: object, pairs: list[str]) -> dict[str, object]:
    from avops.cli.run import gathered
    from avops.engine.inputs import from_text

    if not pairs:
        return {}
    if not isinstance(recipe, str):
        raise UsageError("-i needs --recipe, which says what the values are", hint="or edit the copy: avops workflow edit")
    declared = workspace.recipe(recipe).required().inputs
    given = gathered(pairs, None)
    return {name: from_text(declared[name], str(value)) if name in declared else value for name, value in given.items()}


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
