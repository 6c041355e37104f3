"""What a run did, held against what a test expects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.model.recipe_test import ExpectedCall
from avops.model.run import StepStatus
from avops.testing.places import base_of, key_of, steps_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avops.model.recipe import Recipe
    from avops.model.recipe_test import Expect
    from avops.model.run import StepRecord

NOT_REACHED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCall:
    """A call that a tool got."""

    reference: str
    arguments: Mapping[str, object]
    is_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A run of a test: its end, its rows, and the calls that its tools got, in order."""

    status: str
    error: str | None
    steps: Sequence[StepRecord]
    calls: Sequence[MadeCall]
    outputs: Mapping[str, object]
    artifacts: Sequence[str]


def problems(expect: Expect, happened: Happened, recipe: Recipe) -> Iterator[str]:
    """What did not come as expected, one sentence each."""
    if happened.status != expect.status:
        because = f": {happened.error}" if happened.error else ""
        yield f"status: expected {expect.status}, got {happened.status}{because}"
    if expect.error is not None and expect.error not in (happened.error or ""):
        yield f"error: expected '{expect.error}' in it, got {_shown(happened.error)}"
    yield from _steps(expect, happened, recipe)
    for name, wanted, is_read in (("calls", expect.calls, False), ("reads", expect.reads, True)):
        if wanted is not None:
            yield from _calls(name, wanted, [call for call in happened.calls if call.is_read is is_read])
    for name, value in expect.outputs.items():
        if name not in happened.outputs:
            yield f"outputs: '{name}' is missing"
        elif happened.outputs[name] != value:
            yield f"outputs: '{name}' expected {_shown(value)}, got {_shown(happened.outputs[name])}"
    if expect.artifacts is not None and list(expect.artifacts) != list(happened.artifacts):
        yield f"artifacts: expected {_shown(expect.artifacts)}, got {_shown(list(happened.artifacts))}"


def _steps(expect: Expect, happened: Happened, recipe: Recipe) -> Iterator[str]:
    titles = {key: title_of(step) for key, step in steps_of(recipe).items()}
    for name, wanted in expect.steps.items():
        key, problem = key_of(recipe, name)
        if key is None:
            yield f"steps: {problem}"
            continue
        status, error = ending_of(key, happened.steps)
        if status != wanted:
            title = titles.get(base_of(key), key)
            yield f"steps: {key} '{title}' expected {wanted}, got {status}" + (f": {error}" if error else "")
    if expect.undone is None:
        return
    wanted_keys = []
    for name in expect.undone:
        key, problem = key_of(recipe, name)
        if key is None:
            yield f"undone: {problem}"
        wanted_keys.append(key or name)
    undone = [row.intent.key.removesuffix("/undo") for row in happened.steps if _is_undo(row)]
    if wanted_keys != undone:
        yield f"undone: expected {_shown(wanted_keys)}, got {_shown(undone)}"


def _is_undo(row: StepRecord) -> bool:
    return row.intent.key.endswith("/undo") and row.status is StepStatus.OK


def ending_of(key: str, rows: Sequence[StepRecord]) -> tuple[str, str | None]:
    """How a step ended, and its error; the worst of its entries where it has several; `skipped` when it was not reached."""
    last: dict[str, StepRecord] = {}
    for row in rows:
        own = row.intent.key
        if own == key or (own.startswith(f"{key}[") and "/" not in own):
            last[own] = row
    found = list(last.values())
    if not found:
        return NOT_REACHED, None
    bad = [row for row in found if row.status not in (StepStatus.OK, StepStatus.SKIPPED)]
    if bad:
        return bad[0].status.value, bad[0].error
    ok = [row for row in found if row.status is StepStatus.OK]
    return (ok or found)[0].status.value, (ok or found)[0].error


def _calls(name: str, wanted: Sequence[object], made: Sequence[MadeCall]) -> Iterator[str]:
    for number, call in enumerate(wanted, start=1):
        reference = call.tool if isinstance(call, ExpectedCall) else str(call)
        if number > len(made):
            yield f"{name}: expected {reference} as number {number}, but there were only {len(made)}"
            return
        got = made[number - 1]
        if got.reference != reference:
            yield f"{name}: expected {reference} as number {number}, got {_call(got)}"
            return
        if isinstance(call, ExpectedCall):
            yield from (f"{name}: {reference} (number {number}) {problem}" for problem in _arguments(call, got))
    if len(made) > len(wanted):
        yield f"{name}: expected no more after number {len(wanted)}, got {_call(made[len(wanted)])}"


def _arguments(call: ExpectedCall, got: MadeCall) -> Iterator[str]:
    for argument, value in call.with_.items():
        if argument not in got.arguments:
            yield f"got no '{argument}'"
        elif got.arguments[argument] != value:
            yield f"'{argument}' expected {_shown(value)}, got {_shown(got.arguments[argument])}"


def _call(call: MadeCall) -> str:
    return f"{call.reference} {_shown(dict(call.arguments))}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else f"{text[:199]}…"
