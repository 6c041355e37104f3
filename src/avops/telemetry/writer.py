"""One thread that writes: what is queued while a commit is under way shares the next commit.

A commit waits for the disk, so a loop that committed by itself would stand still meanwhile, and a hundred runs would
pay for a hundred commits. Here each batch is one transaction, and its futures are settled by one call into the loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from avops.errors import AvopsError, StorageError
from avops.telemetry.database import PERVASIVE, begin, primary_code, roll_back, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

BATCH_LIMIT = 1_000
NAPS_MS = 8

# Results of different types travel through one queue; `submit` ties each future's type to its work's.
Work = tuple["Callable[[sqlite3.Connection], Any]", "asyncio.Future[Any]"]
Outcome = tuple["asyncio.Future[Any]", Any, "BaseException | None"]


class Writer:
    """Runs writes in the order in which they were submitted, on a connection of its own."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, lock_wait_s: float) -> None:
        self._connection = connection
        self._path = path
        self._lock_wait_s = lock_wait_s
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._closed = False
        # SQLite's own waiting naps for up to 100 ms between looks; naps this short keep many processes moving, and
        # `begin` goes on looking until `lock_wait_s` has passed.
        connection.execute(f"PRAGMA busy_timeout={NAPS_MS}")
        # Nothing in the queue is promised until its future is done, so the thread need not keep a dying process alive.
        self._thread = threading.Thread(target=self._run, name="avops-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """The result of the work, once it is durable. The work may use the connection, and begins or ends no transaction.

        Call it within a running loop. The work is done even if nobody awaits the future, or it is cancelled.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(StorageError(f"'{self._path.name}' is closed"))
        else:
            self._queue.put((work, future))
        return future

    def close(self) -> None:
        """Waits for what was submitted, then closes the connection; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()
            self._connection.close()

    def _run(self) -> None:
        queue = self._queue
        while True:
            item = queue.get()
            if item is None:
                return
            batch = [item]
            closing = False
            while len(batch) < BATCH_LIMIT and not queue.empty():
                item = queue.get()
                if item is None:
                    closing = True
                    break
                batch.append(item)
            _settle(self._write(batch))
            if closing:
                return

    def _write(self, batch: list[Work]) -> list[Outcome]:
        """One transaction for all; where that fails because of one of them, each has its own."""
        try:
            return self._write_together(batch)
        except Exception as error:
            if len(batch) == 1 or (isinstance(error, sqlite3.Error) and primary_code(error) in PERVASIVE):
                translated = self._translate(error)
                return [(future, None, translated) for _, future in batch]
        return [outcome for item in batch for outcome in self._write([item])]

    def _write_together(self, batch: list[Work]) -> list[Outcome]:
        connection = self._connection
        try:
            begin(connection, self._lock_wait_s)
            outcomes: list[Outcome] = [(future, work(connection), None) for work, future in batch]
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                roll_back(connection)
            raise
        return outcomes

    def _translate(self, error: Exception) -> AvopsError:
        """What the caller sees; an error that is no AvopsError yet keeps its cause."""
        if isinstance(error, AvopsError):
            return error
        found = (
            storage_error(error, self._path)
            if isinstance(error, sqlite3.Error)
            else StorageError(f"'{self._path.name}' could not keep a row: {error}", hint="run: avops db check")
        )
        found.__cause__ = error
        return found


def _settle(outcomes: list[Outcome]) -> None:
    """Hands the outcomes to their loops, one call for each loop."""
    if len(outcomes) == 1:
        with suppress(RuntimeError):
            outcomes[0][0].get_loop().call_soon_threadsafe(_resolve, outcomes)
        return
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].get_loop(), []).append(outcome)
    for loop, part in by_loop.items():
        # A loop that was closed meanwhile has nobody left to tell.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, part)


def _resolve(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
