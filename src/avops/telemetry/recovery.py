"""Runs whose process has ended: found by the process's lock, and marked so that a person can go on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.telemetry.process_lock import is_alive, remove_stale
from avops.telemetry.writes import lose_steps

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_LAST_SIGN_OF_LIFE = "(SELECT max(max(started_at), coalesce(max(finished_at), 0)) FROM steps WHERE run_id = runs.id)"


def recover_runs(connection: sqlite3.Connection, locks: Path) -> list[int]:
    """The numbers of runs that have just become `interrupted`. The caller owns the transaction.

    A run is touched only if it is `running` and its process is gone; a run without a process (it runs elsewhere) never is.
    Steps in flight become `unknown`, or `failed` where they only read or touched nothing outside. The run's `finished_at`
    is the last instant at which it left a sign, so that the time it lay dead does not count as work. Lock files of
    processes that are gone are removed.
    """
    interrupted: list[int] = []
    alive: dict[str, bool] = {}
    running = connection.execute("SELECT id, process FROM runs WHERE status = 'running' AND process IS NOT NULL ORDER BY id").fetchall()
    for run_id, process in running:
        if process not in alive:
            alive[process] = is_alive(locks, process)
        if not alive[process]:
            _interrupt(connection, run_id)
            interrupted.append(run_id)
    # A missing file says the same as a free lock, so this is safe whether or not the transaction commits.
    remove_stale(locks)
    return interrupted


def _interrupt(connection: sqlite3.Connection, run_id: int) -> None:
    ended_at = f"max(coalesce(continued_at, started_at), coalesce({_LAST_SIGN_OF_LIFE}, 0))"
    connection.execute(
        f"UPDATE runs SET status = 'interrupted', error = 'its process ended', finished_at = {ended_at}, "  # noqa: S608 - constant text
        f"duration_us = max(0, {ended_at} - started_at - paused_us) WHERE id = ?",
        (run_id,),
    )
    connection.execute("DELETE FROM room_locks WHERE run_id = ?", (run_id,))
    lose_steps(connection, run_id)
