"""Whether the schedule keeps its word: read beside the runs, without the schedule's own store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.telemetry.rows import from_micros, from_micros_or_none, to_micros

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleHealth:
    """How the schedule stands now, and what became of its slots since an instant."""

    last_tick_at: datetime | None
    scheduled: int
    """Workflows that have a next planned start."""
    paused_until: datetime | None
    is_paused: bool
    pause_reason: str
    missed: int
    failed: int
    """Slots of which no run could be made."""
    largest_late_s: float | None
    """How late the latest start was; those that were queued or caught up do not count."""
    broken: int
    """Workflow files that cannot be read."""


def schedule_health(connection: sqlite3.Connection, *, now: datetime, since: datetime) -> ScheduleHealth:
    """The schedule at `now`, its slots from `since` on."""
    tick = connection.execute("SELECT value FROM schedule_facts WHERE name = 'last_tick_at'").fetchone()
    (scheduled,) = connection.execute("SELECT count(*) FROM schedule_workflows WHERE due_at IS NOT NULL AND path IS NOT NULL").fetchone()
    pause = connection.execute(
        "SELECT reason, until_at FROM schedule_pauses WHERE from_at <= ?1 AND (until_at IS NULL OR until_at > ?1) ORDER BY id DESC",
        (to_micros(now),),
    ).fetchone()
    missed, failed, late_us = connection.execute(
        "SELECT coalesce(sum(CASE WHEN state = 'missed' THEN slots END), 0), coalesce(sum(CASE WHEN state = 'failed' THEN slots END), 0), "
        "max(CASE WHEN begun_at IS NOT NULL AND reason IS NULL AND cause IS NULL THEN begun_at - planned_at END) "
        "FROM schedule_slots WHERE decided_at >= ?",
        (to_micros(since),),
    ).fetchone()
    (broken,) = connection.execute("SELECT count(*) FROM schedule_files WHERE problem IS NOT NULL").fetchone()
    return ScheduleHealth(
        last_tick_at=None if tick is None else from_micros(int(tick[0])),
        scheduled=scheduled,
        is_paused=pause is not None,
        pause_reason=pause[0] if pause else "",
        paused_until=from_micros_or_none(pause[1]) if pause else None,
        missed=missed,
        failed=failed,
        largest_late_s=None if late_us is None else late_us / 1e6,
        broken=broken,
    )
