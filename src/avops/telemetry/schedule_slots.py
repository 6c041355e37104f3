"""Each write about a slot as a function over a connection. The caller owns the transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.telemetry.instants import to_micros, to_micros_or_none
from avops.telemetry.schedule_rows import SLOT_COLUMNS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from datetime import datetime

    from avops.model.schedule import Busy, Slot, SlotRecord, SlotState, Verdict

# The plus keeps SQLite from walking all runs of the workflow: those that are under way are few.
_UNDER_WAY = """
SELECT id, status FROM runs INDEXED BY runs_status
WHERE status IN ('running', 'waiting', 'interrupted') AND +parent_id IS NULL
  AND +workflow = (SELECT name FROM schedule_workflows WHERE key = ?)
ORDER BY id LIMIT 1
"""
_STARTING = """
SELECT 1 FROM schedule_slots
WHERE state = 'started' AND key = ? AND planned_at <> ? AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.slot = schedule_slots.slot)
LIMIT 1
"""
_INSERT = f"INSERT INTO schedule_slots ({SLOT_COLUMNS}, slot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608


def claim(connection: sqlite3.Connection, slot: Slot, *, process: str, now: datetime, reason: str | None = None, attempts: int = 0) -> bool:
    """True when the slot had no row yet: it is the process's now."""
    from avops.model.schedule import SlotState

    planned = to_micros(slot.planned_at)
    values = (
        *(slot.key, planned, planned, 1, SlotState.CLAIMED, reason, to_micros(now), process, attempts),
        *(None, None, slot.cause, slot.id),
    )
    return connection.execute(_INSERT, values).rowcount == 1


def record(connection: sqlite3.Connection, record: SlotRecord) -> None:
    """Keeps slots that are not run. The row just before them grows when state and reason are the same."""
    from avops.model.schedule import slot_id

    planned, until = to_micros(record.planned_at), to_micros(record.until_at)
    before = connection.execute(
        "SELECT planned_at, until_at, state, reason FROM schedule_slots WHERE key = ? AND planned_at <= ? ORDER BY planned_at DESC LIMIT 1",
        (record.key, planned),
    ).fetchone()
    if before and before[1] >= until:
        return
    if before and before[2:] == (record.state, record.reason):
        connection.execute(
            "UPDATE schedule_slots SET until_at = ?, slots = slots + ?, decided_at = ? WHERE key = ? AND planned_at = ?",
            (until, record.count, to_micros(record.decided_at), record.key, before[0]),
        )
        return
    values = (
        *(record.key, planned, until, record.count, record.state, record.reason, to_micros(record.decided_at)),
        *(record.process, record.attempts, to_micros_or_none(record.begun_at), record.run_id, record.cause),
        slot_id(record.key, record.planned_at),
    )
    connection.execute(_INSERT, values)


def begin(
    connection: sqlite3.Connection, slot: Slot, process: str, now: datetime, judge: Callable[[Busy | None, bool], Verdict]
) -> Verdict | None:
    """What the judge makes of it, kept; None when the slot is neither the process's claim nor queued."""
    from avops.model.schedule import SlotState

    planned = to_micros(slot.planned_at)
    row = connection.execute(
        "SELECT state FROM schedule_slots WHERE key = ? AND planned_at = ? AND ((state = 'claimed' AND process = ?) OR state = 'queued')",
        (slot.key, planned, process),
    ).fetchone()
    if row is None:
        return None
    verdict = judge(*busy(connection, slot))
    holder = process if verdict.state is SlotState.STARTED else None
    connection.execute(
        "UPDATE schedule_slots SET state = ?, reason = coalesce(?, reason), process = ?, begun_at = ? WHERE key = ? AND planned_at = ?",
        (verdict.state, verdict.reason, holder, to_micros(now) if holder else None, slot.key, planned),
    )
    return verdict


def busy(connection: sqlite3.Connection, slot: Slot) -> tuple[Busy | None, bool]:
    """What keeps the slot's workflow busy, and whether another slot of it is queued."""
    from avops.model.schedule import Busy

    planned = to_micros(slot.planned_at)
    queued = "SELECT 1 FROM schedule_slots WHERE state = 'queued' AND key = ? AND planned_at <> ? LIMIT 1"
    is_queued = connection.execute(queued, (slot.key, planned)).fetchone() is not None
    run = connection.execute(_UNDER_WAY, (slot.key,)).fetchone()
    if run:
        return Busy(run_id=int(run[0]), status=str(run[1])), is_queued
    is_starting = connection.execute(_STARTING, (slot.key, planned)).fetchone() is not None
    return (Busy(run_id=None, status="starting") if is_starting else None), is_queued


def close(connection: sqlite3.Connection, slot: Slot, state: SlotState, reason: str | None, run_id: int | None) -> None:
    """Keeps what became of a slot."""
    connection.execute(
        "UPDATE schedule_slots SET state = ?, reason = coalesce(?, reason), run_id = ? WHERE key = ? AND planned_at = ?",
        (state, reason, run_id, slot.key, to_micros(slot.planned_at)),
    )
