"""A room belongs to one run at a time, and never to the dead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.unit.telemetry.histories import FIRST, Past, database

from avops.model.run import RunEnd, RunStatus
from avops.telemetry import room_locks, writes
from avops.telemetry.process_lock import ProcessLock

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

TWO_RUNNING = [Past(status=RunStatus.RUNNING), Past(status=RunStatus.RUNNING)]


def take(connection: sqlite3.Connection, locks: Path, run_id: int, process: str, room: str = "hq-1") -> int | None:
    holder = room_locks.lock_room(connection, locks, room=room, run_id=run_id, process=process, now=FIRST + timedelta(seconds=run_id))
    return None if holder is None else holder.run_id


def test_a_room_is_held_until_it_is_given_back(tmp_path: Path) -> None:
    with database(TWO_RUNNING) as (connection, _), ProcessLock.acquire(tmp_path) as one, ProcessLock.acquire(tmp_path) as two:
        assert take(connection, tmp_path, 1, one.name) is None
        assert take(connection, tmp_path, 1, one.name) is None
        assert take(connection, tmp_path, 2, two.name) == 1
        assert take(connection, tmp_path, 2, two.name, room="hq-2") is None

        room_locks.unlock_room(connection, room="hq-1", run_id=2)
        assert take(connection, tmp_path, 2, two.name) == 1
        room_locks.unlock_room(connection, room="hq-1", run_id=1)
        assert take(connection, tmp_path, 2, two.name) is None
        holder = room_locks.holder_of(connection, "hq-1")
        assert holder == room_locks.RoomLock(room="hq-1", run_id=2, process=two.name, acquired_at=FIRST + timedelta(seconds=2))


def test_a_room_of_a_process_that_is_gone_is_taken_over(tmp_path: Path) -> None:
    with database(TWO_RUNNING) as (connection, _), ProcessLock.acquire(tmp_path) as two:
        with ProcessLock.acquire(tmp_path) as one:
            assert take(connection, tmp_path, 1, one.name) is None
        assert take(connection, tmp_path, 2, two.name) is None


def test_a_run_that_ends_or_waits_gives_its_rooms_back(tmp_path: Path) -> None:
    with database(TWO_RUNNING) as (connection, _), ProcessLock.acquire(tmp_path) as one:
        for run_id, status in ((1, RunStatus.WAITING), (2, RunStatus.SUCCESS)):
            assert take(connection, tmp_path, run_id, one.name) is None
            writes.end_run(connection, run_id, RunEnd(status=status, finished_at=FIRST))
            assert room_locks.holder_of(connection, "hq-1") is None
