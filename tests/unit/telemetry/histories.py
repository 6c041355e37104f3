"""Histories of runs, random or written out, kept in a real database without waiting for the disk."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from avops.model.run import RunEnd, RunStart, RunStatus, Simulated, Trigger
from avops.telemetry import writes
from avops.telemetry.database import open_writer, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

FIRST = datetime(2026, 3, 27, 21, 17, 3, 500, tzinfo=UTC)
"""A few days before and after it, Europe changes its clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One run of a history. A final run ends; others stay as they are."""

    status: RunStatus = RunStatus.SUCCESS
    started_at: datetime = FIRST
    took_s: float = 10.0
    workflow: str | None = None
    agent: str = "Room Tech"
    recipe: str = "Display Fix"
    room: str | None = None
    trigger: Trigger = Trigger.MANUAL
    simulated: Simulated = Simulated.NO
    error: str | None = None
    waits: int = 0
    """How often it waits, and is continued, before it gets its status."""


def keep(connection: sqlite3.Connection, past: Past) -> int:
    """Goes through the store's own writes."""
    start = RunStart(
        recipe=past.recipe,
        agent=past.agent,
        workflow=past.workflow,
        trigger=past.trigger,
        room=past.room,
        texts={f"recipes/{past.recipe}.yaml": f"name: {past.recipe}"},
        started_at=past.started_at,
    )
    if past.status is RunStatus.REFUSED:
        return writes.refuse_run(connection, start, [past.error or "no"])
    run_id = writes.create_run(connection, start)
    for _ in range(past.waits):
        writes.end_run(connection, run_id, RunEnd(status=RunStatus.WAITING, finished_at=past.started_at))
        writes.continue_run(connection, run_id, process="p", now=past.started_at, paused_s=0.0)
    if past.status is not RunStatus.RUNNING:
        finished_at = past.started_at + timedelta(seconds=past.took_s)
        end = RunEnd(status=past.status, simulated=past.simulated, error=past.error, finished_at=finished_at)
        writes.end_run(connection, run_id, end)
    return run_id


@contextmanager
def database(history: Iterable[Past] = ()) -> Iterator[tuple[sqlite3.Connection, Path]]:
    """A writing connection to a database with that history, and its path."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "avops.db"
        connection = open_writer(path)
        try:
            connection.execute("PRAGMA synchronous=OFF")
            with transaction(connection, path):
                for past in history:
                    keep(connection, past)
            yield connection, path
        finally:
            connection.close()


def pasts() -> st.SearchStrategy[Past]:
    """Runs over about five days, with few names so that they share rows."""
    names = st.sampled_from(["a", "b"])
    return st.builds(
        Past,
        status=st.sampled_from(RunStatus),
        started_at=st.integers(0, 5 * 86_400_000_000).map(lambda us: FIRST + timedelta(microseconds=us)),
        took_s=st.integers(0, 10**11).map(lambda us: us / 1e6) | st.floats(0, 0.01),
        workflow=st.none() | names,
        agent=names,
        recipe=names,
        room=st.none() | names,
        trigger=st.sampled_from([Trigger.MANUAL, Trigger.SCHEDULE]),
        simulated=st.sampled_from(Simulated),
        error=st.none() | st.just("no answer"),
        waits=st.integers(0, 2),
    )


def histories() -> st.SearchStrategy[list[Past]]:
    """Up to forty runs."""
    return st.lists(pasts(), max_size=40)
