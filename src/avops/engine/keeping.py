"""What is kept of a run: without secrets, and no larger than a row may be."""

from __future__ import annotations

import json
from dataclasses import replace
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

    def fitted(self, result: StepResult) -> StepResult:
        """The result as its row holds it: a large value becomes a file of the run, and the row names it.

        Raises TypeError, ValueError or RecursionError for a value that no row can hold.
        """
        if result.value is None or isinstance(result.value, bool | int):
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
