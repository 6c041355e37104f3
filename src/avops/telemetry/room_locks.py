"""Which run has a room to itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.telemetry.process_lock import is_alive
from avops.telemetry.rows import from_micros, to_micros

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLock:
    """A room and the run that has it."""

    room: str
    run_id: int
    process: str
    acquired_at: datetime


def lock_room(connection: sqlite3.Connection, locks: Path, *, room: str, run_id: int, process: str, now: datetime) -> RoomLock | None:
    """None when the run has the room now; otherwise the lock of the run that has it.

    A lock whose process is gone is taken over. Locking a room again for the same run changes nothing.
    """
    holder = holder_of(connection, room)
    if holder is not None and holder.run_id != run_id and is_alive(locks, holder.process):
        return holder
    connection.execute(
        "INSERT INTO room_locks (room, run_id, process, acquired_at) VALUES (?, ?, ?, ?) ON CONFLICT (room) DO UPDATE SET "
        "run_id = excluded.run_id, process = excluded.process, acquired_at = excluded.acquired_at",
        (room, run_id, process, to_micros(now)),
    )
    return None


def unlock_room(connection: sqlite3.Connection, *, room: str, run_id: int) -> None:
    """Frees the room if this run has it."""
    connection.execute("DELETE FROM room_locks WHERE room = ? AND run_id = ?", (room, run_id))


def holder_of(connection: sqlite3.Connection, room: str) -> RoomLock | None:
    """The lock on a room, if there is one; its process may be gone."""
    row = connection.execute("SELECT room, run_id, process, acquired_at FROM room_locks WHERE room = ?", (room,)).fetchone()
    return None if row is None else RoomLock(room=row[0], run_id=row[1], process=row[2], acquired_at=from_micros(row[3]))
