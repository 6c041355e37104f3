"""The schedule's memory in the database of runs.

Reads and planning writes happen at once on a connection of this store, without a loop: a tick with nothing due needs
none. What a running tick keeps goes through the run store's writer where there is one, and shares its commits.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from avops.telemetry import schedule_slots
from avops.telemetry.database import LOCK_WAIT_S, begin, open_writer, roll_back, transaction, translated
from avops.telemetry.instants import from_micros, to_micros, to_micros_or_none
from avops.telemetry.schedule_rows import (
    FILE_COLUMNS,
    SLOT_COLUMNS,
    WORKFLOW_COLUMNS,
    from_file,
    from_workflow,
    to_ending,
    to_file,
    to_override,
    to_pause,
    to_slot,
    to_workflow,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from avops.model.schedule import (
        Busy,
        Ending,
        IndexedFile,
        Override,
        Pause,
        ScheduledWorkflow,
        Slot,
        SlotRecord,
        SlotState,
        Verdict,
    )
    from avops.telemetry.run_store import SqliteRunStore

T = TypeVar("T")

_LATE_COMMIT_US = 600 * 1_000_000
"""An end of a run may become visible so long after its `finished_at`, and is still noticed."""

_ENDINGS = f"""
SELECT follower.key, runs.workflow, runs.id, runs.finished_at, runs.status, runs.simulated
FROM schedule_workflows AS follower
JOIN schedule_workflows AS followed ON followed.key = follower.follows
JOIN runs INDEXED BY runs_ended ON runs.workflow = followed.name AND runs.parent_id IS NULL
  AND runs.finished_at > max(
    follower.decided_until,
    coalesce((SELECT CAST(value AS INTEGER) FROM schedule_facts WHERE name = 'last_tick_at'), 0) - {_LATE_COMMIT_US}
  )
  AND runs.finished_at <= ?1
WHERE follower.follows IS NOT NULL AND follower.path IS NOT NULL
  AND runs.status IN ('success', 'failed', 'unverified', 'refused', 'cancelled')
  AND runs.finished_at > coalesce((
    SELECT until_at FROM schedule_slots
    WHERE key = follower.key AND planned_at <= runs.finished_at ORDER BY planned_at DESC LIMIT 1
  ), 0)
