"""`io` in this process: each outside call stands between two commits.

The intent is durable before the call, the result before the next call: a result may share its commit with the next
step's intent, and both are awaited before that step's call. A continued run is driven again over its journal: a step
that has ended is answered from its row, one whose process ended in the middle is done again where that is safe.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine.asking import Asking, answer_from
from avops.engine.interruption import Interruption
from avops.engine.io import StepError, Stopped
from avops.engine.journal import Journal
from avops.engine.keeping import Keeping
from avops.engine.outside import Outside
from avops.model.run import INTERRUPTED, DecisionStatus, Simulated, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.io import Bounds
    from avops.engine.redaction import Redactor
    from avops.engine.room_hold import RoomHold
    from avops.model.run import Artifact, Decision, Question, StepIntent, StepRecord
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
        room: RoomHold | None = None,
        booked: Callable[[datetime], datetime | None] | None = None,
        may_decide: Callable[[Question, PersonAnswer], bool] = lambda question, answer: True,
        model: Callable[[], Model | None] = lambda: None,
        not_ready: Callable[[str], str | None] = lambda tool: None,
    ) -> None:
        self._run_id = run_id
        self._store = store
        self._clock = clock
        self._redactor = redactor
        self._keeping = Keeping(run_id, redactor, files)
        self._listener = listener
        self._interruption = interruption or Interruption()
        self._gate = gate
        self._artifacts = list(artifacts)
        self._epoch = epoch
        self._paused_s = paused_s
        self._room = room
        self._booked = booked
        self._model = model
        self._not_ready = not_ready
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
        self._outside = Outside(
            run_id,
            tool=tool,
            model=model,
            files=files,
            keeping=self._keeping,
            redactor=redactor,
            interruption=self._interruption,
            now=self.now,
            settle=self.settle,
            artifact=self.artifact,
        )
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
        if self._room is not None and self._room.is_missing:
            await self._take_room(self._room, intent.phase)
            intent = replace(intent, started_at=self.now())
        kept = self._keeping.redacted(intent)
        self._issue(self._store.begin_step(self._run_id, kept))
        await self.settle()
        self._listener.step_began(self._run_id, kept)
        self._real_calls += intent.tool is not None and not intent.simulated
        self._simulated_calls += intent.tool is not None and intent.simulated
        result, row = await self._outside.done(intent, bounds)
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
        if self._room is not None:
            self._room.is_wanted = True
            if self._is_live and self._room.is_missing:
                await self._take_room(self._room, "act")

    async def _take_room(self, room: RoomHold, phase: str) -> None:
        await self.settle()
        if (reason := await room.take(phase)) is not None:
            raise StepError(reason)

    async def release_room(self) -> None:
        """Gives the room's lock back."""
        if self._room is not None:
            await self._room.release()

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

    async def _keep(self, intent: StepIntent, result: StepResult, number: int) -> StepResult:
        kept = self._keeping.redacted(intent)
        result = self._keeping.clean(replace(result, attempt=intent.attempt))
        self._issue(self._store.record_step(self._run_id, kept, self._keeping.fitted(result)))
        self._listener.step_ended(self._run_id, kept, result)
        return replace(result, attempt=number)


def _cancelled(intent: StepIntent, now: datetime) -> StepResult:
    return StepResult(key=intent.key, attempt=intent.attempt, status=StepStatus.CANCELLED, finished_at=now, note=INTERRUPTED)
