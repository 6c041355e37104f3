"""Runs what is due: one tick, or one every minute until told to stop."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from avops.errors import AvopsError, StorageError
from avops.model.schedule import SlotState
from avops.schedule.decisions import Decisions, Job
from avops.schedule.plan import judge_overlap
from avops.schedule.survey import survey
from avops.schedule.tick_report import FailedStart, LeftOut, RanSlot, RunOutcome, TickReport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from avops.model.schedule import Slot
    from avops.model.workflow import Workflow
    from avops.ports import Clock, ScheduleStore
    from avops.schedule.index import WorkflowSource

PARALLEL = 8
"""So many runs at once in one tick."""


class StartRun(Protocol):
    """Makes and finishes a run of a workflow for a slot."""

    def __call__(self, workflow: Workflow, slot: Slot) -> Awaitable[RunOutcome]:
        """What came of the run, which carries `slot.id` in its `slot`.

        Raises AvopsError when no run could be made; cancelling it ends the run as a person would.
        """
        ...


class Ticks(Protocol):
    """What can tick again and again."""

    def tick(self, now: datetime) -> Awaitable[TickReport]:
        """What one tick did, when all that it started has ended."""
        ...

    def stop(self) -> None:
        """Nothing begins from now on."""
        ...


class Ticker:
    """Evaluates all schedules at an instant and runs what is due."""

    def __init__(
        self,
        *,
        store: ScheduleStore,
        root: Path,
        source: WorkflowSource,
        process: str,
        start_run: StartRun,
        clock: Clock,
        parallel: int = PARALLEL,
        blackout: Callable[[datetime], str | None] | None = None,
    ) -> None:
        """`process` is the name of this process's lock; `blackout` says why nothing may be started at an instant."""
        self._store = store
        self._root = root
        self._source = source
        self._process = process
        self._start_run = start_run
        self._clock = clock
        self._places = asyncio.Semaphore(parallel)
        self._blackout = blackout
        self._is_stopping = False

    async def tick(self, now: datetime) -> TickReport:
        """What one tick did, when all that it started has ended.

        Slots of one workflow follow one another. An unexpected error of one run is raised after the others have ended.
        When cancelled, slots that have not begun are given up for the next tick.
        """
        report, jobs = self._decide(now)
        groups = [list(group) for _, group in groupby(sorted(jobs, key=lambda job: job.slot.key), key=lambda job: job.slot.key)]
        try:
            outcomes = await asyncio.gather(*(self._run_all(group, report) for group in groups), return_exceptions=True)
        except asyncio.CancelledError:
            self._store.let_go(self._process)
            raise
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                self._store.let_go(self._process)
                raise outcome
        if self._is_stopping:
            self._store.let_go(self._process)
        report.ran.sort(key=lambda slot: (slot.planned_at, slot.workflow))
        return report

    def stop(self) -> None:
        """Nothing begins from now on; what runs goes on."""
        self._is_stopping = True

    def _decide(self, now: datetime) -> tuple[TickReport, list[Job]]:
        report, has_work = survey(self._store, self._root, self._source, now=now)
        if not has_work:
            return report, []
        with self._store.transaction():
            decisions = Decisions(self._store, report, process=self._process, blackout=self._blackout)
            decisions.make()
        return report, decisions.jobs

    async def _run_all(self, jobs: Sequence[Job], report: TickReport) -> None:
        for job in jobs:
            async with self._places:
                if self._is_stopping:
                    return
                await self._run(job, report)

    async def _run(self, job: Job, report: TickReport) -> None:
        name, slot = job.workflow.name, job.slot
        try:
            workflow = read_workflow(self._root, self._source, job)
            refusal = self._source.refusal(workflow)
        except AvopsError as error:
            await self._fail(job, error, report)
            return
        if refusal:
            await self._store.settle(slot, SlotState.SKIPPED, reason=refusal)
            report.skipped.append(LeftOut(workflow=name, first=slot.planned_at, last=slot.planned_at, reason=refusal))
            return
        judge = partial(judge_overlap, job.workflow.overlap)
        verdict = await self._store.begin(
            slot, process=self._process, now=self._clock.now(), judge=lambda busy, queued: judge(busy, is_one_queued=queued)
        )
        if verdict is None:
            return
        if verdict.state is SlotState.STARTED:
            await self._start(job, workflow, report)
        elif verdict.state is SlotState.SKIPPED or not job.is_queued:
            left = LeftOut(workflow=name, first=slot.planned_at, last=slot.planned_at, reason=verdict.reason)
            (report.skipped if verdict.state is SlotState.SKIPPED else report.queued).append(left)

    async def _start(self, job: Job, workflow: Workflow, report: TickReport) -> None:
        slot = job.slot
        try:
            outcome = await self._start_run(workflow, slot)
        except AvopsError as error:
            made = self._store.run_of(slot)
            if made is None:
                await self._fail(job, error, report)
                return
            outcome = RunOutcome(run_id=made[0], status=made[1])
            report.notes.append(f"run {made[0]} of '{job.workflow.name}': {error}")
        await self._store.settle(slot, SlotState.RAN, run_id=outcome.run_id)
        report.ran.append(
            RanSlot(
                workflow=job.workflow.name,
                planned_at=slot.planned_at,
                is_caught_up=job.is_caught_up,
                run_id=outcome.run_id,
                status=outcome.status,
            )
        )

    async def _fail(self, job: Job, error: AvopsError, report: TickReport) -> None:
        message = str(error)
        await self._store.settle(job.slot, SlotState.FAILED, reason=message)
        report.failed.append(FailedStart(workflow=job.workflow.name, planned_at=job.slot.planned_at, message=message, hint=error.hint))


