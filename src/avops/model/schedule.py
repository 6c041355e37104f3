"""The facts of the schedule: slots, what was decided about them, and who switched what off.

A slot is a workflow and a planned instant. A workflow's `key` is its name without regard to case and spacing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


CAUGHT_UP = "missed, caught up"
"""The reason of a claim on a missed slot."""


class SlotState(StrEnum):
    """What became of a slot."""

    CLAIMED = "claimed"
    """A live process is going to start it."""
    STARTED = "started"
    """The process has asked for its run; the run's `slot` names this slot as soon as the run exists."""
    QUEUED = "queued"
    """It waits until the workflow's run before it has ended."""
    RAN = "ran"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"
    """No run could be made; the reason says why."""

    @property
    def is_open(self) -> bool:
        """True while something is still to be done about it."""
        return self in (SlotState.CLAIMED, SlotState.STARTED, SlotState.QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A planned time of a workflow; `cause` is the run whose end it follows, if any."""

    key: str
    planned_at: datetime
    cause: int | None = None

    @property
    def id(self) -> str:
        """What the slot's run carries in its `slot`, such as `morning check@2026-05-01T06:00:00Z`."""
        return slot_id(self.key, self.planned_at)


def slot_id(key: str, planned_at: datetime) -> str:
    """The text that names a slot; `planned_at` is aware UTC."""
    return f"{key}@{planned_at.replace(tzinfo=None).isoformat()}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """A row of the schedule's history.

    One row with a `count` above 1 stands for all slots from `planned_at` to `until_at` that share its state and reason.
    """

    key: str
    planned_at: datetime
    until_at: datetime
    count: int = 1
    state: SlotState
    reason: str | None = None
    decided_at: datetime
    process: str | None = None
    attempts: int = 0
    """How often a process died after claiming it and before its run existed."""
    begun_at: datetime | None = None
    run_id: int | None = None
    cause: int | None = None

    @property
    def slot(self) -> Slot:
        """The slot, or the first of the slots, that the row is about."""
        return Slot(key=self.key, planned_at=self.planned_at, cause=self.cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFile:
    """A workflow file as it was last read. `workflow` is the key of its name, also of the name that it had before it broke."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    read_at_ns: int
    sha256: str
    workflow: str | None
    problem: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledWorkflow:
    """A workflow as the schedule knows it: its settings, and how far its slots are decided.

    Slots up to `decided_until` are settled; `due_at` is the first after it, None when there is none or the file is gone
    (`path` None). `problem` says why it cannot be started at all.
    """

    key: str
    name: str
    path: str | None
    timing: Mapping[str, object]
    after: str | None
    """The key of the workflow that it follows."""
    enabled: bool
    grace_s: float
    catch_up: str
    overlap: str
    anchor_at: datetime
    decided_until: datetime
    due_at: datetime | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's word on whether a workflow is scheduled, over what its file says; None takes earlier words back."""

    key: str
    enabled: bool | None
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which nothing is scheduled; `until_at` None: until somebody resumes."""

    reason: str
    by: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a run that a workflow (`key`) follows; `status` and `simulated` as of the run, `of` its workflow's name."""

    key: str
    of: str
    run_id: int
    finished_at: datetime
    status: str
    simulated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What keeps a workflow from being started again: a run, or a start that has no run yet (`run_id` None)."""

    run_id: int | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to become of a slot that was about to start: `started`, `queued` or `skipped`, and why not."""

    state: SlotState
    reason: str | None = None
