"""Counts of ended runs by hour and by day, kept beside the runs so that a year can be read in milliseconds.

Durations are counted in buckets whose bounds grow by a factor of `GROWTH`. A quantile read from them is within
`RELATIVE_ERROR` (2.44 %) of the true one, for durations from a millisecond up; shorter ones count as a millisecond.
The scheme is that of DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019, section 2).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

GROWTH: Final = 1.05
RELATIVE_ERROR: Final = (GROWTH - 1) / (GROWTH + 1)
SMALLEST_US: Final = 1_000
HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
TABLES: Final = {"rollups_hourly": HOUR_US, "rollups_daily": DAY_US}

COUNTED: Final = ("success", "failed", "unverified", "refused", "cancelled")
"""The final statuses, in the order of the columns."""

FINAL_SQL: Final = f"status IN ({', '.join(repr(status) for status in COUNTED)})"

MEASURED: Final = frozenset({"success", "failed", "unverified"})
"""Statuses whose duration counts: a refused run did nothing, and a cancelled one says nothing of the recipe."""

BLAMED: Final = frozenset({"failed", "unverified", "refused"})
"""Statuses whose error can be "the last error": a cancelled run was ended by a person."""

_DAY_OF_RUNS: Final = f"""
SELECT id, workflow, agent, recipe, room, "trigger", simulated, started_at, status, duration_us, error FROM runs
WHERE started_at >= ? AND started_at < ? AND {FINAL_SQL}
"""  # noqa: S608 - the condition is this module's own

_LOG_GROWTH: Final = math.log(GROWTH)


def bucket_of(duration_us: int) -> int:
    """The bucket a duration counts in; 0 holds everything up to a millisecond."""
    return 0 if duration_us <= SMALLEST_US else math.ceil(math.log(duration_us / SMALLEST_US) / _LOG_GROWTH)


def bucket_value_s(bucket: int) -> float:
    """The duration a bucket stands for, in seconds: at most `RELATIVE_ERROR` away from all it holds."""
    return SMALLEST_US / 1e6 * 2.0 * GROWTH**bucket / (GROWTH + 1)


def quantile_s(buckets: Mapping[int, int], share: float) -> float | None:
    """The duration below or at which that share of the runs lies (nearest rank), in seconds; None without runs."""
    total = sum(buckets.values())
    if not total:
        return None
    rank = max(1, math.ceil(share * total))
    seen = 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= rank:
            return bucket_value_s(bucket)
    raise AssertionError("the rank lies within the total")


_UPSERTS: Final = {
    (table, status): f"""
INSERT INTO {table} (dimension, name, simulated, starts_at, success, failed, unverified, refused, cancelled,
  duration_us, last_error_run, durations)
VALUES (?1, ?2, ?3, ?4, {", ".join("1" if column == status else "0" for column in COUNTED)}, ?5, ?6, ?7)
ON CONFLICT (dimension, name, simulated, starts_at) DO UPDATE SET
  {status} = {status} + 1, duration_us = duration_us + ?5,
  last_error_run = max(coalesce(last_error_run, ?6), coalesce(?6, last_error_run)),
  durations = CASE WHEN ?8 IS NULL THEN durations ELSE json_set(durations, ?8, coalesce(json_extract(durations, ?8), 0) + 1) END
