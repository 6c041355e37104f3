"""Reads over a read connection; each returns frozen facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from avops.errors import NotFoundError
from avops.model.run import RunStart, Trigger
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
)

if TYPE_CHECKING:
    import sqlite3

    from avops.model.run import Artifact, Decision, Run, StepRecord


def run(connection: sqlite3.Connection, run_id: int) -> Run:
    """One run; NotFoundError when there is none."""
    row = connection.execute(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()  # noqa: S608 - constant columns
    if row is None:
        raise _no_run(run_id)
    return run_from_row(row)


def start(connection: sqlite3.Connection, run_id: int) -> RunStart:
    """What the run started from; NotFoundError when there is no such run."""
    row = connection.execute(
        'SELECT recipe, agent, workflow, "trigger", room, room_values, inputs, options, started_by, started_at, parent_id, slot, process, '
        "text_set_id FROM runs JOIN run_starts ON run_id = id WHERE id = ?",
        (run_id,),
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


def _no_run(run_id: int) -> NotFoundError:
    return NotFoundError(f"there is no run {run_id}", hint="run: avops runs list")
