"""Facts to rows and back: instants as whole microseconds, structured values as compact JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from avops.errors import StorageError
from avops.model.run import (
    Artifact,
    Decision,
    DecisionKind,
    DecisionStatus,
    Question,
    Run,
    RunStatus,
    Simulated,
    StepIntent,
    StepRecord,
    StepStatus,
    Trigger,
)
from avops.telemetry import instants

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = "Sequence[Any]"
"""A row as SQLite gives it: the columns' types are the schema's, which the type checker cannot see."""

to_micros = instants.to_micros
to_micros_or_none = instants.to_micros_or_none
from_micros = instants.from_micros
from_micros_or_none = instants.from_micros_or_none

RUN_COLUMNS = (
    'id, workflow, agent, recipe, "trigger", room, status, simulated, started_by, started_at, finished_at, duration_us, paused_us, '
    "error, parent_id, slot, process, epoch"
)
STEP_COLUMNS = (
    "key, attempt, phase, kind, step_id, name, tool, action, effect, arguments, undo, simulated, idempotent, started_at, deadline_at, "
    "status, value, error, finished_at, undo_after, undo_status, actor, note, epoch, tokens, cost_usd"
)
ARTIFACT_COLUMNS = "kind, title, external_id, url, path, step_key, after_failure"
DECISION_COLUMNS = (
    "id, run_id, key, kind, prompt, phase, name, step_id, role, call, call_hash, readings, expect, asked_at, expires_at, "
    "status, answer, note, decided_by, decided_at"
)

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def to_json(value: object) -> str | None:
    """Compact JSON; None becomes NULL. Raises StorageError for what JSON cannot hold."""
    if value is None:
        return None
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise StorageError(f"a value cannot be kept as JSON: {error}") from error


def from_json(text: str | None) -> object:
    """What `to_json` kept."""
    return None if text is None else _decode(text)


def mapping_from_json(text: str | None) -> dict[str, object]:
    """A kept mapping; empty for NULL."""
    return dict(_decode(text)) if text else {}


def run_from_row(row: Row) -> Run:
    """A run from `RUN_COLUMNS`."""
    (id_, workflow, agent, recipe, trigger, room, status, simulated, started_by, started, finished, duration, paused, *rest) = row
    error, parent_id, slot, process, epoch = rest
    return Run(
        id=id_,
        workflow=workflow,
        agent=agent,
        recipe=recipe,
        trigger=Trigger(trigger),
        room=room,
        status=RunStatus(status),
        simulated=Simulated(simulated),
        started_by=started_by,
        started_at=from_micros(started),
        finished_at=from_micros_or_none(finished),
        duration_s=None if duration is None else duration / 1e6,
        paused_s=paused / 1e6,
        error=error,
        parent_id=parent_id,
        slot=slot,
        process=process,
        epoch=epoch,
    )


def step_from_row(row: Row) -> StepRecord:
    """A step from `STEP_COLUMNS`."""
    (key, attempt, phase, kind, step_id, name, tool, action, effect, arguments, undo, simulated, idempotent, *rest) = row
    started, deadline, status, value, error, finished, undo_after, undo_status, actor, note, epoch, tokens, cost = rest
    known_undo = from_json(undo)
    intent = StepIntent(
        key=key,
        attempt=attempt,
        phase=phase,
        kind=kind,
        step_id=step_id,
        name=name,
        tool=tool,
        action=action,
        effect=effect,
        arguments=from_json(arguments),
        undo=known_undo,
        simulated=bool(simulated),
        idempotent=bool(idempotent),
        started_at=from_micros(started),
        deadline_at=from_micros_or_none(deadline),
    )
    return StepRecord(
        intent=intent,
        status=StepStatus(status),
        value=from_json(value),
        error=error,
        finished_at=from_micros_or_none(finished),
        undo=known_undo if undo_after is None else from_json(undo_after),
        undo_status=undo_status,
        actor=actor,
        note=note,
        epoch=epoch,
        tokens=tokens,
        cost_usd=cost,
    )


def artifact_from_row(row: Row) -> Artifact:
    """An artifact from `ARTIFACT_COLUMNS`."""
    kind, title, external_id, url, path, step_key, after_failure = row
    return Artifact(
        kind=kind,
        title=title,
        id=external_id,
        url=url,
        path=path,
        step_key=step_key,
        after_failure=bool(after_failure),
    )


def decision_from_row(row: Row) -> Decision:
    """A decision from `DECISION_COLUMNS`."""
    (id_, run_id, key, kind, prompt, phase, name, step_id, role, call, call_hash, readings, expect, asked, expires, *rest) = row
    status, answer, note, decided_by, decided_at = rest
    question = Question(
        key=key,
        kind=DecisionKind(kind),
        prompt=prompt,
        phase=phase,
        name=name,
        step_id=step_id,
        role=role,
        call=from_json(call),
        call_hash=call_hash,
        readings=mapping_from_json(readings),
        expect=None if expect is None else mapping_from_json(expect),
        asked_at=from_micros(asked),
        expires_at=from_micros_or_none(expires),
    )
    return Decision(
        id=id_,
        run_id=run_id,
        question=question,
        status=DecisionStatus(status),
        answer=from_json(answer),
        note=note,
        decided_by=decided_by,
        decided_at=from_micros_or_none(decided_at),
    )
