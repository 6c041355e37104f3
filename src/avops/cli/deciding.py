"""What `approve`, `deny` and `answer` have in common: who may decide, what counts as an answer, and going on."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal

from avops.errors import AvopsError, UsageError
from avops.model.run import DecisionKind, DecisionStatus, RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Decision, Run
    from avops.telemetry.run_store import SqliteRunStore

Verb = Literal["approve", "deny", "answer"]

_TAKES: dict[Verb, frozenset[DecisionKind]] = {
    "approve": frozenset({DecisionKind.APPROVE, DecisionKind.CONFIRM}),
    "deny": frozenset(set(DecisionKind) - {DecisionKind.UNKNOWN}),
    "answer": frozenset({DecisionKind.ASK, DecisionKind.MANUAL, DecisionKind.DO}),
}
_STATUS: dict[Verb, DecisionStatus] = {
    "approve": DecisionStatus.APPROVED,
    "deny": DecisionStatus.DENIED,
    "answer": DecisionStatus.ANSWERED,
}


def decide(
    verb: Verb, decision_id: int, *, value: str | None = None, note: str | None = None, anyway: str | None = None, as_json: bool = False
) -> int:
    """Decides as the login account, then goes on with the run; the exit code is the run's."""
    from avops import wiring
    from avops.cli.running import finish, listener, person, reason_for
    from avops.project.account import login_account
    from avops.project.clock import SystemClock
    from avops.telemetry import queries
    from avops.wiring.chat import redactor
    from avops.wiring.running import Continuation

    anyway = reason_for(anyway)
    workspace = wiring.open_workspace()
    account = login_account()
    with wiring.open_store(workspace) as store:
        decision = queries.decision(store.reader(), decision_id)
        run = store.run(decision.run_id)
        now = SystemClock().now()
        require_open(decision, run, now)
        require_kind(verb, decision)
        require_person(decision, run, account, workspace.settings.roles, four_eyes=needs_four_eyes(store, run.id))
        if anyway is None:
            require_room_as_it_was(store, run, ending=verb == "deny")
        answer = understood(decision, value) if verb == "answer" else None
        hidden = redactor(workspace)
        answer, note = hidden.data(answer), hidden.text(note) if note is not None else None
        _keep(store, decision_id, _STATUS[verb], answer, note, account, now)
    if not as_json:
        print(f"decision {decision_id} {_STATUS[verb].value} by {account}", file=sys.stderr)
    report = wiring.resume_run(workspace, run.id, listener(quiet=as_json), said=Continuation(anyway=anyway), person=person(workspace))
    return finish(workspace, report, as_json=as_json)


def _keep(
    store: SqliteRunStore, decision_id: int, status: DecisionStatus, answer: object, note: str | None, account: str, now: datetime
) -> None:
    import asyncio

    async def keep() -> bool:
        return await store.decide(decision_id, status=status, answer=answer, note=note, decided_by=account, decided_at=now)

    if not asyncio.run(keep()):
        raise UsageError(f"somebody else decided {decision_id} in this moment", hint="avops inbox")


def require_open(decision: Decision, run: Run, now: datetime) -> None:
    """Raises UsageError when the decision cannot be decided (any more), and says why."""
    if decision.status is not DecisionStatus.OPEN:
        by = f" by {decision.decided_by}" if decision.decided_by else ""
        raise UsageError(f"decision {decision.id} is {decision.status.value}{by} already", hint=f"avops runs show {run.id}")
    if decision.question.expires_at is not None and decision.question.expires_at <= now:
        raise UsageError(f"decision {decision.id} has expired: it counts as denied", hint="avops tick ends its run")
    if run.status is RunStatus.RUNNING:
        raise UsageError(
            f"run {run.id} is asking this at its own terminal just now", hint="answer it there; once it waits, anybody may decide here"
        )
    if run.status not in (RunStatus.WAITING, RunStatus.INTERRUPTED):
        raise UsageError(f"run {run.id} is {run.status.value}: nothing waits for this decision", hint=f"avops runs show {run.id}")


def require_room_as_it_was(store: SqliteRunStore, run: Run, *, ending: bool) -> None:
    """Raises AvopsError when another run has written to the room since this one began to wait: nothing is decided then."""
    from avops.engine.continuing import meanwhile, overtaken
    from avops.engine.preflight import prepare
    from avops.engine.request import load_bundle

    if run.room is None:
        return
    recipe = prepare(load_bundle(store.start(run.id))).recipe
    if (later := meanwhile(store, run, store.steps(run.id), recipe, ending=ending)) is not None:
        raise overtaken(run, later)


def require_kind(verb: Verb, decision: Decision) -> None:
    """Raises UsageError, with the right command, when this kind of question is not decided by that command."""
    from avops.report.formats import decision_command

    if decision.question.kind not in _TAKES[verb]:
        raise UsageError(
            f"decision {decision.id} is a '{decision.question.kind.value}', which '{verb}' does not decide", hint=decision_command(decision)
        )


def require_person(decision: Decision, run: Run, account: str, roles: Mapping[str, Sequence[str]], *, four_eyes: bool) -> None:
    """Raises AvopsError when this account may not decide: it lacks the role, or it started a run that needs four eyes."""
    role = decision.question.role
    if role is not None and account not in roles.get(role, ()):
        holders = ", ".join(sorted(roles.get(role, ()))) or "nobody yet"
        raise AvopsError(
            f"the account '{account}' does not hold the role '{role}'", hint=f"holders are listed under roles: in avops.yaml ({holders})"
        )
    if four_eyes and account == run.started_by:
        raise AvopsError(
            f"'{account}' started run {run.id}, and '{run.recipe}' needs a second person", hint="ask somebody else who holds the role"
        )


def needs_four_eyes(store: SqliteRunStore, run_id: int) -> bool:
    """True where the recipe, or one that it calls, says `four_eyes: true`, as the run keeps them."""
    from avops.engine.request import load_bundle

    return load_bundle(store.start(run_id)).four_eyes


def understood(decision: Decision, value: str | None) -> object:
    """The answer as the step expects it: JSON where its schema asks for other than text. UsageError when it does not fit."""
    question = decision.question
    if value is None:
        if question.kind is DecisionKind.ASK or question.expect is not None:
            raise UsageError(f"decision {decision.id} asks for a value: {question.prompt}", hint=f"avops answer {decision.id} VALUE")
        return None
    if question.expect is None:
        return value
    from avops.engine.schema_check import schema_error

    answer: object = value
    if question.expect.get("type") != "string":
        try:
            answer = json.loads(value)
        except ValueError:
            answer = value
    if problem := schema_error(question.expect, answer):
        raise UsageError(f"'{value}' is not what decision {decision.id} expects: {problem}", hint="give it as JSON, in quotes")
    return answer