"""  # noqa: S608 - the names are this module's own
    for table in TABLES
    for status in COUNTED
}


def count_run(connection: sqlite3.Connection, run_id: int) -> None:
    """Adds a run that has just ended to the rollups; call it once per run, in the transaction that ends it."""
    row = connection.execute(
        'SELECT workflow, agent, recipe, room, "trigger", simulated, started_at, status, duration_us, error FROM runs WHERE id = ?',
        (run_id,),
    ).fetchone()
    workflow, agent, recipe, room, trigger, simulated, started_at, status, duration_us, error = row
    measured = status in MEASURED
    path = f'$."{bucket_of(duration_us or 0)}"' if measured else None
    first = f'{{"{bucket_of(duration_us or 0)}":1}}' if measured else "{}"
    blamed = run_id if error is not None and status in BLAMED else None
    for table, width in TABLES.items():
        sql = _UPSERTS[table, status]
        starts_at = started_at // width * width
        for dimension, name in _names(workflow, agent, recipe, room, trigger):
            connection.execute(sql, (dimension, name, simulated, starts_at, duration_us if measured else 0, blamed, first, path))


def _names(workflow: str | None, agent: str, recipe: str, room: str | None, trigger: str) -> Iterator[tuple[str, str]]:
    yield "all", ""
    if workflow is not None:
        yield "workflow", workflow
    yield "agent", agent
    yield "recipe", recipe
    if room is not None:
        yield "room", room
    yield "trigger", trigger


@dataclass(slots=True)
class Cell:
    """One row of a rollup: what happened to the runs of one name within one hour or day."""

    counts: list[int] = field(default_factory=lambda: [0] * len(COUNTED))
    duration_us: int = 0
    last_error_run: int | None = None
    buckets: dict[str, int] = field(default_factory=dict)


Key = tuple[str, str, str, str, int]
"""Table, dimension, name, simulated, starts_at."""


def days(connection: sqlite3.Connection) -> list[int]:
    """The start of every day that has runs or rollups, in order."""
    found = {int(row[0]) for row in connection.execute("SELECT DISTINCT starts_at / ?1 * ?1 FROM rollups_hourly", (DAY_US,))}
    found.update(int(row[0]) for row in connection.execute("SELECT DISTINCT starts_at FROM rollups_daily"))
    following = connection.execute("SELECT min(started_at) FROM runs").fetchone()[0]
    while following is not None:
        day = following // DAY_US * DAY_US
        found.add(day)
        following = connection.execute("SELECT min(started_at) FROM runs WHERE started_at >= ?", (day + DAY_US,)).fetchone()[0]
    return sorted(found)


def counted_day(connection: sqlite3.Connection, day: int) -> dict[Key, Cell]:
    """What the rollups of a day should say, counted from the runs themselves."""
    cells: dict[Key, Cell] = {}
    rows = connection.execute(_DAY_OF_RUNS, (day, day + DAY_US))
    for run_id, workflow, agent, recipe, room, trigger, simulated, started_at, status, duration_us, error in rows:
        column = COUNTED.index(status)
        bucket = str(bucket_of(duration_us or 0)) if status in MEASURED else None
        blamed = run_id if error is not None and status in BLAMED else None
        for dimension, name in _names(workflow, agent, recipe, room, trigger):
            for table, width in TABLES.items():
                key = (table, dimension, name, simulated, started_at // width * width)
                cell = cells.get(key)
                if cell is None:
                    cell = cells[key] = Cell()
                cell.counts[column] += 1
                if bucket is not None:
                    cell.duration_us += duration_us or 0
                    cell.buckets[bucket] = cell.buckets.get(bucket, 0) + 1
                if blamed is not None and (cell.last_error_run is None or blamed > cell.last_error_run):
                    cell.last_error_run = blamed
    return cells


def kept_day(connection: sqlite3.Connection, day: int) -> dict[Key, Cell]:
    """What the rollups of a day say."""
    cells: dict[Key, Cell] = {}
    for table in TABLES:
        rows = connection.execute(
            f"SELECT dimension, name, simulated, starts_at, duration_us, last_error_run, durations, {', '.join(COUNTED)} "  # noqa: S608 - constant
            f"FROM {table} WHERE starts_at >= ? AND starts_at < ?",
            (day, day + DAY_US),
        )
        for dimension, name, simulated, starts_at, duration_us, last_error_run, durations, *counts in rows:
            cell = Cell(counts=counts, duration_us=duration_us, last_error_run=last_error_run, buckets=json.loads(durations))
            cells[table, dimension, name, simulated, starts_at] = cell
    return cells


def rebuild_day(connection: sqlite3.Connection, day: int) -> None:
    """Counts a day anew from its runs. The caller owns the transaction."""
    cells = counted_day(connection, day)
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE starts_at >= ? AND starts_at < ?", (day, day + DAY_US))  # noqa: S608 - constant
        connection.executemany(
            f"INSERT INTO {table} (dimension, name, simulated, starts_at, duration_us, last_error_run, durations, {', '.join(COUNTED)}) "  # noqa: S608 - constant
            f"VALUES ({', '.join('?' * (7 + len(COUNTED)))})",
            (
                (*key[1:], cell.duration_us, cell.last_error_run, json.dumps(cell.buckets, separators=(",", ":")), *cell.counts)
                for key, cell in cells.items()
                if key[0] == table
            ),
        )
