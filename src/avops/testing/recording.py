"""A test made from the records of a real run: redacted as they are kept."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from avops.model.recipe_test import TIMEOUT
from avops.model.run import DecisionKind, DecisionStatus, StepStatus
from avops.testing.judging import NOT_REACHED, ending_of
from avops.testing.places import base_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avops.model.recipe import Recipe
    from avops.model.run import Decision, Run, RunStart, StepRecord

_READ = "read"
_NO_ANSWER = "no answer within"
_DECIDED = (DecisionStatus.APPROVED, DecisionStatus.ANSWERED, DecisionStatus.DENIED)
_WORDS = {DecisionStatus.APPROVED: "approve", DecisionStatus.DENIED: "deny"}


def recorded(
    run: Run,
    start: RunStart,
    rows: Sequence[StepRecord],
    decisions: Sequence[Decision],
    *,
    recipe: Recipe,
    full: Callable[[object], object] = lambda value: value,
) -> dict[str, object]:
    """The document of a test that tells what this run was told, and expects what it came to.

    `full` gives a kept value as it was, where the row only names the file that holds it.
    """
    made = [
        row
        for row in rows
        if row.intent.tool and row.intent.kind != "approve" and row.status is not StepStatus.CANCELLED and not _by_model(row.intent.key)
    ]
    case: dict[str, object] = {"name": f"As in run {run.id}"}
    agents = start.options.get("agents")
    case |= {"agents": dict(agents)} if isinstance(agents, dict) else {"agent": start.agent}
    if start.room_values is not None:
        case["room"] = {**start.room_values, "room": start.room}
    case["now"] = f"{start.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if start.inputs:
        case["inputs"] = dict(start.inputs)
    case["tools"] = _answers(made, full)
    if people := {**_of_models(rows, full), **_people(decisions)}:
        case["people"] = people
    steps = {key: ending_of(key, rows)[0] for key in steps_of(recipe)}
    rollback = {key for key in steps if key.startswith("rollback")}
    expect: dict[str, object] = {
        "status": run.status.value,
        "steps": {key: status for key, status in steps.items() if key not in rollback or status != NOT_REACHED},
        "calls": [_call(row) for row in made if row.intent.effect != _READ],
    }
    case["expect"] = expect
    return {"recipe": run.recipe, "tests": [case]}


def _answers(made: Sequence[StepRecord], full: Callable[[object], object]) -> dict[str, object]:
    """What each action answered, in order; one answer where it was always the same."""
    found: dict[str, list[object]] = {}
    for row in made:
        found.setdefault(f"{row.intent.tool}.{row.intent.action}", []).append(_answer(row, full))
    return {
        reference: answers[0] if all(each == answers[0] for each in answers) and not isinstance(answers[0], list) else answers
        for reference, answers in found.items()
    }


def _answer(row: StepRecord, full: Callable[[object], object]) -> object:
    if row.status is StepStatus.OK or row.value is not None:
        value = full(row.value)
        return {"answer": value} if isinstance(value, dict) and ("fault" in value or set(value) == {"answer"}) else value
    error = row.error or "it failed"
    if error.startswith(_NO_ANSWER):
        return {"fault": TIMEOUT}
    return {"fault": error, "happened": "unknown"} if row.status is StepStatus.UNKNOWN else {"fault": error}


def _call(row: StepRecord) -> object:
    reference = f"{row.intent.tool}.{row.intent.action}"
    arguments: object = row.intent.arguments
    return {"tool": reference, "with": arguments} if arguments else reference


def _by_model(key: str) -> bool:
    """True for what a model asked for within a step: a test gives the step's answer, and no model is asked."""
    return "/call-" in key


def _of_models(rows: Sequence[StepRecord], full: Callable[[object], object]) -> dict[str, object]:
    """The answers of a model, by step, as a person would give them."""
    asked = {row.intent.key.rpartition("/")[0] for row in rows if row.intent.kind == "turn"}
    found: dict[str, object] = {}
    for row in rows:
        key, kind = row.intent.key, row.intent.kind
        if key not in asked or kind not in ("confirm", "do"):
            continue
        if kind == "confirm":
            found[base_of(key)] = "yes" if row.status is StepStatus.OK else "no"
        elif row.status is StepStatus.OK:
            found[base_of(key)] = {"says": "done", "answer": full(row.value)}
    return found


def _people(decisions: Sequence[Decision]) -> Mapping[str, object]:
    """What people decided, by step; the last word on each."""
    found: dict[str, object] = {}
    for decision in decisions:
        if decision.status not in _DECIDED or decision.question.kind is DecisionKind.UNKNOWN or _by_model(decision.question.key):
            continue
        word = _WORDS.get(decision.status, "done")
        said: dict[str, object] = {"says": word}
        if decision.answer is not None:
            said["answer"] = decision.answer
        if decision.decided_by:
            said["by"] = decision.decided_by
        if decision.note:
            said["note"] = decision.note
        found[base_of(decision.question.key)] = word if set(said) <= {"says"} else said
    return found