def rehearse(
    store: ScheduleStore,
    root: Path,
    source: WorkflowSource,
    *,
    now: datetime,
    blackout: Callable[[datetime], str | None] | None = None,
) -> TickReport:
    """What a tick at `now` would do; nothing is kept and nothing is started."""
    with store.transaction(keep=False):
        report, has_work = survey(store, root, source, now=now)
        report.is_dry = True
        if not has_work:
            return report
        decisions = Decisions(store, report, process="dry-run", blackout=blackout)
        decisions.make()
        for job in decisions.jobs:
            _rehearse(store, root, source, job, report)
    return report


def _rehearse(store: ScheduleStore, root: Path, source: WorkflowSource, job: Job, report: TickReport) -> None:
    name, planned_at = job.workflow.name, job.slot.planned_at
    try:
        reason = source.refusal(read_workflow(root, source, job))
    except AvopsError as error:
        report.failed.append(FailedStart(workflow=name, planned_at=planned_at, message=str(error), hint=error.hint))
        return
    busy, is_one_queued = store.busy(job.slot)
    verdict = judge_overlap(job.workflow.overlap, busy, is_one_queued=is_one_queued)
    left = LeftOut(workflow=name, first=planned_at, last=planned_at, reason=reason or verdict.reason)
    if reason or verdict.state is SlotState.SKIPPED:
        report.skipped.append(left)
    elif verdict.state is SlotState.QUEUED:
        report.queued.append(left)
    else:
        report.ran.append(RanSlot(workflow=name, planned_at=planned_at, is_caught_up=job.is_caught_up))


def read_workflow(root: Path, source: WorkflowSource, job: Job) -> Workflow:
    """The job's workflow as its file is now. Raises AvopsError."""
    path = job.workflow.path
    assert path is not None
    try:
        data = (root / path).read_bytes()
    except OSError as error:
        raise StorageError(f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}") from None
    return source.read(path, data)


async def tick_forever(
    ticker: Ticks, *, clock: Clock, stop: asyncio.Event, on_report: Callable[[TickReport], None], every_s: float = 60.0
) -> None:
    """Ticks at once and then at each full minute until `stop` is set; returns when all that was started has ended.

    A tick whose runs take long does not hold up the next. `on_report` hears of each tick when its runs have ended, and
    must not raise. An unexpected error ends the loop after the running ticks.
    """
    running: set[asyncio.Task[TickReport]] = set()
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            now = clock.now()
            running.add(asyncio.ensure_future(ticker.tick(now)))
            pause = asyncio.ensure_future(clock.sleep(every_s - now.timestamp() % every_s))
            while not pause.done() and not stopped.done():
                await asyncio.wait({pause, stopped, *running}, return_when=asyncio.FIRST_COMPLETED)
                _tell(running, on_report)
            pause.cancel()
        ticker.stop()
        while running:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            _tell(running, on_report)
    finally:
        stopped.cancel()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _tell(running: set[asyncio.Task[TickReport]], on_report: Callable[[TickReport], None]) -> None:
    for task in [task for task in running if task.done()]:
        running.discard(task)
        on_report(task.result())
