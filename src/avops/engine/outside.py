"""One call into the world, and what came of it: an answer, a failure, or that nobody knows.

This is the engine's step boundary: the one place that catches whatever a tool may raise.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.engine.io import Stopped
from avops.engine.replies import as_value, spent, without_secrets
from avops.engine.schema_check import schema_error
from avops.errors import ModelError, StorageError, ToolError
from avops.model.effect import Effect
from avops.model.run import INTERRUPTED, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.interruption import Interruption
    from avops.engine.io import Bounds
    from avops.engine.keeping import Keeping
    from avops.engine.redaction import Redactor
    from avops.model.conversation import ModelRequest
    from avops.model.run import Artifact, StepIntent
    from avops.ports import Model, Tool


class Outside:
    """The tools, the model and the files of one life of a run."""

    def __init__(
        self,
        run_id: int,
        *,
        tool: Callable[[str], Tool],
        model: Callable[[], Model | None],
        files: ArtifactFiles,
        keeping: Keeping,
        redactor: Redactor,
        interruption: Interruption,
        now: Callable[[], datetime],
        settle: Callable[[], Awaitable[None]],
        artifact: Callable[[Artifact], Awaitable[None]],
    ) -> None:
        """`settle` makes durable all that was issued; `artifact` keeps what a step has made."""
        self._run_id = run_id
        self._tool = tool
        self._model = model
        self._files = files
        self._keeping = keeping
        self._redactor = redactor
        self._interruption = interruption
        self._now = now
        self._settle = settle
        self._artifact = artifact
        self._marker = secrets.token_hex(12)
        """Fences data for the model in this life of the run; nobody who writes such data can know it."""

    async def done(self, intent: StepIntent, bounds: Bounds) -> tuple[StepResult, StepResult]:
        """What came of the call: as later steps see it, and as its row holds it."""
        result = await self._do(intent, bounds)
        try:
            result, row = self._keeping.seen_and_kept(result)
        except (TypeError, ValueError, RecursionError) as error:
            result = replace(result, status=_lost(intent), value=None, error=f"the answer is no plain data: {error}")
            row = result
        if result.status is StepStatus.OK and bounds.undo is not None:
            row = replace(row, undo=self._redactor.data(bounds.undo(result.value)))
        return result, row

    async def _do(self, intent: StepIntent, bounds: Bounds) -> StepResult:
        lost = _lost(intent)

        def ended(
            status: StepStatus, value: object = None, error: str | None = None, note: str | None = None, retry_after_s: float | None = None
        ) -> StepResult:
            return StepResult(
                key=intent.key,
                attempt=intent.attempt,
                status=status,
                value=value,
                error=None if error is None else self._redactor.text(error),
                finished_at=self._now(),
                note=note,
                retry_after_s=retry_after_s,
            )

        if self._interruption.stops(intent.phase):  # it came while the intent was being kept: nothing has been called
            return ended(StepStatus.CANCELLED, note=INTERRUPTED)
        try:
            async with asyncio.timeout(bounds.timeout_s):
                answer = await self._interruption.guard(intent.phase, self._call(intent) if bounds.ask is None else self._turn(bounds.ask))
            value = self._redactor.data(answer) if bounds.ask is None else answer
        except Stopped:
            if lost is StepStatus.FAILED:
                return ended(StepStatus.CANCELLED, note=INTERRUPTED)
            return ended(lost, error="interrupted by a person", note=INTERRUPTED)
        except TimeoutError:
            return ended(lost, error=f"no answer within {bounds.timeout_s:g} s")
        except ToolError as error:
            status = lost if error.happened == "unknown" else StepStatus.FAILED
            return ended(status, error=_with_hint(error), retry_after_s=error.retry_after_s)
        except ModelError as error:
            return ended(StepStatus.FAILED, error=_with_hint(error))
        except StorageError:
            raise
        except Exception as error:  # the step boundary: whatever a connector raises fails its step and nothing else
            return ended(lost, error=f"{type(error).__name__}: {error}")
        if problem := _shape_problem(bounds, value):
            return ended(lost, value=value, error=problem)
        if bounds.ask is not None:
            tokens, cost_usd = spent(value)
            return replace(ended(StepStatus.OK, value=value), tokens=tokens, cost_usd=cost_usd)
        return ended(StepStatus.OK, value=value)

    async def _turn(self, ask: Callable[[str], ModelRequest]) -> object:
        """What the model replies; it is told nothing that is kept out of records."""
        model = self._model()
        if model is None:
            raise ModelError("no model is configured any more", hint="avops settings show")
        return as_value(await model.reply(without_secrets(ask(self._marker), self._redactor)), self._redactor)

    async def _call(self, intent: StepIntent) -> object:
        if intent.kind == "artifact":
            assert isinstance(intent.arguments, dict)
            await self._settle()  # a report tells what is durable
            spec = self._keeping.redacted(intent).arguments
            assert isinstance(spec, dict)
            made = await asyncio.to_thread(self._files.make, self._run_id, spec)
            await self._artifact(replace(made, step_key=intent.key))
            return {"kind": made.kind, "title": made.title, "id": made.id, "url": made.url, "path": made.path}
        assert intent.tool is not None
        assert intent.action is not None
        assert isinstance(intent.arguments, dict)
        return await self._tool(intent.tool).call(intent.action, intent.arguments)


def _shape_problem(bounds: Bounds, value: object) -> str | None:
    """What is wrong with the shape of an answer, by the action's own schema and by the step's."""
    if bounds.output is not None and (problem := schema_error(bounds.output, value)):
        return f"the answer does not fit the action's output: {problem}"
    if bounds.expect is not None and (problem := schema_error(bounds.expect, value)):
        return f"the answer is not what the step expects: {problem}"
    return None


def _lost(intent: StepIntent) -> StepStatus:
    """What a call without a good answer amounts to: nobody knows whether one that changes something happened."""
    changes = intent.kind != "artifact" and intent.effect in (Effect.WRITE, Effect.DESTRUCTIVE, Effect.RECORD)
    return StepStatus.UNKNOWN if changes else StepStatus.FAILED


def _with_hint(error: ToolError | ModelError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
