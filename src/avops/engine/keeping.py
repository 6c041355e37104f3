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
        return replace(result, value=self.redactor.data(result.value), error=error)

    def redacted(self, intent: StepIntent) -> StepIntent:
        """The intent without secrets; itself when there are none."""
        data = self.redactor.data
        arguments, undo = data(intent.arguments), data(intent.undo)
        if arguments is intent.arguments and undo is intent.undo:
            return intent
        return replace(intent, arguments=arguments, undo=undo)

    @staticmethod
    def plain(value: object) -> object:
        """The value as a continued run would see it: keys are text, and a tuple is a list.

        Raises TypeError, ValueError or RecursionError for what JSON cannot hold.
        """
        return value if _weight(value) is not None else json.loads(json.dumps(value, allow_nan=False))

    def fitted(self, result: StepResult) -> StepResult:
        """The result as its row holds it: a large value becomes a file of the run, and the row names it.

        Raises TypeError, ValueError or RecursionError for a value that no row can hold.
        """
        weight = _weight(result.value)
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
    if isinstance(value, str):
        return len(value) + 2
    if value is None or isinstance(value, bool):
        return 5
    if isinstance(value, int):
        return value.bit_length() // 3 + 2
    if isinstance(value, float):
        return 25 if isfinite(value) else None
    if depth > DEEPEST or not isinstance(value, dict | list):
        return None
    total = 2
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                return None
            total += len(key) + 4
    for item in value.values() if isinstance(value, dict) else value:
        weight = _weight(item, depth + 1)
        if weight is None:
            return None
        total += weight + 1
    return total
