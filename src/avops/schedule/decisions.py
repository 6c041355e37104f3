"""Decides all open slots at an instant, inside one transaction: what this tick claims, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING

from avops.model.schedule import CAUGHT_UP, Slot, SlotRecord, SlotState
from avops.schedule.index import last_tick_at, note_tick
from avops.schedule.plan import Closure, Span, closed_during, closures_of, decide
from avops.schedule.survey import STEPPED_BACK
from avops.schedule.tick_report import FailedStart, LeftOut, TickReport
from avops.schedule.triggers import next_slot, slots_between, timing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from avops.model.schedule import Ending, ScheduledWorkflow
    from avops.ports import ScheduleStore

ATTEMPT_LIMIT = 3
"""So many processes may end between claiming a slot and making its run; then it is given up."""

GONE = "its file is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A slot that this tick may start."""

    workflow: ScheduledWorkflow
    slot: Slot
    is_caught_up: bool = False
    is_queued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Released:
    """A slot whose process ended before its run existed."""

    slot: Slot
    attempts: int


class Decisions:
    """One tick's decisions; `jobs` are in the order in which they are to start."""

    def __init__(
        self, store: ScheduleStore, report: TickReport, *, process: str, blackout: Callable[[datetime], str | None] | None = None
    ) -> None:
        self._store = store
        self._report = report
        self._now = report.at
        self._process = process
        self._blackout = blackout or (lambda _: None)
        self._pauses = store.pauses()
        self.jobs: list[Job] = []

    def make(self) -> None:
        """Decides everything up to the report's instant. The caller holds the transaction."""
        self._step_back()
        released = self._take_open_slots()
        for workflow in self._store.due(self._now):
            timing = timing_of(workflow.timing, "UTC")
            slots = slots_between(timing, workflow.anchor_at, workflow.decided_until, self._now)
            self._settle(workflow, slots, released.pop(workflow.key, ()))
            self._store.set_decided(workflow.key, self._now, next_slot(timing, workflow.anchor_at, self._now))
        for key, endings in groupby(sorted(self._store.endings(self._now), key=lambda each: each.key), key=lambda each: each.key):
            if follower := self._store.workflow(key):
                self._follow(follower, list(endings), released.pop(key, ()))
        for key, of_dead in released.items():
            self._settle(self._store.workflow(key), (), of_dead)
        note_tick(self._store, self._now)

    def _step_back(self) -> None:
        """Makes slots undecided again that lie ahead of a clock that has stepped back; those that ran stay claimed."""
        last = last_tick_at(self._store.facts())
        if last is None or last - self._now <= STEPPED_BACK:
            return
        for workflow in self._store.decided_after(self._now):
            timing = timing_of(workflow.timing, "UTC")
            if across := self._store.undecide(workflow.key, self._now):
                past = list(slots_between(timing, workflow.anchor_at, across.planned_at, self._now))
                until_at = past[-1] if past else across.planned_at
                self._store.record(replace(across, until_at=until_at, count=1 + len(past)))
            self._store.set_decided(workflow.key, self._now, next_slot(timing, workflow.anchor_at, self._now))

    def _take_open_slots(self) -> dict[str, list[_Released]]:
        """Queues what is queued, and takes back what dead processes have claimed."""
        released: dict[str, list[_Released]] = {}
        for record in self._store.open_slots():
            slot = record.slot
            if record.state is SlotState.QUEUED:
                self._take_queued(slot)
            elif self._store.abandoned(record):
                attempts = record.attempts + (record.state is SlotState.STARTED)
                if run := self._store.run_of(slot):
                    self._store.close_slot(slot, SlotState.RAN, run_id=run[0])
                elif attempts >= ATTEMPT_LIMIT:
                    message = f"{attempts} processes ended before they could start it"
                    self._store.close_slot(slot, SlotState.FAILED, reason=message)
                    self._report.failed.append(FailedStart(workflow=self._name(slot.key), planned_at=slot.planned_at, message=message))
                else:
                    self._store.drop_slot(slot)
                    released.setdefault(slot.key, []).append(_Released(slot=slot, attempts=attempts))
        return released

    def _take_queued(self, slot: Slot) -> None:
        workflow = self._store.workflow(slot.key)
        reason = GONE
        if workflow is not None and workflow.path:
            closed = closed_during(self._now, self._now, self._closures(workflow), self._blackout)
            if closed is None:
                self.jobs.append(Job(workflow=workflow, slot=slot, is_queued=True))
                return
            reason = closed
        self._store.close_slot(slot, SlotState.SKIPPED, reason=reason)
        self._leave(slot.key, slot.planned_at, reason)

    def _follow(self, workflow: ScheduledWorkflow, endings: Sequence[Ending], released: Iterable[_Released]) -> None:
        if circle := self._circle(workflow):
            shown = " → ".join(f"'{name}'" for name in circle)
            for ending in endings:
                self._leave(workflow.key, ending.finished_at, f"these workflows start each other in a circle: {shown}")
            endings = ()
        wanted = [ending for ending in endings if workflow.timing.get("on") in ("ended", ending.status)]
        for ending in wanted:
            if ending.simulated == "all":
                reason = f"run {ending.run_id} of '{ending.of}' was simulated"
                self._leave(workflow.key, ending.finished_at, reason)
        real = {ending.finished_at: ending.run_id for ending in wanted if ending.simulated != "all"}
        self._settle(workflow, sorted(real), released, causes=real)

    def _circle(self, workflow: ScheduledWorkflow) -> list[str] | None:
        """The names on the way from a workflow along those it follows and back to it; None when there is no such way."""
        trail, after = [workflow], workflow.after
        while after is not None:
            if after == workflow.key:
                return [each.name for each in reversed([*trail, workflow])]
            following = self._store.workflow(after)
            if following is None or following.path is None or any(each.key == after for each in trail):
                return None
            trail.append(following)
            after = following.after
        return None

    def _settle(
        self,
        workflow: ScheduledWorkflow | None,
        slots: Iterable[datetime],
        released: Iterable[_Released],
        *,
        causes: dict[datetime, int] | None = None,
    ) -> None:
        """Claims, or leaves out with the reason, slots of one workflow: new ones and those taken back."""
        again = {each.slot.planned_at: each for each in released}
        if workflow is None or workflow.path is None:
            for each in again.values():
                self._leave(each.slot.key, each.slot.planned_at, GONE)
            return
        decision = decide(
            merge(sorted(again), slots),
            now=self._now,
            grace=timedelta(seconds=workflow.grace_s),
            catch_up=workflow.catch_up,
            closures=self._closures(workflow),
            blackout=self._blackout,
        )
        late = set(decision.caught_up)
        for planned_at in (*decision.caught_up, *decision.due):
            back = again.get(planned_at)
            cause = (causes or {}).get(planned_at) or (back.slot.cause if back else None)
            slot = Slot(key=workflow.key, planned_at=planned_at, cause=cause)
            reason = CAUGHT_UP if planned_at in late else None
            if self._store.claim(slot, process=self._process, now=self._now, reason=reason, attempts=back.attempts if back else 0):
                self.jobs.append(Job(workflow=workflow, slot=slot, is_caught_up=planned_at in late))
        self._keep(workflow, SlotState.SKIPPED, decision.skipped)
        self._keep(workflow, SlotState.MISSED, decision.missed)

    def _keep(self, workflow: ScheduledWorkflow, state: SlotState, spans: Iterable[Span]) -> None:
        is_skipped = state is SlotState.SKIPPED
        for span in spans:
            self._record(workflow.key, state, span)
            left = LeftOut(
                workflow=workflow.name,
                first=span.first,
                last=span.last,
                count=span.count,
                reason=span.reason,
                is_meant=is_skipped and span.reason != workflow.problem,
            )
            (self._report.skipped if is_skipped else self._report.missed).append(left)

    def _closures(self, workflow: ScheduledWorkflow) -> list[Closure]:
        overrides = self._store.overrides(workflow.key)
        return closures_of(enabled=workflow.enabled, overrides=overrides, pauses=self._pauses, problem=workflow.problem)

    def _record(self, key: str, state: SlotState, span: Span) -> None:
        self._store.record(
            SlotRecord(
                key=key,
                planned_at=span.first,
                until_at=span.last,
                count=span.count,
                state=state,
                reason=span.reason,
                decided_at=self._now,
            )
        )

    def _leave(self, key: str, planned_at: datetime, reason: str) -> None:
        """Leaves one slot out that is not open any more; a row that it has is kept."""
        self._record(key, SlotState.SKIPPED, Span(first=planned_at, last=planned_at, count=1, reason=reason))
        self._report.skipped.append(LeftOut(workflow=self._name(key), first=planned_at, last=planned_at, reason=reason))

    def _name(self, key: str) -> str:
        workflow = self._store.workflow(key)
        return workflow.name if workflow else key
