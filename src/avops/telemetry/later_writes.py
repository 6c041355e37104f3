"""What other runs did to a run's room since it last did anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avops.model.run import LaterWrite
from avops.telemetry.rows import from_micros

if TYPE_CHECKING:
    import sqlite3

_LAST_RECORD: Final = """
SELECT r.room, coalesce(max(s.id), 0), coalesce(max(max(s.started_at), coalesce(max(s.finished_at), 0)), r.started_at), r.id
FROM runs r LEFT JOIN steps s ON s.run_id = r.id AND s.epoch < ?2 WHERE r.id = ?1
"""
# A row that waited for a person keeps its number when its call begins, so the time is asked for beside the number; the
# number alone is right where a clock has jumped.
_LATER: Final = """
SELECT r.id, r.recipe, r.room, s.key, s.tool, s.action, s.started_at
FROM runs r JOIN steps s ON s.run_id = r.id
WHERE r.room = ?1 AND r.id <> ?2 AND (r.id > ?2 OR r.finished_at IS NULL OR r.finished_at >= ?4)
  AND s.effect IN ('write', 'destructive') AND s.tool IS NOT NULL AND s.kind <> 'approve' AND s.simulated = 0
  AND s.status IN ('ok', 'unknown', 'running') AND (s.id > ?3 OR s.started_at > ?4)
ORDER BY r.id, s.id LIMIT 1
"""
_ANY_EPOCH = 1 << 62


def later_write(connection: sqlite3.Connection, run_id: int, *, before_epoch: int | None = None) -> LaterWrite | None:
    """The first real write of another run in this run's room since this run's last record; None without one, or without a room.

    With `before_epoch`, the records of this run's lives from that one on do not count.
    """
    found = connection.execute(_LAST_RECORD, (run_id, _ANY_EPOCH if before_epoch is None else before_epoch)).fetchone()
    if found is None or found[0] is None:
        return None
    room, last_id, last_at, _ = found
    row = connection.execute(_LATER, (room, run_id, last_id, last_at)).fetchone()
    if row is None:
        return None
    return LaterWrite(run_id=row[0], recipe=row[1], room=row[2], key=row[3], call=f"{row[4]}.{row[5]}", started_at=from_micros(row[6]))
