"""Durable steps per second through the whole step path, beside what bare SQLite does with the same rows."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from avops.connectors.scripted import ScriptedTool
from avops.engine.artifacts import ArtifactFiles
from avops.engine.executor import LocalExecutor
from avops.model.run import RunStart, RunStatus
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Mapping

TOOL = """
name: room
kind: http
base_url: http://127.0.0.1:1
actions:
  get: {effect: read, input: {id: {type: string}}, output: {type: object}, request: {path: "/{id}"}}
"""
AGENT = "name: Bot\ntools: {room: [get]}\n"
STEP = '  - {{id: s{0}, name: Look {0}, tool: room.get, with: {{id: "{{{{ inputs.id }}}}"}}}}\n'


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Deaf:
    """A listener that does nothing."""

    def run_started(self, *_: object) -> None: ...

    def step_began(self, *_: object) -> None: ...

    def room_busy(self, *_: object) -> None: ...

    def step_ended(self, *_: object) -> None: ...

    def waiting(self, *_: object) -> None: ...

    def run_ended(self, *_: object) -> None: ...


class NoSecrets:
    """No secret at all."""

    def resolve(self, reference: str) -> str:
        raise AssertionError(reference)


def recipe(steps: int) -> str:
    """A recipe of so many no-op tool steps, and one check."""
    body = "".join(STEP.format(index) for index in range(steps - 1))
    return f"name: Bench\ninputs: {{id: {{default: HQ-1}}}}\nverify:\n{body}  - {{check: 's0.power == \"on\"'}}\n"


async def _runs(folder: Path, count: int, steps: int) -> float:
    lock = ProcessLock.acquire(folder / "locks")
    store = SqliteRunStore(folder / "avops.db", locks=folder / "locks")
    tool = ScriptedTool({"get": [{"power": "on"}]})
    executor = LocalExecutor(
        store=store,
        clock=SystemClock(),
        tool=lambda manifest, mocked: tool,
        files=ArtifactFiles(folder),
        secrets=NoSecrets(),
        known_secrets=tuple,
        listener=Deaf(),
        process=lock.name,
    )
    texts = {"recipes/r.yaml": recipe(steps), "agents/a.yaml": AGENT, "tools/room.yaml": TOOL}
    starts = [RunStart(recipe="Bench", agent="Bot", texts=texts, started_by="bench", started_at=datetime.now(UTC)) for _ in range(count)]
    began = time.perf_counter()
    reports = await asyncio.gather(*(executor.start(start) for start in starts))
    took = time.perf_counter() - began
    assert {report.status for report in reports} == {RunStatus.SUCCESS}, reports[0]
    store.close()
    lock.release()
    return count * steps / took


def _bare(folder: Path, pairs: int) -> float:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "CREATE TABLE steps(id INTEGER PRIMARY KEY, run INT, key TEXT, intent TEXT, result TEXT)"
    )
    began = time.perf_counter()
    for index in range(pairs):
        connection.execute("INSERT INTO steps(run, key, intent) VALUES (1, ?, ?)", (f"verify.{index}", '{"tool":"room.get"}'))
        connection.execute("UPDATE steps SET result = ? WHERE id = last_insert_rowid()", ('{"power":"on"}',))
    took = time.perf_counter() - began
    connection.close()
    return pairs / took


def measure() -> Mapping[str, float]:
    """Steps per second: bare SQLite (intent and result, FULL), one run, and 100 runs at once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bare = _bare(folder, 3000)
        one = asyncio.run(_runs(folder / "one", 1, 2000))
        many = asyncio.run(_runs(folder / "many", 100, 60))
    return {
        "engine: bare SQLite, intent and result per second": bare,
        "engine: durable steps per second, one run": one,
        "engine: durable steps per second, 100 runs": many,
        "engine: one run, share of bare SQLite": one / bare,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:60} {value:12.2f}")
