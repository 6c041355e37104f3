"""What is kept of a run: without secrets, and no larger than a row may be."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from avops.engine.io import call_hash

if TYPE_CHECKING:
    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.redaction import Redactor
    from avops.model.run import Question, StepIntent, StepResult

MAX_RESULT = 64 * 1024
"""Characters of JSON kept in a step's row; a larger result is kept as a file of the run."""
MAX_VALUE = 16 * 1024 * 1024
"""Characters of JSON a result may have at all."""
WIDEST = 6
"""Characters of JSON that one character may need."""
DEEPEST = 50
OVERFLOW = "avops:file"
"""The key under which a row names the file that holds its result."""


class Keeping:
    """Makes facts fit to be kept, and what was kept fit to be used again."""

    def __init__(self, run_id: int, redactor: Redactor, files: ArtifactFiles) -> None:
        self._run_id = run_id
        self._files = files
        self.redactor = redactor

    def clean(self, result: StepResult) -> StepResult:
        """The result without secrets."""
        error = None if result.error is None else self.redactor.text(result.error)
        note = None if result.note is None else self.redactor.text(result.note)
        return replace(result, value=self.redactor.data(result.value), error=error, note=note)

    def redacted(self, intent: StepIntent) -> StepIntent:
        """The intent without secrets; itself when there are none."""
        data = self.redactor.data
        arguments, undo = data(intent.arguments), data(intent.undo)
        if arguments is intent.arguments and undo is intent.undo:
            return intent
        return replace(intent, arguments=arguments, undo=undo)

    def seen_and_kept(self, result: StepResult) -> tuple[StepResult, StepResult]:
        """The result as later steps see it, and as its row holds it: a value that JSON would change is changed in both.

        So that a continued run sees what this one saw: keys are text, and a tuple is a list. Raises TypeError, ValueError
        or RecursionError for what JSON, or a row, cannot hold.
        """
        weight = _weight(result.value)
        if weight is None:
            result = replace(result, value=json.loads(json.dumps(result.value, allow_nan=False)))
        return result, self._fitted(result, weight)

    def fitted(self, result: StepResult) -> StepResult:
        """The result as its row holds it: a large value becomes a file of the run, and the row names it.

        Raises TypeError, ValueError or RecursionError for a value that no row can hold.
        """
        return self._fitted(result, _weight(result.value))

    def _fitted(self, result: StepResult, weight: int | None) -> StepResult:
        if weight is not None and weight * WIDEST <= MAX_RESULT:
            return result
        text = json.dumps(result.value, ensure_ascii=False, allow_nan=False)
        if len(text) <= MAX_RESULT:
            return result
        if len(text) > MAX_VALUE:
            raise ValueError(f"more than {MAX_VALUE // 1024 // 1024} MiB")
        path = self._files.overflow(self._run_id, f"{result.key}.{result.attempt}", text)
        return replace(result, value={OVERFLOW: path, "characters": len(text), "begins": text[:500]})

    def unfitted(self, value: object) -> object:
        """A kept value as it was: read from its file where the row only names it."""
        if isinstance(value, dict) and OVERFLOW in value:
            return json.loads(self._files.read(str(value[OVERFLOW])))
        return value

    def hidden(self, question: Question) -> Question:
        """The question without secrets; what is approved is the call as the person sees it."""
        data = self.redactor.data
        call = data(question.call)
        return replace(
            question,
            prompt=self.redactor.text(question.prompt),
            call=call,
            call_hash=None if question.call_hash is None else call_hash(call),
            readings={name: data(value) for name, value in question.readings.items()},
        )


def _weight(value: object, depth: int = 0) -> int | None:
    """About how many characters the value has; None for one that JSON would change, cannot hold, or that is very deep."""
    kind = type(value)
    if kind is str:
        return len(value) + 2  # type: ignore[arg-type]  # asking for the type itself is three times as fast as isinstance
    if value is None or kind is bool:
        return 5
    if isinstance(value, dict):
        if depth > DEEPEST:
            return None
        total = 2 + 5 * len(value)
        for key, item in value.items():
            if type(key) is not str or (weight := _weight(item, depth + 1)) is None:
                return None
            total += len(key) + weight
        return total
    if isinstance(value, list):
        if depth > DEEPEST:
            return None
        total = 2 + len(value)
        for item in value:
            if (weight := _weight(item, depth + 1)) is None:
                return None
            total += weight
        return total
    return _weight_of_atom(value)


def _weight_of_atom(value: object) -> int | None:
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, int):
        return value.bit_length() // 3 + 2
    return 25 if isinstance(value, float) and isfinite(value) else None
