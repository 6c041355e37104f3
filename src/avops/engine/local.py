"""`io` in this process: each outside call stands between two commits.

The intent is durable before the call, the result before the next call: a result may share its commit with the next
step's intent, and both are awaited before that step's call. A continued run is driven again over its journal: a step
that has ended is answered from its row, one whose process ended in the middle is done again where that is safe.

This is the engine's step boundary: the one place that catches whatever a tool may raise.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine.asking import Asking, answer_from
from avops.engine.interruption import Interruption
from avops.engine.io import StepError, Stopped
from avops.engine.journal import Journal
from avops.engine.keeping import Keeping
from avops.engine.replies import as_value, spent, without_secrets
from avops.engine.schema_check import schema_error
from avops.errors import ModelError, StorageError, ToolError
from avops.model.effect import Effect
from avops.model.run import INTERRUPTED, DecisionStatus, Simulated, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.io import Bounds
    from avops.engine.redaction import Redactor
    from avops.model.conversation import ModelRequest
    from avops.model.run import Artifact, Decision, Question, StepIntent, StepRecord
    from avops.model.tool import ToolBase
    from avops.ports import Clock, Listener, Model, Person, PersonAnswer, RunStore, Tool


class LocalIo:
    """One run's way to the world."""

    def __init__(
        self,
        run_id: int,
        *,
        store: RunStore,
        clock: Clock,
        tool: Callable[[str], Tool],
        manifests: Mapping[str, ToolBase],
        files: ArtifactFiles,
        redactor: Redactor,
        listener: Listener,
        person: Person | None = None,
        interruption: Interruption | None = None,
        gate: Callable[[StepIntent, datetime, Sequence[str]], str | None] | None = None,
        journal: Iterable[StepRecord] = (),
        decisions: Iterable[Decision] = (),
        artifacts: Iterable[Artifact] = (),
        epoch: int = 0,
        paused_s: float = 0.0,
        room_lock: Callable[[bool], Awaitable[str | None]] | None = None,
        booked: Callable[[datetime], datetime | None] | None = None,
        may_decide: Callable[[Question, PersonAnswer], bool] = lambda question, answer: True,
        model: Callable[[], Model | None] = lambda: None,
        not_ready: Callable[[str], str | None] = lambda tool: None,
    ) -> None:
        self._run_id = run_id
        self._store = store
        self._clock = clock
        self._tool = tool
        self._manifests = manifests
        self._files = files
        self._redactor = redactor
        self._keeping = Keeping(run_id, redactor, files)
        self._listener = listener
        self._interruption = interruption or Interruption()
        self._gate = gate
        self._artifacts = list(artifacts)
        self._epoch = epoch
        self._paused_s = paused_s
        self._room_lock = room_lock
        self._booked = booked
        self._model = model
        self._not_ready = not_ready
        self._marker = secrets.token_hex(12)
        """Fences data for the model in this life of the run; nobody who writes such data can know it."""
        self._room_wanted = False
        """The run is past its first held check: it keeps its room until it waits or ends."""
        self._room_held = False
        self._pending: list[asyncio.Future[None]] = []
        self._journal = Journal(journal)
        self._is_live = not self._journal
        """The run is past its journal."""
        self._real_calls, self._simulated_calls = self._journal.real_calls, self._journal.simulated_calls
        self._kept: dict[str, int] = {}
        """The newest attempt of each step that this life has kept."""
        self._begun: dict[str, int] = {}
        """Steps that were begun with a deadline and have not ended."""
        self._lost: BaseException | None = None
        """A write that failed: nothing outside is called any more."""
        self._offset = timedelta()
        self._latest: datetime | None = None
        self._asking = Asking(
            run_id,
            store=store,
            now=self.now,
            redactor=redactor,
            listener=listener,
            person=person,
            interruption=self._interruption,
            decisions=decisions,
            may_decide=may_decide,
        )

    @property
    def run_id(self) -> int:
        """The run's number."""
        return self._run_id

    def now(self) -> datetime:
        """The present. Where the machine's clock jumps back, the run's own time goes on from where it was."""
        at = self._clock.now() + self._offset
        if self._latest is not None and at < self._latest:
            self._offset += self._latest - at
            at = self._latest
        self._latest = at
        return at

    def paused_s(self) -> float:
        """How long the run has waited for people, or lain interrupted."""
        return self._paused_s + self._asking.waited_s

    def simulated(self) -> Simulated:
        """How much of what the run has called so far was simulated."""
        if not self._simulated_calls:
            return Simulated.NO
        return Simulated.PARTLY if self._real_calls else Simulated.ALL

    def epoch_of(self, key: str) -> int:
        """In which life of the run the step ended, or would now be done."""
        answers = self._journal.answers(key)
        return answers[-1].epoch if answers else self._epoch

    def recall(self, key: str) -> StepRecord | None:
        """How the step ended in an earlier life."""
        answers = self._journal.answers(key)
        return answers[-1] if answers else None

    def recalls(self, key: str, attempt: int = 1) -> bool:
        """True when an earlier life was answered so many attempts."""
        return len(self._journal.answers(key)) >= attempt

    def is_answered(self, key: str) -> bool:
        """True when a person has answered the question that the step asked."""
        return self.recalls(key) or self._asking.is_decided(key)

    def cancelled(self) -> str | None:
        """Who cancelled the run, and why; None when nobody has."""
        return self._journal.cancelled

    def began_at(self, key: str) -> datetime | None:
        """When an earlier life began the step, or the first one inside it."""
        return self._journal.began_at(key)

    def is_uncertain(self, key: str) -> bool:
        """True when an earlier life may have done the step without learning so."""
        return self._journal.is_uncertain(key)

    def hide(self, text: str) -> str:
        """The text without secrets."""
        return self._redactor.text(text)

    def hidden(self, value: object) -> object:
        """The plain value without secrets."""
        return self._redactor.data(value)

    def has_model(self, key: str) -> bool:
        """True when the model does this step: as in an earlier life, or as is configured where none began it."""
        if self._journal.began_at(f"{key}/turn-1") is not None:
            return True
        return not self._asking.has_asked(key) and self._model() is not None

    def not_ready(self, tool: str) -> str | None:
        """Why a tool must not be called here; None when it may."""
        return self._not_ready(tool)

    async def settle(self) -> None:
        """Returns when all that was issued is durable; StorageError when a write could not be kept."""
        pending, self._pending = self._pending, []
        for write in pending:
            await write
        if self._lost is not None:
            raise self._lost

    def _issue(self, write: Awaitable[None]) -> None:
        """Remembers a write that is under way. One that fails is heard of at once, whoever awaits it."""
        future = asyncio.ensure_future(write)
        future.add_done_callback(self._heed)
        self._pending.append(future)

    def _heed(self, write: asyncio.Future[None]) -> None:
        if not write.cancelled() and (error := write.exception()) is not None:
            self._lost = self._lost or error

    async def step(self, intent: StepIntent, bounds: Bounds) -> StepResult:
        """Commits the intent, does the call, and issues the result's commit."""
        replayed = None if bounds.fresh else self._replay(intent)
        if replayed is not None:
            return replayed
        number = intent.attempt
        intent = self._live(intent)
        if self._interruption.stops(intent.phase):
            return await self._keep(intent, _cancelled(intent, self.now()), number)
        reason = self._gate(intent, self.now(), bounds.windows) if self._gate else None
        if reason is not None:
            failed = StepResult(key=intent.key, attempt=intent.attempt, status=StepStatus.FAILED, error=reason, finished_at=self.now())
            return await self._keep(intent, failed, number)
        if self._room_wanted and not self._room_held:
            await self._take_room()
            intent = replace(intent, started_at=self.now())
        kept = self._keeping.redacted(intent)
        self._issue(self._store.begin_step(self._run_id, kept))
        await self.settle()
        self._listener.step_began(self._run_id, kept)
        result, row = await self._done(intent, bounds)
        self._issue(self._store.finish_step(self._run_id, row))
        self._listener.step_ended(self._run_id, kept, result)
        return result if result.attempt == number else replace(result, attempt=number)

    def _live(self, intent: StepIntent) -> StepIntent:
        """The intent under the number it is kept as, now that the journal has no answer to it.

        Raises Stopped when the journal says that rollback had begun: nothing else may be begun any more.
        """
        if self._journal.over is not None and intent.phase != "rollback":
            raise Stopped(self._journal.over)
        self._is_live = True
        attempt = max(self._journal.next_attempt(intent), self._kept.get(intent.key, 0) + 1)
        self._kept[intent.key] = attempt
        return intent if intent.attempt == attempt else replace(intent, attempt=attempt)

    async def begin(self, intent: StepIntent) -> datetime:
        """Keeps a step with its deadline; the one it had in an earlier life, if that is sooner."""
        assert intent.deadline_at is not None
        deadline = min(intent.deadline_at, self._journal.deadline(intent.key) or intent.deadline_at)
        intent = replace(self._live(intent), deadline_at=deadline)
        self._begun[intent.key] = intent.attempt
        self._issue(self._store.begin_step(self._run_id, intent))
        return deadline

    async def record(self, intent: StepIntent, result: StepResult, *, fresh: bool = False) -> StepResult:
        """Issues the commit of a step that touched nothing outside."""
        replayed = None if fresh else self._replay(intent)
        if replayed is not None:
            return replayed
        if self._interruption.stops(intent.phase):
            result = _cancelled(intent, self.now())
        begun = self._begun.pop(intent.key, None)
        if begun is None:
            intent = self._live(intent)
            return await self._keep(intent, replace(result, attempt=intent.attempt), result.attempt)
        kept = self._keeping.clean(replace(result, attempt=begun))
        self._issue(self._store.finish_step(self._run_id, self._keeping.fitted(kept)))
        self._listener.step_ended(self._run_id, intent, kept)
        return replace(kept, attempt=result.attempt)

    async def sleep(self, intent: StepIntent, until: datetime) -> StepResult:
        """Waits until an instant; a wait that was cut short by a crash goes on to the instant it had."""
        replayed = self._replay(intent)
        if replayed is not None:
            return replayed
        until = await self.begin(replace(intent, deadline_at=until))
        await self.settle()
        self._listener.step_began(self._run_id, intent)
        status, note = StepStatus.OK, None
        try:
            if self._interruption.stops(intent.phase):
                raise Stopped(INTERRUPTED)
            await self._interruption.guard(intent.phase, self._clock.sleep(max(0.0, (until - self.now()).total_seconds())))
        except Stopped:
            status, note = StepStatus.CANCELLED, INTERRUPTED
        result = StepResult(key=intent.key, attempt=self._begun.pop(intent.key), status=status, finished_at=self.now(), note=note)
        self._issue(self._store.finish_step(self._run_id, result))
        self._listener.step_ended(self._run_id, intent, result)
        return result

    async def pause(self, seconds: float, *, jitter: bool = False) -> None:
        """A short wait. An interruption ends it, and the next step says so."""
        await self.settle()
        if jitter:
            seconds *= 1 + random.random() / 2  # noqa: S311  # spreads retries, keeps no secret
        try:
            await self._interruption.guard("pause", self._clock.sleep(seconds))
        except Stopped:
            return

    async def signal(self, intent: StepIntent, question: Question) -> PersonAnswer:
        """What a person decided, now at the terminal or earlier elsewhere; raises Suspended when nobody has."""
        replayed = self._replay(intent)
        if replayed is not None:
            return answer_from(self._journal.answers(intent.key))
        intent, question = self._keeping.redacted(self._live(intent)), self._keeping.hidden(question)
        try:
            answer = await self._asking.answer(intent, question, self.settle)
        except Stopped:
            await self._keep(intent, _cancelled(intent, self.now()), intent.attempt)
            raise
        status = {DecisionStatus.DENIED: StepStatus.DENIED, DecisionStatus.EXPIRED: StepStatus.DENIED}.get(answer.status, StepStatus.OK)
        result = StepResult(
            key=intent.key,
            attempt=intent.attempt,
            status=status,
            value=answer.answer,
            error=None if status is StepStatus.OK else answer.status.value,
            finished_at=self.now(),
            actor=answer.by or None,
            note=self._redactor.text(answer.note) if answer.note else None,
        )
        kept = await self._keep(intent, result, intent.attempt)
        return replace(answer, answer=kept.value, note=kept.note)

    async def artifact(self, artifact: Artifact) -> None:
        """Keeps an artifact, once: driving its step again does not keep it again."""
        data = self._redactor.data
        kept = replace(
            artifact,
            title=str(data(artifact.title)),
            id=None if artifact.id is None else str(data(artifact.id)),
            url=None if artifact.url is None else str(data(artifact.url)),
        )
        if kept in self._artifacts:
            return
        self._artifacts.append(kept)
        self._issue(self._store.add_artifact(self._run_id, kept))

    async def mark_undo(self, key: str, status: str) -> None:
        """Notes on a step whether taking it back worked."""
        self._issue(self._store.mark_undo(self._run_id, key, status))

    def booked_until(self, key: str) -> datetime | None:
        """When the room's booking ends, if somebody has it now; from the journal, if this step waited for that already."""
        if (recorded := self._journal.deadline(key)) is not None:
            return recorded
        return None if self._booked is None else self._booked(self.now())

    async def hold_room(self) -> None:
        """Takes the room's lock, if the run has a room; a continued run takes it when it is past its journal."""
        self._room_wanted = True
        if self._is_live:
            await self._take_room()

    async def _take_room(self) -> None:
        if self._room_lock is None or self._room_held or not self._room_wanted:
            return
        await self.settle()
        reason = await self._room_lock(True)
        if reason is not None:
            raise StepError(reason)
        self._room_held = True

    async def release_room(self) -> None:
        """Gives the room's lock back."""
        if self._room_lock is not None and self._room_held:
            self._room_held = False
            await self._room_lock(False)

    def _replay(self, intent: StepIntent) -> StepResult | None:
        """The journal's answer to an intent, if it has one."""
        answers = self._journal.answers(intent.key)
        if len(answers) < intent.attempt:
            return None
        row = answers[intent.attempt - 1]
        return StepResult(
            key=intent.key,
            attempt=intent.attempt,
            status=row.status,
            value=self._keeping.unfitted(row.value),
            error=row.error,
            finished_at=row.finished_at or row.intent.started_at,
            undo=row.undo,
            actor=row.actor,
            note=row.note,
            tokens=row.tokens,
            cost_usd=row.cost_usd,
        )

    async def _done(self, intent: StepIntent, bounds: Bounds) -> tuple[StepResult, StepResult]:
        """What came of the call: as later steps see it, and as its row holds it."""
        self._real_calls += intent.tool is not None and not intent.simulated
        self._simulated_calls += intent.tool is not None and intent.simulated
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
                finished_at=self.now(),
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
            await self.settle()  # a report tells what is durable
            spec = self._keeping.redacted(intent).arguments
            assert isinstance(spec, dict)
            made = await asyncio.to_thread(self._files.make, self._run_id, spec)
            await self.artifact(replace(made, step_key=intent.key))
            return {"kind": made.kind, "title": made.title, "id": made.id, "url": made.url, "path": made.path}
        assert intent.tool is not None
        assert intent.action is not None
        assert isinstance(intent.arguments, dict)
        return await self._tool(intent.tool).call(intent.action, intent.arguments)

    async def _keep(self, intent: StepIntent, result: StepResult, number: int) -> StepResult:
        kept = self._keeping.redacted(intent)
        result = self._keeping.clean(replace(result, attempt=intent.attempt))
        self._issue(self._store.record_step(self._run_id, kept, self._keeping.fitted(result)))
        self._listener.step_ended(self._run_id, kept, result)
        return replace(result, attempt=number)


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


def _cancelled(intent: StepIntent, now: datetime) -> StepResult:
    return StepResult(key=intent.key, attempt=intent.attempt, status=StepStatus.CANCELLED, finished_at=now, note=INTERRUPTED)


def _with_hint(error: ToolError | ModelError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