"""  # noqa: S608 - a constant


class _Done(Generic[T]):
    """An awaitable whose result is there already."""

    def __init__(self, result: T) -> None:
        self._result = result

    def __await__(self) -> Generator[None, None, T]:
        return self._result
        yield  # makes this a generator, which `await` needs


class SqliteScheduleStore:
    """A `ScheduleStore` over a database file that many processes of one machine may share.

    Usable from one thread. With `runs`, what `begin` and `settle` keep is written by that store's writer.
    """

    def __init__(
        self, path: Path, *, locks: Path | None = None, runs: SqliteRunStore | None = None, lock_wait_s: float = LOCK_WAIT_S
    ) -> None:
        """Makes or migrates the file where needed; `locks` is the folder of process locks, by default `locks` beside it."""
        self.path = path
        self.locks = path.parent / "locks" if locks is None else locks
        self._runs = runs
        self._lock_wait_s = lock_wait_s
        self._connection = open_writer(path, lock_wait_s=lock_wait_s)

    def close(self) -> None:
        """Closes the connection; safe to call twice."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """One transaction that no other process can come between, or part of the open one; with `keep` False it leaves no trace."""
        if self._connection.in_transaction:
            yield
            return
        if keep:
            with transaction(self._connection, self.path, lock_wait_s=self._lock_wait_s):
                yield
            return
        with translated(self.path):
            begin(self._connection, self._lock_wait_s)
            try:
                yield
            finally:
                roll_back(self._connection)

    def facts(self) -> Mapping[str, str]:
        """Small facts by name."""
        return dict(self._all("SELECT name, value FROM schedule_facts"))

    def set_fact(self, name: str, value: str) -> None:
        """Keeps a fact."""
        self._do("INSERT INTO schedule_facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))

    def stamps(self) -> Mapping[str, tuple[int, int, int]]:
        """Size, mtime_ns and ctime_ns of each indexed file, by path."""
        rows = self._all("SELECT path, size, mtime_ns, ctime_ns FROM schedule_files")
        return {path: (size, mtime_ns, ctime_ns) for path, size, mtime_ns, ctime_ns in rows}

    def fresh_files(self, margin_ns: int) -> Sequence[str]:
        """The paths of files that were read less than `margin_ns` after their last change."""
        rows = self._all("SELECT path FROM schedule_files WHERE max(mtime_ns, ctime_ns) + ? > read_at_ns", (margin_ns,))
        return [path for (path,) in rows]

    def problems(self) -> Sequence[tuple[str, str, str | None]]:
        """Path, message and hint of each file that cannot be scheduled, sorted."""
        broken = self._all("SELECT path, problem, hint FROM schedule_files WHERE problem IS NOT NULL")
        same = self._all(
            "SELECT path, workflow FROM schedule_files WHERE problem IS NULL AND workflow IN "
            "(SELECT workflow FROM schedule_files WHERE workflow IS NOT NULL GROUP BY workflow HAVING count(*) > 1)"
        )
        clashes = [(path, f"another file has a workflow named '{key}' too", "give one of them another name") for path, key in same]
        return sorted([*broken, *clashes])

    def indexed_file(self, path: str) -> IndexedFile | None:
        """What is known of a file."""
        return next(map(to_file, self._all(f"SELECT {FILE_COLUMNS} FROM schedule_files WHERE path = ?", (path,))), None)  # noqa: S608

    def files_of(self, key: str) -> Sequence[IndexedFile]:
        """The indexed files whose workflow has that key, sorted by path."""
        sql = f"SELECT {FILE_COLUMNS} FROM schedule_files WHERE workflow = ? ORDER BY path"  # noqa: S608 - own columns
        return [to_file(row) for row in self._all(sql, (key,))]

    def put_file(self, file: IndexedFile) -> None:
        """Adds a file or replaces what was known of it."""
        self._do(f"INSERT OR REPLACE INTO schedule_files ({FILE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", from_file(file))  # noqa: S608

    def drop_file(self, path: str) -> None:
        """Forgets a file."""
        self._do("DELETE FROM schedule_files WHERE path = ?", (path,))

    def workflow(self, key: str) -> ScheduledWorkflow | None:
        """What is known of a workflow, also after its file has gone."""
        return next(iter(self._workflows("key = ?", (key,))), None)

    def workflows(self) -> Sequence[ScheduledWorkflow]:
        """All workflows that have a file, sorted by key."""
        return self._workflows("path IS NOT NULL ORDER BY key", ())

    def put_workflow(self, workflow: ScheduledWorkflow) -> None:
        """Adds a workflow or replaces what was known of it."""
        self._do(
            f"INSERT OR REPLACE INTO schedule_workflows ({WORKFLOW_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            from_workflow(workflow),
        )

    def rename(self, key: str, new_key: str, name: str) -> None:
        """Lets what is known of a workflow, and what people said of it, go on under another name."""
        with self.transaction():
            self._do("DELETE FROM schedule_workflows WHERE key = ? AND path IS NULL", (new_key,))
            self._do("UPDATE OR IGNORE schedule_workflows SET key = ?, name = ? WHERE key = ?", (new_key, name, key))
            self._do("UPDATE schedule_overrides SET key = ? WHERE key = ?", (new_key, key))
            self._do("UPDATE schedule_files SET workflow = ? WHERE workflow = ?", (new_key, key))

    def has_work(self, now: datetime) -> bool:
        """True when a workflow is due, a run has ended that another follows, or a slot is open."""
        micros = to_micros(now)
        return bool(
            self._all("SELECT 1 FROM schedule_workflows WHERE due_at <= ? LIMIT 1", (micros,))
            or self._all("SELECT 1 FROM schedule_slots WHERE state IN ('claimed', 'started', 'queued') LIMIT 1")
            or self._all(f"{_ENDINGS} LIMIT 1", (micros,))
        )

    def due(self, now: datetime) -> Sequence[ScheduledWorkflow]:
        """The workflows whose next slot is not later than `now`, sorted by that slot."""
        return self._workflows("due_at <= ? ORDER BY due_at, key", (to_micros(now),))

    def endings(self, now: datetime) -> Sequence[Ending]:
        """Ends of runs that a workflow follows and that no slot stands for yet; oldest first."""
        return [to_ending(row) for row in self._all(f"{_ENDINGS} ORDER BY runs.finished_at, follower.key", (to_micros(now),))]

    def decided_after(self, instant: datetime) -> Sequence[ScheduledWorkflow]:
        """The workflows with slots decided beyond `instant`."""
        return self._workflows("decided_until > ? AND path IS NOT NULL ORDER BY key", (to_micros(instant),))

    def set_decided(self, key: str, decided_until: datetime, due_at: datetime | None) -> None:
        """Moves the mark up to which a workflow's slots are settled, and its next slot."""
        values = (to_micros(decided_until), to_micros_or_none(due_at), key)
        self._do("UPDATE schedule_workflows SET decided_until = ?, due_at = ? WHERE key = ?", values)

    def undecide(self, key: str, after: datetime) -> SlotRecord | None:
        """Forgets that slots later than `after` were skipped or missed. The row that reaches beyond it is removed and returned."""
        left_out = "key = ? AND until_at > ? AND state IN ('skipped', 'missed')"
        with self.transaction():
            sql = f"SELECT {SLOT_COLUMNS} FROM schedule_slots WHERE {left_out} AND planned_at <= ?"  # noqa: S608 - own columns
            rows = self._all(sql, (key, to_micros(after), to_micros(after)))
            self._do(f"DELETE FROM schedule_slots WHERE {left_out}", (key, to_micros(after)))  # noqa: S608 - own text
        return to_slot(rows[0]) if rows else None

    def claim(self, slot: Slot, *, process: str, now: datetime, reason: str | None = None, attempts: int = 0) -> bool:
        """True when the slot was nobody's and is the process's now."""
        return self._with(
            lambda connection: schedule_slots.claim(connection, slot, process=process, now=now, reason=reason, attempts=attempts)
        )

    def record(self, record: SlotRecord) -> None:
        """Keeps slots that are not run; a row for the same reason just before them is made longer."""
        self._with(lambda connection: schedule_slots.record(connection, record))

    def open_slots(self) -> Sequence[SlotRecord]:
        """All slots with an open state, oldest first."""
        sql = f"SELECT {SLOT_COLUMNS} FROM schedule_slots WHERE state IN ('claimed', 'started', 'queued') ORDER BY planned_at, key"  # noqa: S608
        return [to_slot(row) for row in self._all(sql)]

    def abandoned(self, record: SlotRecord) -> bool:
        """True when the process of an open slot is gone, or has let it go."""
        from avops.telemetry.process_lock import is_alive

        return not record.process or not is_alive(self.locks, record.process)

    def run_of(self, slot: Slot) -> tuple[int, str] | None:
        """Number and status of the run that was made for the slot."""
        rows = self._all("SELECT id, status FROM runs WHERE slot = ? AND parent_id IS NULL ORDER BY id LIMIT 1", (slot.id,))
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def drop_slot(self, slot: Slot) -> None:
        """Forgets a slot, so that it can be claimed again."""
        self._do("DELETE FROM schedule_slots WHERE key = ? AND planned_at = ?", (slot.key, to_micros(slot.planned_at)))

    def close_slot(self, slot: Slot, state: SlotState, *, reason: str | None = None, run_id: int | None = None) -> None:
        """Keeps what became of an open slot."""
        self._with(lambda connection: schedule_slots.close(connection, slot, state, reason, run_id))

    def busy(self, slot: Slot) -> tuple[Busy | None, bool]:
        """What keeps the slot's workflow busy, and whether another slot of it is queued."""
        with translated(self.path):
            return schedule_slots.busy(self._connection, slot)

    def begin(self, slot: Slot, *, process: str, now: datetime, judge: Callable[[Busy | None, bool], Verdict]) -> Awaitable[Verdict | None]:
        """What `judge` makes of the workflow's other runs; None when the slot is not ours. One transaction."""
        return self._submit(lambda connection: schedule_slots.begin(connection, slot, process, now, judge))

    def settle(self, slot: Slot, state: SlotState, *, reason: str | None = None, run_id: int | None = None) -> Awaitable[None]:
        """As `close_slot`, for a slot that has begun."""
        return self._submit(lambda connection: schedule_slots.close(connection, slot, state, reason, run_id))

    def let_go(self, process: str) -> None:
        """Gives up the process's claims that have not begun."""
        self._do("UPDATE schedule_slots SET process = NULL WHERE state = 'claimed' AND process = ?", (process,))

    def override(self, word: Override) -> None:
        """Adds a person's word on whether a workflow is scheduled."""
        values = (word.key, word.enabled, word.reason, word.by, to_micros(word.at))
        self._do("INSERT INTO schedule_overrides (key, enabled, reason, said_by, said_at) VALUES (?, ?, ?, ?, ?)", values)

    def overrides(self, key: str | None = None) -> Sequence[Override]:
        """The words on one workflow or on all, oldest first."""
        sql = "SELECT key, enabled, reason, said_by, said_at FROM schedule_overrides WHERE ?1 IS NULL OR key = ?1 ORDER BY said_at, id"
        return [to_override(row) for row in self._all(sql, (key,))]

    def pause(self, pause: Pause) -> None:
        """Stops the whole schedule; an open pause is ended where this one begins."""
        with self.transaction():
            self.resume(pause.from_at)
            values = (pause.reason, pause.by, to_micros(pause.from_at), to_micros_or_none(pause.until_at))
            self._do("INSERT INTO schedule_pauses (reason, said_by, from_at, until_at) VALUES (?, ?, ?, ?)", values)

    def resume(self, now: datetime) -> Pause | None:
        """The pause that this call ended, None when there was none."""
        rows = self._all(
            "UPDATE schedule_pauses SET until_at = max(from_at, ?1) WHERE from_at <= ?1 AND (until_at IS NULL OR until_at > ?1) "
            "RETURNING reason, said_by, from_at, until_at",
            (to_micros(now),),
        )
        return to_pause(rows[0]) if rows else None

    def pauses(self, since: datetime | None = None) -> Sequence[Pause]:
        """The pauses that reach beyond `since`, oldest first."""
        sql = "SELECT reason, said_by, from_at, until_at FROM schedule_pauses WHERE until_at IS NULL OR until_at > ? ORDER BY from_at, id"
        return [to_pause(row) for row in self._all(sql, (to_micros(since or from_micros(0)),))]

    def history(self, *, since: datetime, states: Sequence[SlotState] = (), key: str | None = None) -> Sequence[SlotRecord]:
        """What was decided since an instant, in any or the given states, newest first."""
        chosen = f" AND state IN ({', '.join('?' for _ in states)})" if states else ""
        sql = (
            f"SELECT {SLOT_COLUMNS} FROM schedule_slots WHERE decided_at >= ? AND (? IS NULL OR key = ?){chosen} "  # noqa: S608
            "ORDER BY decided_at DESC, planned_at DESC, key"
        )
        return [to_slot(row) for row in self._all(sql, (to_micros(since), key, key, *states))]

    def forget_slots(self, before: datetime) -> int:
        """The number of rows removed: those whose slots are all older than `before` and not open."""
        sql = "DELETE FROM schedule_slots WHERE until_at < ? AND state NOT IN ('claimed', 'started', 'queued')"
        return self._with(lambda connection: connection.execute(sql, (to_micros(before),)).rowcount)

    def _workflows(self, condition: str, values: tuple[object, ...]) -> list[ScheduledWorkflow]:
        rows = self._all(f"SELECT {WORKFLOW_COLUMNS} FROM schedule_workflows WHERE {condition}", values)  # noqa: S608 - own text
        return [to_workflow(row) for row in rows]

    def _all(self, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
        with translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def _do(self, sql: str, values: tuple[object, ...]) -> None:
        """One statement: inside the open transaction, or durable by itself."""
        self._with(lambda connection: connection.execute(sql, values))

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection.in_transaction:
            with translated(self.path):
                return work(self._connection)
        with transaction(self._connection, self.path, lock_wait_s=self._lock_wait_s):
            return work(self._connection)

    def _submit(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        return _Done(self._with(work)) if self._runs is None else self._runs.submit(work)
