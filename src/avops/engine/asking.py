"""Asking people: what was decided elsewhere, what somebody says at the terminal now, and that the run waits otherwise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from avops.engine.io import Stopped, Suspended
from avops.model.run import INTERRUPTED, DecisionStatus, StepResult, StepStatus
from avops.ports import PersonAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from avops.engine.interruption import Interruption
    from avops.engine.redaction import Redactor
    from avops.model.run import Decision, Question, StepIntent, StepRecord
    from avops.ports import Listener, Person, RunStore


class Asking:
    """One run's way to people: at most one question at a time at the terminal, however many steps run in parallel."""

    def __init__(
        self,
        run_id: int,
        *,
        store: RunStore,
        now: Callable[[], datetime],
        redactor: Redactor,
        listener: Listener,
        person: Person | None,
        interruption: Interruption,
        decisions: Iterable[Decision],
        may_decide: Callable[[Question, PersonAnswer], bool],
    ) -> None:
        self._run_id = run_id
        self._store = store
        self._now = now
        self._redactor = redactor
        self._listener = listener
        self._person = person
        self._interruption = interruption
        self._may_decide = may_decide
        self._decisions: dict[str, Decision] = {decision.question.key: decision for decision in decisions}
        self._terminal = asyncio.Lock()
        self.waited_s = 0.0
        """How long the run has waited for the person at the terminal."""

    def has_asked(self, key: str) -> bool:
        """True when an earlier life asked this."""
        return key in self._decisions

    def is_decided(self, key: str) -> bool:
        """True when a person has answered what an earlier life asked."""
        decision = self._decisions.get(key)
        return decision is not None and decision.status not in (DecisionStatus.OPEN, DecisionStatus.VOID)

    async def answer(self, intent: StepIntent, question: Question, settle: Callable[[], Awaitable[None]]) -> PersonAnswer:
        """What a person decided; Suspended when nobody has, Stopped when an interruption came first.

        Before anybody is asked, `settle` has made all that was issued durable.
        """
        if self._interruption.stops(intent.phase):
            raise Stopped("interrupted by a person")
        answer = await self._decided(self._decisions.get(question.key), question)
        if answer is None:
            await settle()
            async with self._terminal:
                answer = await self._at_terminal(await self._ask(intent, question), question)
        return answer

    async def _decided(self, decision: Decision | None, question: Question) -> PersonAnswer | None:
        """The answer of an earlier decision; None when there is none, or when the call has changed since."""
        if decision is None or decision.status in (DecisionStatus.OPEN, DecisionStatus.VOID):
            if decision is not None and decision.status is DecisionStatus.OPEN and decision.question.call_hash != question.call_hash:
                await self._void(decision)
            return None
        if decision.question.call_hash != question.call_hash:
            return None
        answer = PersonAnswer(status=decision.status, by=decision.decided_by or "", answer=decision.answer, note=decision.note)
        return answer if self._may_decide(question, answer) else None

    async def _void(self, decision: Decision) -> None:
        await self._store.decide(
            decision.id,
            status=DecisionStatus.VOID,
            answer=None,
            note="what would be called has changed",
            decided_by=None,
            decided_at=self._now(),
        )

    async def _ask(self, intent: StepIntent, question: Question) -> int:
        waiting = StepResult(key=intent.key, attempt=intent.attempt, status=StepStatus.WAITING, finished_at=self._now())
        await self._store.record_step(self._run_id, intent, waiting)
        return await self._store.ask(self._run_id, question)

    async def _at_terminal(self, decision_id: int, question: Question) -> PersonAnswer:
        """What the person at the terminal says; Suspended when there is none, or none who can decide this."""
        asked_at = self._now()
        if self._interruption.stops("person"):  # it came while the question was being kept
            raise Stopped(INTERRUPTED)
        answer = await self._interruption.guard("person", self._person.answer(question)) if self._person else None
        self.waited_s += max(0.0, (self._now() - asked_at).total_seconds())
        assert answer is None or isinstance(answer, PersonAnswer)
        if answer is None or not self._may_decide(question, answer):
            self._listener.waiting(self._run_id, decision_id, question)
            raise Suspended(question.prompt)
        taken = await self._store.decide(
            decision_id,
            status=answer.status,
            answer=self._redactor.data(answer.answer),
            note=self._redactor.text(answer.note) if answer.note else None,
            decided_by=answer.by,
            decided_at=self._now(),
        )
        if not taken:
            raise Suspended("somebody else decided meanwhile")
        return answer


def answer_from(rows: list[StepRecord]) -> PersonAnswer:
    """The answer that the rows of a question hold; Stopped when it was cut short."""
    row = rows[-1]
    if row.status is StepStatus.CANCELLED:
        raise Stopped("interrupted by a person")
    statuses = {status.value: status for status in DecisionStatus}
    if row.status is StepStatus.OK:
        status = DecisionStatus.APPROVED if row.intent.kind == "approve" else DecisionStatus.ANSWERED
    else:
        status = statuses.get(row.error or "", DecisionStatus.DENIED)
    return PersonAnswer(status=status, by=row.actor or "", answer=row.value, note=row.note)
