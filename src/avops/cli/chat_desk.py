"""Slash commands carried out: each one as the command of the command line does it, with the same checks and questions."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from avops.chat.commands import (
    FORMS,
    AttachRecipe,
    Clear,
    Help,
    NewRecipe,
    RunAgent,
    RunSop,
    Scout,
    ShowRuns,
    ToolAction,
    ToolHealth,
)
from avops.cli.chat_report import Report, run_data, run_report
from avops.errors import UsageError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from avops.chat.commands import Command
    from avops.ports import Listener
    from avops.telemetry.filters import RunFilter
    from avops.wiring import Workspace

_MOST_RUNS = 200
_RUNS = 10


def carry_out(command: Command, *, quiet: bool) -> Report:
    """What came of a command. With `quiet` nothing is printed meanwhile. Raises AvopsError where it could not be done."""
    from avops import wiring

    if isinstance(command, Help):
        return _help(command)
    if isinstance(command, Clear):
        return Report(text="The conversation is forgotten.", data={"forgotten": True}, forgets=True)
    workspace = wiring.open_workspace()
    if isinstance(command, RunSop):
        from avops.cli.chat_sop import run_sop

        return run_sop(workspace, command, _listener(quiet=quiet), quiet=quiet)
    if isinstance(command, RunAgent):
        return _run(workspace, command, quiet=quiet)
    if isinstance(command, ToolAction):
        return _call(workspace, command, quiet=quiet)
    if isinstance(command, ToolHealth):
        return _health(workspace, command)
    if isinstance(command, ShowRuns):
        return _runs(workspace, command)
    if isinstance(command, AttachRecipe):
        return _attach(workspace, command)
    if isinstance(command, NewRecipe):
        return _new_recipe(workspace, command)
    assert isinstance(command, Scout)
    return _scout(workspace, command, quiet=quiet)


def _listener(*, quiet: bool) -> Listener:
    from avops.cli.running import listener

    return listener(quiet=quiet)


def _help(command: Help) -> Report:
    from avops.chat.parsing import form_of

    forms = form_of(command.topic) if command.topic else list(FORMS)
    lines = []
    for form in forms:
        lines += [form.form, f"    {form.does}"]
        if command.topic:
            lines.append(f"    {form.example}")
    if not command.topic:
        lines.append("Anything else is a message to the assistant; it can look things up, and changes nothing.")
    return Report(text="\n".join(lines), data=[{"form": form.form, "does": form.does, "example": form.example} for form in forms])


def _run(workspace: Workspace, command: RunAgent, *, quiet: bool) -> Report:
    from avops import wiring
    from avops.cli.running import person
    from avops.model.run import Trigger

    request = wiring.RunRequest(
        agent=command.agent,
        recipe=command.recipe,
        inputs=dict(command.options.inputs),
        room=command.options.room,
        mock=_mock(command.options.mock),
        trigger=Trigger.CHAT,
    )
    return run_report(workspace, wiring.run_once(workspace, request, _listener(quiet=quiet), person=person(workspace)))


def _mock(value: bool | tuple[str, ...]) -> bool | list[str]:
    return value if isinstance(value, bool) else list(value)


def _call(workspace: Workspace, command: ToolAction, *, quiet: bool) -> Report:
    import json

    from avops.cli.running import person
    from avops.cli.tool_call import answer_text
    from avops.wiring.tool_calls import call_tool, prepare_call

    given = [json.dumps(dict(command.arguments))]
    call = prepare_call(workspace, command.tool, command.action, given, command.agent)
    report, answered, answer = call_tool(workspace, call, _silent(), room=command.room, mock=_mock(command.mock), person=person(workspace))
    return run_report(workspace, report, before=answer_text(answer) if answered else "", answer=answer, answered=answered)


def _silent() -> Listener:
    from avops.report.progress import Silent

    return Silent()


def _health(workspace: Workspace, command: ToolHealth) -> Report:
    from avops.wiring.tool_health import tools_health

    rows = tools_health(workspace, command.tool)
    lines = []
    hints = []
    for row in rows:
        latency = f", {row.latency_s * 1000:.0f} ms" if row.latency_s is not None else ""
        simulated = " [simulated]" if row.simulated else ""
        detail = f": {row.detail}" if row.detail and (not row.is_well or row.status in ("mock", "unasked")) else ""
        lines.append(f"{row.name}: {row.status}{latency}{simulated}{detail}")
        if row.hint and not row.is_well:
            hints.append(row.hint)
    return Report(
        text="\n".join(lines) or "no tools here",
        code=0 if all(row.is_well for row in rows) else 1,
        data=[asdict(row) for row in rows],
        hints=tuple(dict.fromkeys(hints)),
    )


def _runs(workspace: Workspace, command: ShowRuns) -> Report:
    import sys

    from avops.cli.screen import open_records, zone_of
    from avops.report.run_json import run_fields
    from avops.report.run_view import run_page
    from avops.report.runs_table import runs_page
    from avops.report.sheet import sheet_for
    from avops.telemetry import queries
    from avops.telemetry.filters import RunFilter

    sheet = sheet_for(zone_of(workspace.timezone), sys.stdout)
    with open_records(workspace.database) as reader:
        if command.run is None:
            limit = _limit(command.filters)
            found = queries.list_runs(reader, _filter(workspace, reader, command.filters), limit=limit + 1)
            page = runs_page(sheet, found[:limit], more=len(found) > limit)
            return Report(text=page.text(), page=page, data=[run_fields(run) for run in found[:limit]])
        facts = (
            queries.run(reader, command.run),
            queries.steps(reader, command.run),
            queries.artifacts(reader, command.run),
            queries.decisions(reader, command.run),
        )
        children = [] if facts[1] else queries.list_runs(reader, RunFilter(parent_id=command.run), limit=_MOST_RUNS)
    page = run_page(sheet, *facts, full=False, only=None, children=children)
    data = run_data(*facts)
    return Report(text=page.text(), page=page, data=data)


def _limit(filters: Mapping[str, str]) -> int:
    text = filters.get("limit", str(_RUNS))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _MOST_RUNS:
        raise UsageError(f"'{text}' is no limit", hint=f"a number from 1 to {_MOST_RUNS}")
    return int(text)


def _filter(workspace: Workspace, reader: sqlite3.Connection, filters: Mapping[str, str]) -> RunFilter:
    from dataclasses import replace

    from avops.cli.periods import parse_period
    from avops.cli.screen import chosen_runs, statuses_of, zone_of
    from avops.project.clock import SystemClock

    period = parse_period(filters.get("since", "all"), zone_of(workspace.timezone), SystemClock().now())
    names = {key: filters.get(key) for key in ("workflow", "agent", "recipe", "room")}
    chosen = chosen_runs(reader, since=period.since, until=period.until, **names)
    return replace(chosen, status=statuses_of([filters["status"]] if "status" in filters else None))


def _attach(workspace: Workspace, command: AttachRecipe) -> Report:
    from avops.chat.grammar import quote
    from avops.wiring.chat_files import attach
    from avops.wiring.recipe_files import unallowed

    agent, recipe = workspace.agent(command.agent), workspace.recipe(command.recipe)
    agent_name, recipe_name = agent.required().name, recipe.required().name
    is_new = attach(workspace, agent_name, recipe_name)
    said = f"Attached '{recipe_name}' in {agent.path}" if is_new else f"'{recipe_name}' is attached already in {agent.path}"
    missing = unallowed(workspace, recipe, agent_name)
    if missing:
        said += f"\n'{agent_name}' may not call: {', '.join(missing)}"
    data = {"agent": agent_name, "recipe": recipe_name, "path": agent.path, "changed": is_new, "may_not_call": missing}
    again = f"/agent run {quote(agent_name)} recipe={quote(recipe_name)}"
    return Report(text=said, data=data, hints=(f"list them under 'tools' in {agent.path}",) if missing else (again,))


def _new_recipe(workspace: Workspace, command: NewRecipe) -> Report:
    from avops.wiring.chat_files import new_recipe

    path = new_recipe(workspace, command.name)
    return Report(
        text=f"Wrote {path}: its four phases, to be filled in",
        data={"recipe": command.name, "path": path},
        hints=(f"edit {path}, then avops lint {path}",),
    )


def _scout(workspace: Workspace, command: Scout, *, quiet: bool) -> Report:
    from avops.cli.running import person
    from avops.wiring.knowledge import scout

    found = scout(workspace, command.query, allow=command.allow, listener=_listener(quiet=quiet), person=person(workspace))
    lines = [f"Wrote {', '.join(path for path in (found.article, found.recipe) if path)}: {found.title}"]
    lines += [f"  [{source.number}] {source.title}  {source.link}" for source in found.sources]
    lines += [f"  passed over {url}: {reason}" for url, reason in found.passed_over]
    lines += list(found.notes)
    return Report(text="\n".join(lines), data={**found.as_data(), "body": found.body}, hints=(f"/runs {found.run_id}",))
