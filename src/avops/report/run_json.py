"""A run as JSON, under the keys that docs/json.md promises."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from avops.report.model_use import model_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from avops.model.run import Artifact, Decision, Run, StepRecord


_OBEYED = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Characters that JSON need not escape, and that a terminal obeys or cannot be sent."""


def run_fields(run: Run) -> dict[str, object]:
    """A run without its steps; instants as ISO 8601 in UTC, durations in seconds."""
    return {
        "id": run.id,
        "workflow": run.workflow,
        "agent": run.agent,
        "recipe": run.recipe,
        "trigger": run.trigger.value,
        "status": run.status.value,
        "simulated": run.simulated.value,
        "started_at": instant(run.started_at),
        "finished_at": instant(run.finished_at),
        "duration_s": run.duration_s,
        "error": run.error,
        "room": run.room,
        "started_by": run.started_by,
        "paused_s": run.paused_s,
        "parent_id": run.parent_id,
    }


def step_fields(record: StepRecord) -> dict[str, object]:
    """One row of a run's steps: an attempt, with its call and its answer."""
    intent = record.intent
    ended = record.finished_at
    return {
        "key": intent.key,
        "attempt": intent.attempt,
        "phase": intent.phase,
        "kind": intent.kind,
        "step_id": intent.step_id,
        "name": intent.name,
        "status": record.status.value,
        "tool": intent.tool,
        "action": intent.action,
        "effect": intent.effect,
        "arguments": intent.arguments,
        "value": record.value,
        "error": record.error,
        "simulated": intent.simulated,
        "started_at": instant(intent.started_at),
        "finished_at": instant(ended),
        "duration_s": None if ended is None else (ended - intent.started_at).total_seconds(),
        "deadline_at": instant(intent.deadline_at),
        "undo": record.undo,
        "undo_status": record.undo_status,
        "actor": record.actor,
        "note": record.note,
        "tokens": record.tokens,
        "cost_usd": record.cost_usd,
    }


def artifact_fields(artifact: Artifact) -> dict[str, object]:
    """What a run left behind."""
    return {
        "kind": artifact.kind,
        "title": artifact.title,
        "id": artifact.id,
        "url": artifact.url,
        "path": artifact.path,
        "step_key": artifact.step_key,
        "after_failure": artifact.after_failure,
    }


def decision_fields(decision: Decision) -> dict[str, object]:
    """A question to a person, and what was decided."""
    question = decision.question
    return {
        "id": decision.id,
        "run_id": decision.run_id,
        "key": question.key,
        "kind": question.kind.value,
        "prompt": question.prompt,
        "role": question.role,
        "call": question.call,
        "readings": dict(question.readings),
        "asked_at": instant(question.asked_at),
        "expires_at": instant(question.expires_at),
        "status": decision.status.value,
        "answer": decision.answer,
        "note": decision.note,
        "decided_by": decision.decided_by,
        "decided_at": instant(decision.decided_at),
    }


def run_document(run: Run, steps: Iterable[StepRecord], artifacts: Iterable[Artifact], decisions: Iterable[Decision]) -> str:
    """A run with its steps, artifacts and decisions, as JSON text."""
    rows = list(steps)
    return to_json(
        {
            **run_fields(run),
            "model_use": model_use(rows).fields(),
            "steps": [step_fields(record) for record in rows],
            "artifacts": [artifact_fields(artifact) for artifact in artifacts],
            "decisions": [decision_fields(decision) for decision in decisions],
        }
    )


def runs_document(runs: Iterable[Run]) -> str:
    """Runs without their steps, as a JSON array."""
    return to_json([run_fields(run) for run in runs])


def inbox_document(items: Iterable[tuple[Decision, Run]]) -> str:
    """Open decisions, each with the run that asks, as a JSON array."""
    return to_json(
        [
            {**decision_fields(decision), "recipe": run.recipe, "agent": run.agent, "room": run.room, "started_by": run.started_by}
            for decision, run in items
        ]
    )


def to_json(value: Mapping[str, object] | list[dict[str, object]]) -> str:
    """JSON text for people and programs alike: indented, with everything escaped that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, ending in Z."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
