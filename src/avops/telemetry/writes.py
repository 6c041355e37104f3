"""Each write of the store as a function over a connection. The caller owns the transaction."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from avops.errors import NotFoundError, StorageError
from avops.model.run import LOST, DecisionStatus, RunStatus
from avops.telemetry.rollups import count_run
from avops.telemetry.rows import to_json, to_micros, to_micros_or_none

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Artifact, Question, RunEnd, RunStart, StepIntent, StepResult

_INTENT_COLUMNS = (
    "key, attempt, phase, kind, step_id, name, tool, action, effect, arguments, undo, simulated, idempotent, started_at, deadline_at"
)
_RESULT_COLUMNS = "status, value, error, finished_at, undo_after, actor, note, tokens, cost_usd"
_REPLACEMENT = ", ".join(
    f"{column} = excluded.{column}"
    for column in f"epoch, {_INTENT_COLUMNS}, {_RESULT_COLUMNS}".split(", ")
    if column not in ("key", "attempt")
)
_BEGUN = "'running', NULL, NULL, NULL, NULL, NULL, NULL, 0, 0.0"


def _step_sql(result: str, condition: str) -> str:
    """A row that only waited so far (for an approval, say) is taken over; any other row of that key and attempt stands."""
    return f"""
INSERT INTO steps (run_id, epoch, {_INTENT_COLUMNS}, {_RESULT_COLUMNS})
SELECT id, epoch, {", ".join("?" * 15)}, {result} FROM runs WHERE id = ?{condition}
ON CONFLICT (run_id, key, attempt) DO UPDATE SET {_REPLACEMENT} WHERE steps.status IN ('waiting', 'pending')
"""  # noqa: S608 - the names are this module's own


_BEGIN_STEP: Final = _step_sql(_BEGUN, " AND status = 'running'")
_RECORD_STEP: Final = _step_sql(", ".join("?" * 9), "")
_FINISH_STEP: Final = """
UPDATE steps SET status = ?, value = ?, error = ?, finished_at = ?, undo_after = coalesce(?, undo_after), actor = ?, note = ?,
  tokens = ?, cost_usd = ?
WHERE run_id = ? AND key = ? AND attempt = ?
"""
_CREATE_RUN: Final = """
INSERT INTO runs (workflow, agent, recipe, "trigger", room, status, started_by, started_at, finished_at, duration_us, error, parent_id,
  slot, process)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_END_RUN: Final = """
UPDATE runs SET status = ?2, simulated = ?3, error = ?4, finished_at = ?5, paused_us = max(paused_us, ?6),
  duration_us = max(0, ?5 - started_at - max(paused_us, ?6))
WHERE id = ?1 AND status IN ('running', 'waiting', 'interrupted')
"""


