"""Alerts of workflows: who is told, through which tool. Every message is a recorded run of one step under an agent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from avops.engine.executor import RunReport
    from avops.model.settings import Alerts
    from avops.model.tool import ActionBase
    from avops.telemetry.alerts import Sending
    from avops.wiring.running import Running
    from avops.wiring.workspace import Workspace


async def send_alerts(workspace: Workspace, running: Running, now: datetime, *, mock: bool | Sequence[str] = False) -> list[str]:
    """Judges what ended since the last look, sends what is due, and says what could not be sent."""
    from avops.telemetry import alerts
    from avops.telemetry.process_lock import is_alive

    if alerts.is_quiet(running.store.reader(), now):
        return []
    settings = workspace.settings.alerts
    known: dict[str, Collection[str]] = {}

    def wanted(workflow: str) -> Collection[str]:
        if workflow not in known:
            known[workflow] = _notify_on(workspace, workflow) if settings.notify or settings.ticket else ()
        return known[workflow]

    await running.store.submit(
        lambda connection: alerts.judge(connection, now, wanted, recover_after=settings.recover_after, tickets=settings.ticket is not None)
    )
    notes = []
    locks = running.store.locks
    claimed = await running.store.submit(
        lambda connection: alerts.claim(connection, now, running.process, lambda name: is_alive(locks, name))
    )
    for sending in claimed:
        note = await _send(workspace, running, sending, now=now, mock=mock)
        if note:
            notes.append(note)
    return notes


def _notify_on(workspace: Workspace, workflow: str) -> Collection[str]:
    """What a workflow's file asks for; nothing of one that is gone or broken."""
    try:
        return tuple(workspace.project.workflows.find(workflow).required().notify_on)
    except AvopsError:
        return ()


async def _send(workspace: Workspace, running: Running, sending: Sending, *, now: datetime, mock: bool | Sequence[str]) -> str | None:
    """Sends one thing and keeps what came of it; a sentence when it did not work."""
    from avops.telemetry import alerts

    error, for_good, ticket = None, False, None
    try:
        answered, answer, unknown = _answer_of(running, sending.id)
        if unknown is not None:
            error, for_good = f"nobody knows whether it was sent: avops runs show {unknown}", True
        elif not answered:
            answer = await _call(workspace, running, sending, mock)
        if error is None and sending.task == "open" and isinstance(answer, dict) and answer.get("id") is not None:
            ticket = str(answer["id"])
    except AvopsError as problem:
        error = str(problem)
    if error is None:
        await running.store.submit(lambda connection: alerts.settle_sent(connection, sending, ticket))
        return None
    kept = error
    given_up = await running.store.submit(lambda connection: alerts.settle_failed(connection, sending, now, kept, for_good=for_good))
    return f"the alert '{sending.subject}' could not be sent{', and is given up' if given_up else ', and is tried again'}: {error}"


def _slot(sending_id: int) -> str:
    return f"alert:{sending_id}"


def _answer_of(running: Running, sending_id: int) -> tuple[bool, object, int | None]:
    """Whether an earlier attempt was answered after all, the answer, and the run of which nobody knows."""
    for (run_id,) in running.store.reader().execute("SELECT id FROM runs WHERE slot = ? ORDER BY id", (_slot(sending_id),)).fetchall():
        for step in running.store.steps(run_id):
            if step.intent.kind in ("tool", "notify") and step.intent.phase in ("act", "verify") and step.intent.tool:
                if step.status.value == "ok":
                    return True, step.value, None
                if step.status.value in ("unknown", "running"):
                    return False, None, int(run_id)
    return False, None, None


async def _call(workspace: Workspace, running: Running, sending: Sending, mock: bool | Sequence[str]) -> object:
    """The tool's answer. AvopsError when it was not given."""
    from avops.wiring.tool_calls import prepare_call, start_of_call

    settings = workspace.settings.alerts
    tool, action, arguments = _target(workspace, settings, sending)
    call = prepare_call(workspace, tool, action, [json.dumps(arguments)], settings.agent)
    start, secret = start_of_call(workspace, call, None, mock=mock if isinstance(mock, bool) else list(mock), asks=False)
    report: RunReport = await running.executor.start(replace(start, slot=_slot(sending.id)), secret)
    answered, answer, _ = _answer_of(running, sending.id)
    if not answered:
        reasons = "; ".join(str(problem) for problem in report.problems) or report.error or f"run {report.run_id} is {report.status.value}"
        raise AvopsError(reasons, hint=f"avops runs show {report.run_id}")
    return answer


def _target(workspace: Workspace, settings: Alerts, sending: Sending) -> tuple[str, str, dict[str, object]]:
    """Tool, action and arguments. Of what is known, an action gets what its input names."""
    from avops.engine.program import actions_of

    if sending.task == "tell":
        if not settings.notify:
            raise AvopsError("'alerts' in 'avops.yaml' names nobody to notify", hint="write alerts: {notify: {slack: '#channel'}}")
        tool, to = next(iter(settings.notify.items()))
        actions: Mapping[str, ActionBase] = actions_of(workspace.tool(tool).required())
        for name, spec in actions.items():
            if spec.notify is not None:
                return tool, name, {spec.notify.to: to, spec.notify.text: f"{sending.subject}\n{sending.text}"}
        raise AvopsError(f"the tool '{tool}' has no action that notifies", hint="add notify: {to: …, text: …} to one of its actions")
    if settings.ticket is None:
        raise AvopsError("'alerts' in 'avops.yaml' names no ticket actions any more")
    if sending.task == "close" and sending.ticket is None:
        raise AvopsError("the ticket's number is not known")
    tool, _, action = (settings.ticket.open if sending.task == "open" else settings.ticket.close).partition(".")
    known: dict[str, object] = {"title": sending.subject[:160], "description": sending.text, "room": sending.room or None}
    if sending.task == "close":
        known = {"ticket": sending.ticket, "id": sending.ticket, "resolution": sending.text, "text": sending.text}
    found = actions_of(workspace.tool(tool).required()).get(action)
    if found is None:
        raise AvopsError(f"the tool '{tool}' has no action '{action}'", hint="look at 'alerts' in 'avops.yaml'")
    return tool, action, {name: value for name, value in known.items() if name in found.input and value is not None}
