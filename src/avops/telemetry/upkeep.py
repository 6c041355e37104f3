"""Care of the database: retention, checks, backups, figures about the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import StorageError
from avops.telemetry.database import open_reader, open_writer, snapshot, storage_error, transaction, translated
from avops.telemetry.rollups import DAY_US, FINAL_SQL, Key, counted_day, days, kept_day, rebuild_day
from avops.telemetry.rows import from_micros, from_micros_or_none, to_micros
from avops.telemetry.schema import back_up

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

PROBLEM_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseInfo:
    """Figures about the file and what is in it."""

    path: Path
    size_bytes: int
    wal_bytes: int
    """What has been written since SQLite last moved its log into the file."""
    schema_version: int
    runs: int
    steps: int
    artifacts: int
    open_decisions: int
    texts: int
    first_run_at: datetime | None
    last_run_at: datetime | None


def info(path: Path) -> DatabaseInfo:
    """Figures about the database; StorageError when it cannot be read."""
    with translated(path), closing(open_reader(path)) as connection, snapshot(connection):

        def number(sql: str) -> int:
            return int(connection.execute(sql).fetchone()[0])

        first, last = connection.execute("SELECT min(started_at), (SELECT max(started_at) FROM runs) FROM runs").fetchone()
        wal = path.with_name(f"{path.name}-wal")
        return DatabaseInfo(
            path=path,
            size_bytes=path.stat().st_size,
            wal_bytes=wal.stat().st_size if wal.exists() else 0,
            schema_version=number("PRAGMA user_version"),
            runs=number("SELECT count(*) FROM runs"),
            steps=number("SELECT count(*) FROM steps"),
            artifacts=number("SELECT count(*) FROM artifacts"),
            open_decisions=number("SELECT count(*) FROM decisions WHERE status = 'open'"),
            texts=number("SELECT count(*) FROM texts"),
            first_run_at=from_micros_or_none(first),
            last_run_at=from_micros_or_none(last),
        )


def check(path: Path) -> list[str]:
    """What is wrong with the database, a sentence each, at most 20; empty when it is sound.

    Looks at the file's structure, at references between tables, and at the rollups, which are counted anew.
    """
    problems: list[str] = []
    try:
        with closing(open_reader(path)) as connection, snapshot(connection):
            structure = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({PROBLEM_LIMIT})")]
            problems += [f"the file is damaged: {line}" for line in structure if line != "ok"]
            if not problems:
                problems += _dangling(connection)
                problems += _wrong_rollups(connection)
    except sqlite3.Error as error:
        problems.append(str(storage_error(error, path)))
    except StorageError as error:
        problems.append(str(error))
    return problems[:PROBLEM_LIMIT]


def _dangling(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("PRAGMA foreign_key_check").fetchmany(PROBLEM_LIMIT)
    return [f"row {row_id} of '{table}' names a row of '{parent}' that is missing" for table, row_id, parent, _ in rows]


def _wrong_rollups(connection: sqlite3.Connection) -> list[str]:
    problems: list[str] = []
    for day in days(connection):
        counted, kept = counted_day(connection, day), kept_day(connection, day)
        if counted != kept:
            wrong = [_describe(key) for key in sorted(counted.keys() | kept.keys()) if counted.get(key) != kept.get(key)]
            problems.append(f"the rollups of {from_micros(day).date()} do not match its runs: {wrong[0]}, {len(wrong)} in all")
        if len(problems) == PROBLEM_LIMIT:
            break
    return problems


def _describe(key: Key) -> str:
    _, dimension, name, _, _ = key
    return f"{dimension} '{name}'" if name else "all runs"


def rebuild_rollups(path: Path) -> int:
    """Counts all rollups anew from the runs, a day at a time, so that running processes wait only briefly.

    Returns how many days were counted.
    """
    with closing(open_writer(path)) as connection:
        with translated(path):
            found = days(connection)
        for day in found:
            with transaction(connection, path):
                rebuild_day(connection, day)
        return len(found)


def prune(path: Path, *, older_than: datetime, keep: int = 0) -> int:
    """Deletes ended runs that started before an instant, with all that belongs to them; returns how many.

    The newest `keep` runs of each recipe stay, however old, and so do runs that have not ended. The rollups follow in
    the same transaction, so that figures speak of runs that are still there. Each day is a transaction of its own.
    The file keeps its size until `vacuum`; files of artifacts are not touched.
    """
    deleted = 0
    limit = to_micros(older_than)
    with closing(open_writer(path)) as connection:
        with translated(path):
            found = [day for day in days(connection) if day < limit]
        for day in found:
            with transaction(connection, path):
                deleted += _prune_day(connection, day, min(day + DAY_US, limit), keep)
        with transaction(connection, path):
            connection.execute("DELETE FROM text_sets WHERE id NOT IN (SELECT text_set_id FROM run_starts WHERE text_set_id IS NOT NULL)")
            connection.execute("DELETE FROM texts WHERE sha256 NOT IN (SELECT sha256 FROM text_set_entries)")
    return deleted


def prunable(path: Path, *, older_than: datetime, keep: int = 0) -> int:
    """How many runs `prune` would delete."""
    limit = to_micros(older_than)
    with translated(path), closing(open_reader(path)) as connection, snapshot(connection):
        return sum(len(_doomed(connection, day, min(day + DAY_US, limit), keep)) for day in days(connection) if day < limit)


def _prune_day(connection: sqlite3.Connection, day: int, until: int, keep: int) -> int:
    doomed = _doomed(connection, day, until, keep)
    connection.executemany("DELETE FROM runs WHERE id = ?", doomed)
    if doomed:
        rebuild_day(connection, day)
    return len(doomed)


def _doomed(connection: sqlite3.Connection, day: int, until: int, keep: int) -> list[tuple[int]]:
    kept: set[int] = set()
    if keep:
        for (recipe,) in connection.execute(
            "SELECT DISTINCT recipe FROM runs WHERE started_at >= ? AND started_at < ?", (day, until)
        ).fetchall():
            newest = connection.execute("SELECT id FROM runs WHERE recipe = ? ORDER BY started_at DESC, id DESC LIMIT ?", (recipe, keep))
            kept.update(row[0] for row in newest)
    rows = connection.execute(
        f"SELECT id FROM runs WHERE started_at >= ? AND started_at < ? AND {FINAL_SQL}",  # noqa: S608 - constant condition
        (day, until),
    ).fetchall()
    return [row for row in rows if row[0] not in kept]


def backup(path: Path, target: Path) -> Path:
    """A complete copy beside which others may go on writing. Where `target` exists, the copy gets a number; see the result."""
    with translated(path):
        open_reader(path).close()
        return back_up(path, target)


def vacuum(path: Path) -> int:
    """Gives free space back to the disk; returns by how many bytes the file shrank. Needs as much free space meanwhile."""
    with translated(path), closing(open_writer(path)) as connection:
        before = path.stat().st_size
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(0, before - path.stat().st_size)
