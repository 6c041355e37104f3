"""How many steps a second can be kept durably: SQLite by itself, and the store for one run and for a hundred at once.

A step is an intent and a result, each committed with `synchronous=FULL`. The disk's own time for a flush stands beside
the figures, because it decides most of them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from avops.model.run import RunEnd, RunStart, RunStatus, StepIntent, StepResult, StepStatus
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ARGUMENTS = {"host": "10.0.4.17", "output": 2, "power": "on"}
VALUE = {"power": "on", "input": "hdmi1", "hours": 4211}


def measure() -> dict[str, float]:
    """Steps per second, medians of three rounds; `fdatasync_ms` is the disk's time for one flush."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        return {
            "fdatasync_ms": _flush_ms(place),
            "sqlite_full_per_s": _median(lambda round_: _bare(place / f"bare{round_}.db")),
            "store_1_run_per_s": _median(lambda round_: asyncio.run(_store(place / f"one{round_}.db", runs=1, steps=4_000))),
            "store_1_run_shared_per_s": _median(
                lambda round_: asyncio.run(_store(place / f"shared{round_}.db", runs=1, steps=6_000, shared=True))
            ),
            "store_100_runs_per_s": _median(lambda round_: asyncio.run(_store(place / f"many{round_}.db", runs=100, steps=300))),
        }


def _median(work: Callable[[int], float]) -> float:
    return statistics.median(work(round_) for round_ in range(3))


def _flush_ms(place: Path) -> float:
    times = []
    with (place / "flush").open("wb", buffering=0) as file:
        for _ in range(300):
            file.write(b"x" * 4096)
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def _bare(path: Path, steps: int = 4_000) -> float:
    """Two commits for each step, straight on SQLite, with as little around them as possible."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE steps (id INTEGER PRIMARY KEY, run_id, key, status, arguments, value)")
    started = time.perf_counter()
    for number in range(steps):
        connection.execute("INSERT INTO steps (run_id, key, status, arguments) VALUES (1, ?, 'running', '{}')", (f"act.{number}",))
        connection.execute("UPDATE steps SET status = 'ok', value = '{}' WHERE id = ?", (number + 1,))
    took = time.perf_counter() - started
    connection.close()
    return steps / took


async def _store(path: Path, *, runs: int, steps: int, shared: bool = False) -> float:
    with SqliteRunStore(path) as store:
        numbers = [await store.create_run(RunStart(recipe="Display Fix", agent="Room Tech", started_at=NOW)) for _ in range(runs)]
        work = _shared_run if shared else _run
        started = time.perf_counter()
        await asyncio.gather(*(work(store, number, steps) for number in numbers))
        took = time.perf_counter() - started
    return runs * steps / took


def _intent(number: int) -> StepIntent:
    return StepIntent(
        key=f"act.{number}",
        phase="act",
        kind="tool",
        tool="display",
        action="set_power",
        effect="write",
        arguments=ARGUMENTS,
        started_at=NOW,
    )


def _result(number: int) -> StepResult:
    return StepResult(key=f"act.{number}", status=StepStatus.OK, value=VALUE, finished_at=NOW)


async def _run(store: SqliteRunStore, run_id: int, steps: int) -> None:
    """The intent is durable before the result is written, and the result before the next intent."""
    for number in range(steps):
        await store.begin_step(run_id, _intent(number))
        await store.finish_step(run_id, _result(number))
    await store.end_run(run_id, RunEnd(status=RunStatus.SUCCESS, finished_at=NOW))


async def _shared_run(store: SqliteRunStore, run_id: int, steps: int) -> None:
    """As an engine does where nothing is decided in between: a result and the next intent share a commit."""
    await store.begin_step(run_id, _intent(0))
    for number in range(steps - 1):
        result = store.finish_step(run_id, _result(number))
        await store.begin_step(run_id, _intent(number + 1))
        await result
    await store.finish_step(run_id, _result(steps - 1))
    await store.end_run(run_id, RunEnd(status=RunStatus.SUCCESS, finished_at=NOW))


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:28} {value:12,.3f}")
