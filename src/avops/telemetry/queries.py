"""Reads over a read connection; each returns frozen facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from avops.errors import NotFoundError
from avops.model.run import Decision, Run, RunStart, Trigger
from avops.telemetry.filters import RunFilter, where
from avops.telemetry.rows import (
    ARTIFACT_COLUMNS,
    DECISION_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    artifact_from_row,
    decision_from_row,
    from_micros,
    mapping_from_json,
    run_from_row,
    step_from_row,
    to_micros,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from avops.model.run import Artifact, StepRecord

EVERYTHING = RunFilter()


LARGEST_ID = 2**63 - 1
"""SQLite has no larger number; one that a model or a client makes up may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """An open decision with the run that asks."""

    decision: Decision
    run: Run


def run(connection: sqlite3.Connection, run_id: int) -> Run:
    """One run; NotFoundError when there is none."""
    if not 0 < run_id <= LARGEST_ID:
        raise _no_run(run_id)
    row = connection.execute(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()  # noqa: S608 - constant columns
    if row is None:
        raise _no_run(run_id)
    return run_from_row(row)


def children(connection: sqlite3.Connection, run_id: int) -> list[Run]:
    """The runs that this one started, oldest first."""
    rows = connection.execute(f"SELECT {RUN_COLUMNS} FROM runs WHERE parent_id = ? ORDER BY id", (run_id,))  # noqa: S608 - constant columns
    return [run_from_row(row) for row in rows]


def start(connection: sqlite3.Connection, run_id: int) -> RunStart:
    """What the run started from; NotFoundError when there is no such run."""
    row = connection.execute(
        'SELECT recipe, agent, workflow, "trigger", room, room_values, inputs, options, started_by, started_at, parent_id, slot, process, '
        "text_set_id FROM runs JOIN run_starts ON run_id = id WHERE id = ?",
        (_number(run_id),),
    ).fetchone()
    if row is None:
        raise _no_run(run_id)
    recipe, agent, workflow, trigger, room, room_values, inputs, options, started_by, started_at, parent_id, slot, process, set_id = row
    texts = connection.execute(
        "SELECT path, text FROM text_set_entries JOIN texts USING (sha256) WHERE text_set_id = ? ORDER BY path", (set_id,)
    ).fetchall()
    return RunStart(
        recipe=recipe,
        agent=agent,
        workflow=workflow,
        trigger=Trigger(trigger),
        room=room,
        room_values=None if room_values is None else mapping_from_json(room_values),
        inputs=mapping_from_json(inputs),
        texts=dict(cast("list[tuple[str, str]]", texts)),
        options=mapping_from_json(options),
        started_by=started_by,
        started_at=from_micros(started_at),
        parent_id=parent_id,
        slot=slot,
        process=process,
    )


def steps(connection: sqlite3.Connection, run_id: int) -> list[StepRecord]:
    """All step rows of a run in the order they were begun; empty when there is no such run."""
    rows = connection.execute(f"SELECT {STEP_COLUMNS} FROM steps WHERE run_id = ? ORDER BY id", (run_id,))  # noqa: S608 - constant columns
    return [step_from_row(row) for row in rows]


def artifacts(connection: sqlite3.Connection, run_id: int) -> list[Artifact]:
    """All artifacts of a run, oldest first."""
    rows = connection.execute(f"SELECT {ARTIFACT_COLUMNS} FROM artifacts WHERE run_id = ? ORDER BY id", (run_id,))  # noqa: S608 - constant columns
    return [artifact_from_row(row) for row in rows]


def decisions(connection: sqlite3.Connection, run_id: int) -> list[Decision]:
    """All decisions of a run, oldest first."""
    rows = connection.execute(f"SELECT {DECISION_COLUMNS} FROM decisions WHERE run_id = ? ORDER BY id", (run_id,))  # noqa: S608 - constant columns
    return [decision_from_row(row) for row in rows]


def list_runs(
    connection: sqlite3.Connection, chosen: RunFilter = EVERYTHING, *, limit: int = 50, before_id: int | None = None
) -> list[Run]:
    """Runs that the filter chooses, newest first. `before_id`, the last run of a page, gives the next page."""
    condition, values = where(chosen)
    if before_id is not None:
        condition += " AND (started_at, id) < ((SELECT started_at FROM runs WHERE id = ?), ?)"
        values += [before_id, before_id]
        run(connection, before_id)
    sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE {condition} ORDER BY started_at DESC, id DESC LIMIT ?"  # noqa: S608 - values are bound
    return [run_from_row(row) for row in connection.execute(sql, (*values, limit))]


def each_run(connection: sqlite3.Connection, chosen: RunFilter = EVERYTHING) -> Iterator[Run]:
    """All runs that the filter chooses, oldest first, read one at a time."""
    condition, values = where(chosen)
    sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE {condition} ORDER BY started_at, id"  # noqa: S608 - values are bound
    for row in connection.execute(sql, values):
        yield run_from_row(row)


def last_runs(connection: sqlite3.Connection, workflows: Iterable[str], *, include_simulated: bool = False) -> dict[str, Run]:
    """The newest run of each workflow that has one; runs that were simulated altogether count only where asked for."""
    shown = "" if include_simulated else " AND simulated <> 'all'"
    sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE workflow = ?{shown} ORDER BY started_at DESC, id DESC LIMIT 1"  # noqa: S608 - constant
    found = ((name, connection.execute(sql, (name,)).fetchone()) for name in workflows)
    return {name: run_from_row(row) for name, row in found if row is not None}


def decision(connection: sqlite3.Connection, decision_id: int) -> Decision:
    """One decision; NotFoundError when there is none."""
    row = connection.execute(f"SELECT {DECISION_COLUMNS} FROM decisions WHERE id = ?", (_number(decision_id),)).fetchone()  # noqa: S608 - constant columns
    if row is None:
        raise NotFoundError(f"there is no decision {decision_id}", hint="run: avops inbox")
    return decision_from_row(row)


def inbox(connection: sqlite3.Connection, *, expired_at: datetime | None = None) -> list[InboxItem]:
    """Open decisions, oldest first, each with its run. With `expired_at`, only those that have expired by then."""
    condition, values = ("", ()) if expired_at is None else (" AND expires_at <= ?", (to_micros(expired_at),))
    sql = f"SELECT {DECISION_COLUMNS} FROM decisions WHERE status = 'open'{condition} ORDER BY id"  # noqa: S608 - values are bound
    opened = [decision_from_row(row) for row in connection.execute(sql, values)]
    return [InboxItem(decision=one, run=run(connection, one.run_id)) for one in opened]


def _number(given: int) -> int:
    """The number, or one that nothing has in place of a number that SQLite cannot hold."""
    return given if 0 < given <= LARGEST_ID else 0


def _no_run(run_id: int) -> NotFoundError:
    return NotFoundError(f"there is no run {run_id}", hint="run: avops runs list")
