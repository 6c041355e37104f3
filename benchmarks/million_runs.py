"""A database of many runs, made quickly, to measure reads on: `python benchmarks/million_runs.py FILE [RUNS]`.

The runs lie evenly over the 90 days before `NOW`: 40 workflows, 20 agents, 40 recipes, 500 rooms; 7 of 100 failed, 2 of
100 simulated altogether. The newest run has 1,000 steps. The same number gives the same database.
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from avops.telemetry.database import open_writer
from avops.telemetry.rollups import DAY_US, days, rebuild_day
from avops.telemetry.rows import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
SPAN_US = 90 * DAY_US
OUTCOMES = ("success",) * 88 + ("failed",) * 7 + ("unverified",) * 2 + ("refused",) * 2 + ("cancelled",)


def make(path: Path, runs: int) -> None:
    """Fills a new database. It is flushed once, at the end."""
    with closing(open_writer(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            'INSERT INTO runs (workflow, agent, recipe, "trigger", room, status, simulated, started_by, started_at, finished_at, '
            "duration_us, error) VALUES (?, ?, ?, ?, ?, ?, ?, 'cron', ?, ?, ?, ?)",
            _rows(runs),
        )
        connection.execute("INSERT INTO run_starts (run_id, inputs, options) SELECT id, '{}', '{}' FROM runs")
        connection.executemany(
            "INSERT INTO steps (run_id, epoch, key, attempt, phase, kind, name, tool, action, effect, arguments, simulated, idempotent, "
            "started_at, status, value, finished_at) VALUES (?, 0, ?, 1, 'act', 'tool', 'Power on', 'display', 'set_power', 'write', "
            """'{"host":"10.0.4.17"}', 0, 0, ?, 'ok', '{"power":"on"}', ?)""",
            ((runs, f"act.{number}", to_micros(NOW) + number, to_micros(NOW) + number) for number in range(1_000)),
        )
        for day in days(connection):
            rebuild_day(connection, day)
        connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(runs: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(7)
    first = to_micros(NOW) - SPAN_US
    for number in range(runs):
        workflow = chance.randrange(40)
        started_at = first + SPAN_US * number // runs
        status = OUTCOMES[chance.randrange(100)]
        took_us = 0 if status == "refused" else int(chance.lognormvariate(3.4, 0.8) * 1e6)
        yield (
            f"Workflow {workflow:02}",
            f"Agent {workflow // 2:02}",
            f"Recipe {workflow:02}",
            "schedule",
            f"room-{chance.randrange(500):03}",
            status,
            "all" if chance.randrange(50) == 0 else "no",
            started_at,
            started_at + took_us,
            took_us,
            None if status in ("success", "cancelled") else "the display did not answer",
        )


if __name__ == "__main__":
    started = time.perf_counter()
    make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
    print(f"made in {time.perf_counter() - started:.1f} s")
