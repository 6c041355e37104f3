"""What a live run is told by another process: that a person wants it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.telemetry import writes

if TYPE_CHECKING:
    import sqlite3

    from avops.model.run import RunEnd, StepIntent, StepResult


def runs_of_process(connection: sqlite3.Connection, process: str) -> list[int]:
    """The numbers of the runs that a process carries now."""
    rows = connection.execute("SELECT id FROM runs WHERE process = ? AND status = 'running' ORDER BY id", (process,))
    return [int(row[0]) for row in rows]


def family(connection: sqlite3.Connection, run_id: int) -> set[int]:
    """The run, those that it started, those that they started, and so on."""
    rows = connection.execute(
        "WITH RECURSIVE family (id) AS (SELECT ? UNION SELECT runs.id FROM runs JOIN family ON runs.parent_id = family.id) "
        "SELECT id FROM family",
        (run_id,),
    )
    return {int(row[0]) for row in rows}


def note_wish(connection: sqlite3.Connection, run_id: int, process: str, row: tuple[StepIntent, StepResult]) -> bool:
    """True when the row was kept: the process still carries the run. The caller owns the transaction."""
    found = connection.execute("SELECT 1 FROM runs WHERE id = ? AND process = ? AND status = 'running'", (run_id, process)).fetchone()
    if found is not None:
        writes.record_step(connection, run_id, *row)
    return found is not None


def close_run(connection: sqlite3.Connection, run_id: int, process: str, row: tuple[StepIntent, StepResult], end: RunEnd) -> bool:
    """True when the run was ended, with the row that says why; False when it neither waits nor is interrupted.

    All of it or nothing, so that no run stays behind that was half ended. The caller owns the transaction.
    """
    if writes.continue_run(connection, run_id, process=process, now=end.finished_at, paused_s=end.paused_s) is None:
        return False
    writes.record_step(connection, run_id, *row)
    writes.end_run(connection, run_id, end)
    return True
