"""What a tick did, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from avops.model.schedule import Pause

_GOOD = ("success",)
_WAITING = ("waiting",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """What came of a run: its number and where it stands."""

    run_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RanSlot:
    """A slot that was run; in a dry run, one that would be (`run_id` and `status` None)."""

    workflow: str
    planned_at: datetime
    is_caught_up: bool = False
    run_id: int | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Slots of a workflow that were skipped or missed, from the first to the last planned instant.

    `is_meant`: somebody wanted it so (disabled, paused, blacked out), so that it is no news.
    """

    workflow: str
    first: datetime
    last: datetime
    count: int = 1
    reason: str | None = None
    is_meant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedStart:
    """A slot of which no run could be made."""

    workflow: str
    planned_at: datetime
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenFile:
    """A workflow file that cannot be scheduled."""

    path: str
    message: str
    hint: str | None = None


@dataclass(slots=True, kw_only=True)
class TickReport:
    """What one tick did. `missed` counts missed slots whether or not they were caught up; `queued` wait for a run to end."""

    at: datetime
    is_dry: bool = False
    ran: list[RanSlot] = field(default_factory=list)
    skipped: list[LeftOut] = field(default_factory=list)
    missed: list[LeftOut] = field(default_factory=list)
    queued: list[LeftOut] = field(default_factory=list)
    failed: list[FailedStart] = field(default_factory=list)
    broken: list[BrokenFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str | None = None
    """What kept the tick from looking at the schedule at all; the next one tries again."""
    hint: str | None = None
    pause: Pause | None = None

    @property
    def is_quiet(self) -> bool:
        """True when there is nothing to say off a terminal."""
        news = (self.ran, self.missed, self.queued, self.failed, self.broken, self.notes, self.error)
        return not any(news) and all(left.is_meant for left in self.skipped)

    @property
    def summary(self) -> str:
        """One line, such as `Ticked. Ran 2 workflows.`"""
        if self.error:
            return "Did not tick."
        workflows = len({slot.workflow for slot in self.ran})
        words = f"{workflows} workflow{'' if workflows == 1 else 's'}"
        if len(self.ran) > workflows:
            words += f" in {len(self.ran)} runs"
        return f"Dry run. Would run {words}." if self.is_dry else f"Ticked. Ran {words}."

    @property
    def exit_code(self) -> int:
        """1 when something is broken, could not start or did not succeed; 4 when a run waits for a person; else 0."""
        statuses = [slot.status for slot in self.ran if slot.status is not None]
        if self.error or self.broken or self.failed or any(status not in (*_GOOD, *_WAITING) for status in statuses):
            return 1
        return 4 if any(status in _WAITING for status in statuses) else 0
