"""What must be said before a run goes on, and what is kept of what was said.

Of a step that nobody saw end a person says what became of it. A room in which another run has written meanwhile is
left alone unless a person says otherwise. A run that a person cancels is taken back, and nothing else is done.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from avops.engine.journal import needs_word
from avops.errors import AvopsError, UsageError
from avops.model.effect import Effect
from avops.model.run import ANYWAY, CANCEL, LOST, DecisionStatus, RunEnd, RunStatus, StepIntent, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.engine.program import CompiledRecipe
    from avops.model.run import Decision, LaterWrite, Run, StepRecord
    from avops.ports import RunStore

BY_A_PERSON = "interrupted by a person"
"""As the error of an interrupted run begins."""

Words: TypeAlias = "str | Mapping[str, str] | None"
"""What a person says of steps that nobody saw end: one word for all, or one for each key."""


def words_for(run_id: int, journal: list[StepRecord], unknown: Words) -> list[tuple[StepRecord, str]]:
    """The word for each step that needs one; UsageError that names those without."""
    lost = [row for row in journal if needs_word(row)]
    words = [(row, unknown if isinstance(unknown, str) else (unknown or {}).get(row.intent.key)) for row in lost]
    if any(word is None for _, word in words):
        told = " and ".join(_lost(row) for row, word in words if word is None)
        raise UsageError(
            f"run {run_id} ended in the middle of {told}: avops does not know whether it happened",
            hint=f"look, then say avops resume {run_id} --redo, --done or --abort",
        )
    return [(row, word) for row, word in words if word is not None]


def _lost(row: StepRecord) -> str:
    what = f"'{row.intent.tool}.{row.intent.action}'" if row.intent.tool else f"'{row.intent.name}'"
    return f"{what} ({row.intent.key})"


def last_seen(finished_at: datetime | None, journal: list[StepRecord], started_at: datetime) -> datetime:
    """The last instant at which the run was certainly going."""
    seen = [row.finished_at or row.intent.started_at for row in journal if row.error != LOST]
    return finished_at or max(seen, default=started_at)


def require_open(run: Run, *, cancelling: bool) -> None:
    """Raises UsageError when the run neither waits nor is interrupted."""
    if run.status in (RunStatus.WAITING, RunStatus.INTERRUPTED):
        return
    told = "it has ended already" if cancelling and run.status.is_final else "only an interrupted or waiting run can go on"
    raise UsageError(f"run {run.id} is {run.status.value}: {told}", hint=f"avops runs show {run.id}")


async def leave_interrupted(store: RunStore, run_id: int, error: Exception, now: datetime) -> None:
    """Lets go of a run that this process cannot go on with: `interrupted`, if that can still be kept; else its lock tells so later."""
    told = error.message if isinstance(error, AvopsError) else f"{type(error).__name__}: {error}"
    with suppress(AvopsError):
        await store.end_run(run_id, RunEnd(status=RunStatus.INTERRUPTED, error=told, finished_at=now))


def is_ending(journal: Sequence[StepRecord], decisions: Sequence[Decision]) -> bool:
    """True when all that is left of the run is to take it back: that has begun, or what it asked for was denied or has expired."""
    if any(row.intent.phase == "rollback" for row in journal):
        return True
    answered = {row.intent.key for row in journal if row.status not in (StepStatus.WAITING, StepStatus.PENDING, StepStatus.RUNNING)}
    denied = (DecisionStatus.DENIED, DecisionStatus.EXPIRED)
    return any(one.status in denied and one.question.key not in answered for one in decisions)


def left_behind(journal: Sequence[StepRecord]) -> list[StepRecord]:
    """The rows of real writes that happened, or may have, and were not taken back; oldest first."""
    return [row for row in journal if _changed(row)]


def _changed(row: StepRecord) -> bool:
    intent = row.intent
    if intent.tool is None or intent.simulated or intent.kind == "approve" or intent.phase == "rollback":
        return False
    changes = intent.effect in (Effect.WRITE.value, Effect.DESTRUCTIVE.value)
    return changes and row.undo_status != "ok" and row.status in (StepStatus.OK, StepStatus.UNKNOWN, StepStatus.RUNNING)


def meanwhile(store: RunStore, run: Run, journal: Sequence[StepRecord], recipe: CompiledRecipe, *, ending: bool) -> LaterWrite | None:
    """What another run did to the room in which this one would act, or (`ending`) be taken back; None also without a room."""
    if run.room is None:
        return None
    tidies = any(action.call is not None and action.call.effect.changes for action in recipe.rollback_actions)
    if ending and not tidies and not left_behind(journal):
        return None
    return store.later_write(run.id)


def overtaken(run: Run, later: LaterWrite) -> AvopsError:
    """The refusal to go on in a room that another run has changed meanwhile."""
    stopped = "was interrupted" if run.status is RunStatus.INTERRUPTED else "began to wait"
    return AvopsError(
        f"run {later.run_id} wrote to room '{later.room}' after run {run.id} {stopped} ('{later.call}' in '{later.recipe}'): "
        f"going on, or taking back, could undo what it did",
        hint=f"look at the room and at avops runs show {later.run_id}; then repeat the command with --anyway 'REASON'",
    )


def told_why(journal: Sequence[StepRecord], error: str | None) -> str | None:
    """The error of a cancelled run, with who asked for it from another process, and why."""
    row = next((row for row in reversed(journal) if row.intent.kind == CANCEL), None)
    if row is None or error is None or not error.startswith(BY_A_PERSON):
        return error
    return cancelled_text(row.actor, row.note) + error.removeprefix(BY_A_PERSON)


def cancelled_text(by: str | None, reason: str | None) -> str:
    """As the error of a cancelled run begins."""
    return f"cancelled by {by}" + (f": {reason}" if reason else "")


def cancel_row(journal: Sequence[StepRecord], by: str, reason: str, now: datetime) -> tuple[StepIntent, StepResult]:
    """The row with which a person ends a run. It stands in the phase of rollback: nothing else is begun after it."""
    return _row(journal, _intent(CANCEL, "rollback", "Cancelled", now), by, reason)


def anyway_row(journal: Sequence[StepRecord], later: LaterWrite, by: str, reason: str, now: datetime) -> tuple[StepIntent, StepResult]:
    """The row with which a person lets a run go on in a room that another has changed meanwhile."""
    name = f"Went on although run {later.run_id} had written to room {later.room}"
    return _row(journal, _intent(ANYWAY, "act", name, now), by, reason)


def _intent(kind: str, phase: str, name: str, now: datetime) -> StepIntent:
    return StepIntent(key=kind, phase=phase, kind=kind, name=name, started_at=now)


def _row(journal: Sequence[StepRecord], intent: StepIntent, by: str, reason: str) -> tuple[StepIntent, StepResult]:
    attempt = 1 + max((row.intent.attempt for row in journal if row.intent.key == intent.key), default=0)
    result = StepResult(key=intent.key, attempt=attempt, status=StepStatus.OK, finished_at=intent.started_at, actor=by, note=reason or None)
    return replace(intent, attempt=attempt), result