def execute(connection: sqlite3.Connection, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
    """As `connection.execute`; half characters, which a device may send and UTF-8 cannot hold, are kept as `?`."""
    try:
        return connection.execute(sql, values)
    except UnicodeEncodeError:
        return connection.execute(sql, [v.encode("utf-8", "replace").decode("utf-8") if isinstance(v, str) else v for v in values])


def create_run(connection: sqlite3.Connection, start: RunStart) -> int:
    """The number of a new run, `running`."""
    return _insert_run(connection, start, RunStatus.RUNNING, finished_at=None, error=None)


def refuse_run(connection: sqlite3.Connection, start: RunStart, reasons: Sequence[str]) -> int:
    """The number of a run that never started."""
    run_id = _insert_run(connection, start, RunStatus.REFUSED, finished_at=to_micros(start.started_at), error="; ".join(reasons))
    count_run(connection, run_id)
    return run_id


def _insert_run(connection: sqlite3.Connection, start: RunStart, status: RunStatus, *, finished_at: int | None, error: str | None) -> int:
    duration_us = None if finished_at is None else 0
    values = (start.workflow, start.agent, start.recipe, start.trigger, start.room, status, start.started_by, to_micros(start.started_at))
    cursor = execute(connection, _CREATE_RUN, (*values, finished_at, duration_us, error, start.parent_id, start.slot, start.process))
    run_id = cursor.lastrowid
    assert run_id is not None
    room_values = None if start.room_values is None else to_json(dict(start.room_values))
    execute(
        connection,
        "INSERT INTO run_starts (run_id, inputs, room_values, options, text_set_id) VALUES (?, ?, ?, ?, ?)",
        (run_id, to_json(dict(start.inputs)), room_values, to_json(dict(start.options)), _keep_texts(connection, start.texts)),
    )
    return run_id


def _keep_texts(connection: sqlite3.Connection, texts: Mapping[str, str]) -> int | None:
    """The id of this set of documents, stored once however many runs start from it."""
    if not texts:
        return None
    hashes = {path: sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for path, text in sorted(texts.items())}
    set_hash = sha256("\n".join(f"{digest} {path}" for path, digest in hashes.items()).encode("utf-8", "surrogatepass")).hexdigest()
    found = connection.execute("SELECT id FROM text_sets WHERE sha256 = ?", (set_hash,)).fetchone()
    if found:
        return int(found[0])
    set_id = connection.execute("INSERT INTO text_sets (sha256) VALUES (?)", (set_hash,)).lastrowid
    for path, digest in hashes.items():
        execute(connection, "INSERT INTO texts (sha256, text) VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, texts[path]))
        execute(connection, "INSERT INTO text_set_entries (text_set_id, path, sha256) VALUES (?, ?, ?)", (set_id, path, digest))
    return set_id


def begin_step(connection: sqlite3.Connection, run_id: int, intent: StepIntent) -> None:
    """Keeps the intent. StorageError when the run is not `running`, or the attempt was already begun."""
    if execute(connection, _BEGIN_STEP, (*_intent_values(intent), run_id)).rowcount != 1:
        raise _refused_step(connection, run_id, intent)


def record_step(connection: sqlite3.Connection, run_id: int, intent: StepIntent, result: StepResult) -> None:
    """Keeps intent and result at once. StorageError when the attempt was already begun."""
    if execute(connection, _RECORD_STEP, (*_intent_values(intent), *_result_values(result), run_id)).rowcount != 1:
        raise _refused_step(connection, run_id, intent)


def finish_step(connection: sqlite3.Connection, run_id: int, result: StepResult) -> None:
    """Keeps what came of an intent. StorageError when it was never begun."""
    values = (*_result_values(result), run_id, result.key, result.attempt)
    if execute(connection, _FINISH_STEP, values).rowcount != 1:
        raise StorageError(f"step '{result.key}' (attempt {result.attempt}) of run {run_id} was never begun", hint="run: avops db check")


def _intent_values(intent: StepIntent) -> tuple[object, ...]:
    # Plain `int` and `str` are bound four times faster than `bool` and `StrEnum`, which look for an adapter first.
    return (
        intent.key,
        intent.attempt,
        intent.phase,
        intent.kind,
        intent.step_id,
        intent.name,
        intent.tool,
        intent.action,
        intent.effect,
        to_json(intent.arguments),
        to_json(intent.undo),
        int(intent.simulated),
        int(intent.idempotent),
        to_micros(intent.started_at),
        to_micros_or_none(intent.deadline_at),
    )


def _result_values(result: StepResult) -> tuple[object, ...]:
    return (
        result.status.value,
        to_json(result.value),
        result.error,
        to_micros(result.finished_at),
        to_json(result.undo),
        result.actor,
        result.note,
        result.tokens,
        result.cost_usd,
    )


def _refused_step(connection: sqlite3.Connection, run_id: int, intent: StepIntent) -> StorageError:
    found = connection.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
    if found is None:
        return StorageError(f"there is no run {run_id} to keep step '{intent.key}' of", hint="run: avops runs list")
    row = connection.execute(
        "SELECT status FROM steps WHERE run_id = ? AND key = ? AND attempt = ?", (run_id, intent.key, intent.attempt)
    ).fetchone()
    if row is not None:
        return StorageError(
            f"step '{intent.key}' (attempt {intent.attempt}) of run {run_id} was already begun and is '{row[0]}'",
            hint=f"run: avops runs show {run_id}",
        )
    return StorageError(
        f"run {run_id} is '{found[0]}', not 'running': step '{intent.key}' was not begun", hint=f"run: avops runs show {run_id}"
    )


def mark_undo(connection: sqlite3.Connection, run_id: int, key: str, status: str) -> None:
    """Notes on the newest attempt of a step whether taking it back worked."""
    sql = (
        "UPDATE steps SET undo_status = ?1 WHERE run_id = ?2 AND key = ?3 "
        "AND attempt = (SELECT max(attempt) FROM steps WHERE run_id = ?2 AND key = ?3)"
    )
    if execute(connection, sql, (status, run_id, key)).rowcount != 1:
        raise StorageError(f"step '{key}' of run {run_id} was never begun", hint=f"run: avops runs show {run_id}")


def add_artifact(connection: sqlite3.Connection, run_id: int, artifact: Artifact) -> None:
    """Keeps an artifact."""
    execute(
        connection,
        "INSERT INTO artifacts (run_id, kind, title, external_id, url, path, step_key, after_failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run_id,
            artifact.kind,
            artifact.title,
            artifact.id,
            artifact.url,
            artifact.path,
            artifact.step_key,
            artifact.after_failure,
        ),
    )


def ask(connection: sqlite3.Connection, run_id: int, question: Question) -> int:
    """The id of the open decision for the question's key, made if there is none."""
    found = execute(
        connection, "SELECT id FROM decisions WHERE run_id = ? AND key = ? AND status = 'open'", (run_id, question.key)
    ).fetchone()
    if found:
        return int(found[0])
    cursor = execute(
        connection,
        "INSERT INTO decisions (run_id, key, kind, prompt, phase, name, step_id, role, call, call_hash, readings, expect, asked_at, "
        "expires_at, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')",
        (
            run_id,
            question.key,
            question.kind,
            question.prompt,
            question.phase,
            question.name,
            question.step_id,
            question.role,
            to_json(question.call),
            question.call_hash,
            to_json(dict(question.readings)),
            None if question.expect is None else to_json(dict(question.expect)),
            to_micros(question.asked_at),
            to_micros_or_none(question.expires_at),
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def decide(
    connection: sqlite3.Connection,
    decision_id: int,
    *,
    status: DecisionStatus,
    answer: object,
    note: str | None,
    decided_by: str | None,
    decided_at: datetime,
) -> bool:
    """True when the decision was open and this call decided it."""
    if status is DecisionStatus.OPEN:
        raise StorageError(f"decision {decision_id} cannot be decided as 'open'")
    cursor = execute(
        connection,
        "UPDATE decisions SET status = ?, answer = ?, note = ?, decided_by = ?, decided_at = ? WHERE id = ? AND status = 'open'",
        (status, to_json(answer), note, decided_by, to_micros(decided_at), decision_id),
    )
    if cursor.rowcount:
        return True
    if connection.execute("SELECT 1 FROM decisions WHERE id = ?", (decision_id,)).fetchone() is None:
        raise NotFoundError(f"there is no decision {decision_id}", hint="run: avops inbox")
    return False


def end_run(connection: sqlite3.Connection, run_id: int, end: RunEnd) -> None:
    """Keeps the end. A final one counts in the rollups, makes open decisions void and closes open steps; any end frees the rooms."""
    if end.status is RunStatus.RUNNING:
        raise StorageError(f"run {run_id} cannot end as 'running'")
    values = (run_id, end.status, end.simulated, end.error, to_micros(end.finished_at), round(end.paused_s * 1e6))
    if execute(connection, _END_RUN, values).rowcount != 1:
        raise _not_open(connection, run_id)
    connection.execute("DELETE FROM room_locks WHERE run_id = ?", (run_id,))
    if end.status is RunStatus.INTERRUPTED:
        lose_steps(connection, run_id)
    if end.status in (RunStatus.FAILED, RunStatus.CANCELLED):
        connection.execute("UPDATE artifacts SET after_failure = 1 WHERE run_id = ?", (run_id,))
    if end.status.is_final:
        connection.execute(
            "UPDATE steps SET status = 'cancelled', finished_at = ? WHERE run_id = ? AND status IN ('running', 'waiting', 'pending')",
            (to_micros(end.finished_at), run_id),
        )
        count_run(connection, run_id)
        connection.execute(
            "UPDATE decisions SET status = 'void', decided_at = ? WHERE run_id = ? AND status = 'open'",
            (to_micros(end.finished_at), run_id),
        )


def lose_steps(connection: sqlite3.Connection, run_id: int) -> None:
    """The steps in flight of a run that has just become `interrupted`: `unknown`, or `failed` where they changed nothing."""
    connection.execute(
        "UPDATE steps SET "
        "status = CASE WHEN effect = 'read' OR (effect IS NULL AND tool IS NULL) THEN 'failed' ELSE 'unknown' END, "
        "error = ?, finished_at = (SELECT finished_at FROM runs WHERE id = steps.run_id) "
        "WHERE run_id = ? AND status = 'running'",
        (LOST, run_id),
    )


def continue_run(connection: sqlite3.Connection, run_id: int, *, process: str, now: datetime, paused_s: float) -> int | None:
    """The new epoch, or None when the run neither waits nor is interrupted."""
    cursor = execute(
        connection,
        "UPDATE runs SET status = 'running', process = ?, epoch = epoch + 1, continued_at = ?, paused_us = max(paused_us, ?), "
        "finished_at = NULL, duration_us = NULL, error = NULL WHERE id = ? AND status IN ('waiting', 'interrupted')",
        (process, to_micros(now), round(paused_s * 1e6), run_id),
    )
    row = connection.execute("SELECT epoch FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no run {run_id}", hint="run: avops runs list")
    return int(row[0]) if cursor.rowcount else None


def _not_open(connection: sqlite3.Connection, run_id: int) -> StorageError:
    row = connection.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        return StorageError(f"there is no run {run_id} to end", hint="run: avops runs list")
    return StorageError(f"run {run_id} has already ended: '{row[0]}'", hint=f"run: avops runs show {run_id}")
