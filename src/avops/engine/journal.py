"""What the earlier lives of a continued run left behind, asked by the keys of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.run import ABORTED, CANCEL, INTERRUPTED, LOST, StepStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from avops.model.run import StepIntent, StepRecord

_OPEN = (StepStatus.RUNNING, StepStatus.WAITING, StepStatus.PENDING)


class Journal:
    """The rows of a run as they were when this life of it began. An empty one answers nothing."""

    def __init__(self, rows: Iterable[StepRecord] = ()) -> None:
        self._rows: dict[str, list[StepRecord]] = {}
        self._below: dict[str, datetime] = {}
        """When the first thing was done for a key: for the step itself, or for one inside it."""
        self.over: str | None = None
        """Why nothing but rollback may be begun any more: it had begun already, or a person had ended the run."""
        self.cancelled: str | None = None
        """Who cancelled the run, and why."""
        self.real_calls = 0
        self.simulated_calls = 0
        for row in rows:
            self._add(row)

    def _add(self, row: StepRecord) -> None:
        intent = row.intent
        self._rows.setdefault(intent.key, []).append(row)
        key = intent.key
        while key:
            self._below.setdefault(key, intent.started_at)
            key = key.rpartition("/")[0] if "/" in key else key.partition("[")[0] if "[" in key else ""
        if intent.kind == CANCEL:
            self.over = self.cancelled = f"cancelled by {row.actor}" + (f": {row.note}" if row.note else "")
        elif intent.phase == "rollback":
            self.over = self.over or "the run was being taken back"
        elif row.status is StepStatus.CANCELLED or row.note in (INTERRUPTED, ABORTED):
            self.over = "a person ended the run" if row.note == ABORTED else "interrupted by a person"
        if intent.tool is not None and intent.kind != "approve" and not _untouched(row):
            self.real_calls += not intent.simulated
            self.simulated_calls += intent.simulated

    def __bool__(self) -> bool:
        return bool(self._rows)

    def answers(self, key: str) -> list[StepRecord]:
        """The rows that say how an attempt of the step ended, oldest first."""
        return [row for row in self._rows.get(key, ()) if is_answer(row)]

    def next_attempt(self, intent: StepIntent) -> int:
        """The number under which an attempt that the journal does not hold is kept."""
        rows = self._rows.get(intent.key)
        if not rows:
            return intent.attempt
        # A row that only waited is taken over by the row of what it waited for.
        taken = max((row.intent.attempt for row in rows if row.status not in (StepStatus.WAITING, StepStatus.PENDING)), default=0)
        return taken + max(1, intent.attempt - len(self.answers(intent.key)))

    def began_at(self, key: str) -> datetime | None:
        """When the step, or the first one inside it, was begun."""
        return self._below.get(key)

    def deadline(self, key: str) -> datetime | None:
        """The deadline the step had when it was last begun."""
        rows = self._rows.get(key)
        return rows[-1].intent.deadline_at if rows else None

    def is_uncertain(self, key: str) -> bool:
        """True when an attempt of the step may have happened without an answer."""
        return any(row.status is StepStatus.UNKNOWN for row in self._rows.get(key, ()))


def is_answer(row: StepRecord) -> bool:
    """True for a row that says how the step ended: not for one that is open, or whose process ended in the middle."""
    if row.status in _OPEN:
        return False
    if row.error != LOST:
        return True
    # A lost write that may be repeated is repeated; a lost one that may not is for a person to decide.
    return row.status is StepStatus.UNKNOWN and not row.intent.idempotent


def needs_word(row: StepRecord) -> bool:
    """True for a step of which nobody knows whether it happened, and which must not simply be repeated."""
    if row.intent.idempotent or row.intent.tool is None:
        return False
    lost = row.status is StepStatus.UNKNOWN and row.error == LOST
    return lost or (row.status is StepStatus.RUNNING and row.intent.effect != "read")


def _untouched(row: StepRecord) -> bool:
    """True for a call that was not made after all."""
    return row.status is StepStatus.CANCELLED or (row.error or "").startswith("refused by ")
