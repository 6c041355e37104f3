"""The telemetry of runs in one SQLite file."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

from avops.telemetry import later_writes, queries, recovery, room_locks, writes
from avops.telemetry.database import LOCK_WAIT_S, open_reader, open_writer, translated
from avops.telemetry.writer import Writer

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from avops.model.run import (
        Artifact,
        Decision,
        DecisionStatus,
        LaterWrite,
        Question,
        Run,
        RunEnd,
        RunStart,
        StepIntent,
        StepRecord,
        StepResult,
    )
    from avops.telemetry.room_locks import RoomLock

T = TypeVar("T")


class SqliteRunStore:
    """A `RunStore` over a database file that many processes of one machine may share.

    Writes are queued when their method is called, inside a running loop, and are durable (`synchronous=FULL`) when their
    awaitable is done; those queued together share a commit. Reads happen at once, on a connection for each thread, and
    see all that was durable. Every method raises StorageError when the database refuses.
    """

    def __init__(self, path: Path, *, locks: Path | None = None, lock_wait_s: float = LOCK_WAIT_S) -> None:
        """Makes or migrates the file where needed.

        `locks` is the folder of process locks, by default `locks` beside the file; `lock_wait_s` bounds how long a write
        waits for other processes.
        """
        self.path = path
        self.locks = path.parent / "locks" if locks is None else locks
        self._writer = Writer(open_writer(path, lock_wait_s=lock_wait_s), path, lock_wait_s=lock_wait_s)
        self._readers: list[sqlite3.Connection] = []
        self._of_thread = threading.local()

    def close(self) -> None:
        """Waits for queued writes and closes all connections; safe to call twice."""
        self._writer.close()
        while self._readers:
            self._readers.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """The result of any other write, queued like those below: it shares their order, their commits and their errors.

        The work gets the writing connection inside an open transaction, which it neither commits nor rolls back; when
        it raises, what it wrote is rolled back. It may run twice, so that it must do nothing but write.
        """
        return self._writer.submit(work)

    def create_run(self, start: RunStart) -> Awaitable[int]:
        """A new run's number; its status is `running`."""
        return self._writer.submit(partial(writes.create_run, start=start))

    def refuse_run(self, start: RunStart, reasons: Sequence[str]) -> Awaitable[int]:
        """The number of a run that never started: `refused`, its error the reasons joined by `; `."""
        return self._writer.submit(partial(writes.refuse_run, start=start, reasons=tuple(reasons)))

    def begin_step(self, run_id: int, intent: StepIntent) -> Awaitable[None]:
        """Keeps the intent; the step is `running`.

        Refused when the run is not `running` (another process ended it), or this attempt was already begun: an intent is
        never kept twice. A row that only waited (`waiting`, `pending`) is taken over.
        """
        return self._writer.submit(lambda connection: writes.begin_step(connection, run_id, intent))

    def finish_step(self, run_id: int, result: StepResult) -> Awaitable[None]:
        """Keeps what came of an intent that was begun."""
        return self._writer.submit(lambda connection: writes.finish_step(connection, run_id, result))

    def record_step(self, run_id: int, intent: StepIntent, result: StepResult) -> Awaitable[None]:
        """Keeps a step that touched nothing outside, intent and result at once."""
        return self._writer.submit(lambda connection: writes.record_step(connection, run_id, intent, result))

    def mark_undo(self, run_id: int, key: str, status: str) -> Awaitable[None]:
        """Notes on the newest attempt of a step whether taking it back worked: `ok` or `failed`."""
        return self._writer.submit(lambda connection: writes.mark_undo(connection, run_id, key, status))

    def add_artifact(self, run_id: int, artifact: Artifact) -> Awaitable[None]:
        """Keeps an artifact of the run."""
        return self._writer.submit(lambda connection: writes.add_artifact(connection, run_id, artifact))

    def ask(self, run_id: int, question: Question) -> Awaitable[int]:
        """The id of the open decision for `question.key`; asking again while one is open returns the same id."""
        return self._writer.submit(lambda connection: writes.ask(connection, run_id, question))

    def decide(
        self, decision_id: int, *, status: DecisionStatus, answer: object, note: str | None, decided_by: str | None, decided_at: datetime
    ) -> Awaitable[bool]:
        """True when the open decision was decided by this call, False when it was not open; NotFoundError without one."""
        return self._writer.submit(
            lambda connection: writes.decide(
                connection, decision_id, status=status, answer=answer, note=note, decided_by=decided_by, decided_at=decided_at
            )
        )

    def end_run(self, run_id: int, end: RunEnd) -> Awaitable[None]:
        """Keeps the run's end (or that it waits), and updates the rollups in the same transaction.

        `end.paused_s` is the run's whole pause; the kept pause never shrinks, so 0.0 leaves it as it is. A final end makes
        open decisions void; any end frees the run's rooms. Refused when the run has already ended.
        """
        return self._writer.submit(lambda connection: writes.end_run(connection, run_id, end))

    def continue_run(self, run_id: int, *, process: str, now: datetime, paused_s: float) -> Awaitable[int | None]:
        """The new epoch when this call took the run over, None when it neither waits nor is interrupted (any more).

        `paused_s` is the run's whole pause so far, this one included.
        """
        return self._writer.submit(lambda connection: writes.continue_run(connection, run_id, process=process, now=now, paused_s=paused_s))

    def recover(self) -> Awaitable[list[int]]:
        """The numbers of `running` runs whose process is gone; they are `interrupted` now. See `recovery.recover_runs`."""
        return self.submit(lambda connection: recovery.recover_runs(connection, self.locks))

    def lock_room(self, room: str, run_id: int, process: str, *, now: datetime) -> Awaitable[RoomLock | None]:
        """None when the run has the room now; otherwise the lock of the live run that has it."""
        return self._writer.submit(
            lambda connection: room_locks.lock_room(connection, self.locks, room=room, run_id=run_id, process=process, now=now)
        )

    def unlock_room(self, room: str, run_id: int) -> Awaitable[None]:
        """Frees the room if the run has it."""
        return self._writer.submit(lambda connection: room_locks.unlock_room(connection, room=room, run_id=run_id))

    def run(self, run_id: int) -> Run:
        """One run; NotFoundError when there is none."""
        return self._read(queries.run, run_id)

    def children(self, run_id: int) -> list[Run]:
        """The runs that this one started, oldest first."""
        return self._read(queries.children, run_id)

    def start(self, run_id: int) -> RunStart:
        """What the run started from; NotFoundError when there is no such run."""
        return self._read(queries.start, run_id)

    def steps(self, run_id: int) -> list[StepRecord]:
        """All step rows in the order they were begun; empty when there is no such run."""
        return self._read(queries.steps, run_id)

    def decisions(self, run_id: int) -> list[Decision]:
        """All decisions of a run, oldest first."""
        return self._read(queries.decisions, run_id)

    def artifacts(self, run_id: int) -> list[Artifact]:
        """All artifacts of a run, oldest first."""
        return self._read(queries.artifacts, run_id)

    def later_write(self, run_id: int, *, before_epoch: int | None = None) -> LaterWrite | None:
        """A write of another run in this run's room since its last record; with `before_epoch`, since that of its lives before."""
        with translated(self.path):
            return later_writes.later_write(self.reader(), run_id, before_epoch=before_epoch)

    def reader(self) -> sqlite3.Connection:
        """This thread's read connection, for the functions of `queries` and `kpis`; the store closes it."""
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = open_reader(self.path)
            self._readers.append(connection)
        return connection

    def _read(self, query: Callable[[sqlite3.Connection, int], T], run_id: int) -> T:
        with translated(self.path):
            return query(self.reader(), run_id)
