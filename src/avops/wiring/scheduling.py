"""Schedules: the tick, and what people ask of it. The way of a tick with nothing due imports next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from avops.model.schedule import Slot
    from avops.model.workflow import Workflow
    from avops.ports import Listener
    from avops.schedule.tick_report import RunOutcome, TickReport
    from avops.telemetry.schedule_store import SqliteScheduleStore
    from avops.wiring.running import Running
    from avops.wiring.workspace import Workspace


class WorkflowFiles:
    """The project's workflows, as the schedule reads them."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def default_zone(self) -> str:
        """The project's time zone."""
        return self.workspace.timezone

    def read(self, path: str, data: bytes) -> Workflow:
        """The workflow that the bytes of a file hold; DocumentError when they hold none."""
        from avops.project.documents import load_document

        return load_document("workflow", data, path).required()

    def refusal(self, workflow: Workflow) -> str | None:
        """Why no schedule may start it: it names nothing that can be run, or a draft."""
        from avops.errors import AvopsError

        names: list[str | None] = [stage.recipe for stage in workflow.stages] or [workflow.recipe]
        for name in names:
            if name is None:
                return "it names no recipe"
            try:
                recipe = self.workspace.recipe(name).required()
            except AvopsError as error:
                return f"its recipe '{name}': {error.message}"
            if recipe.draft:
                return f"its recipe '{recipe.name}' is a draft, which no schedule runs"
        return None


def tick(
    workspace: Workspace,
    listener: Listener,
    *,
    now: datetime | None = None,
    dry_run: bool = False,
    parallel: int | None = None,
    mock: bool | Sequence[str] = False,
) -> TickReport:
    """What one tick did, when all that it started has ended; in a dry run what it would do."""
    from avops.project.clock import SystemClock
    from avops.schedule.survey import survey
    from avops.telemetry.schedule_store import SqliteScheduleStore

    source, instant = WorkflowFiles(workspace), now or SystemClock().now()
    with SqliteScheduleStore(workspace.database) as store:
        if dry_run:
            from avops.schedule.tick import rehearse

            return rehearse(store, workspace.root, source, now=instant, blackout=blackout_of(workspace))
        report, has_work = survey(store, workspace.root, source, now=instant)
    if not has_work and not _is_anything_else_due(workspace, instant):
        return report
    return _tick_with_runs(workspace, source, listener, instant, parallel=parallel, mock=mock)


def _tick_with_runs(
    workspace: Workspace, source: WorkflowFiles, listener: Listener, now: datetime, *, parallel: int | None, mock: bool | Sequence[str]
) -> TickReport:
    from avops.telemetry.schedule_store import SqliteScheduleStore
    from avops.wiring.running import with_executor

    async def work(running: Running) -> TickReport:
        with SqliteScheduleStore(workspace.database, runs=running.store) as store:
            ticker = ProjectTicker(lambda: workspace, running, store, source=source, parallel=parallel, mock=mock)
            running.on_interruption(ticker.stop)
            return await ticker.tick(now)

    return with_executor(workspace, listener, None, work)


def tick_for_ever(
    workspace: Workspace,
    listener: Listener,
    on_report: Callable[[TickReport], None],
    *,
    parallel: int | None = None,
    mock: bool | Sequence[str] = False,
) -> None:
    """Ticks every minute until SIGINT or SIGTERM, which ends the runs under way with their rollback.

    Documents are read anew for each tick; the database is the one that the settings named at the start.
    """
    import asyncio

    from avops.project.clock import SystemClock
    from avops.schedule.tick import tick_forever
    from avops.telemetry.schedule_store import SqliteScheduleStore
    from avops.wiring.running import with_executor
    from avops.wiring.workspace import open_workspace

    async def work(running: Running) -> None:
        stop = asyncio.Event()
        running.on_interruption(stop.set)
        with SqliteScheduleStore(workspace.database, runs=running.store) as store:
            ticker = ProjectTicker(
                lambda: open_workspace(workspace.root),
                running,
                store,
                source=WorkflowFiles(workspace),
                parallel=parallel,
                mock=mock,
                survives=True,
            )
            running.on_interruption(ticker.stop)
            await tick_forever(ticker, clock=SystemClock(), stop=stop, on_report=on_report)

    with_executor(workspace, listener, None, work)


class ProjectTicker:
    """Ticks over a project as it is at each tick."""

    def __init__(
        self,
        workspace: Callable[[], Workspace],
        running: Running,
        store: SqliteScheduleStore,
        *,
        source: WorkflowFiles,
        parallel: int | None,
        mock: bool | Sequence[str],
        survives: bool = False,
    ) -> None:
        """With `survives`, a tick that could not look at the project says so in its report; otherwise it raises."""
        from avops.project.clock import SystemClock
        from avops.schedule.tick import PARALLEL, Ticker

        self._open = workspace
        self._running = running
        self._source = source
        self._survives = survives
        self._mock = mock
        self._is_closed: Callable[[datetime], str | None] | None = None
        self._ticker = Ticker(
            store=store,
            root=source.workspace.root,
            source=source,
            process=running.process,
            start_run=lambda workflow, slot: start_slot(source.workspace, running, mock, workflow, slot),
            clock=SystemClock(),
            parallel=parallel or PARALLEL,
            blackout=lambda at: self._is_closed(at) if self._is_closed else None,
        )

    async def tick(self, now: datetime) -> TickReport:
        """What one tick did. Runs that waited too long are ended beside it."""
        from avops.errors import AvopsError
        from avops.schedule.tick_report import TickReport

        try:
            return await self._tick(now)
        except AvopsError as error:
            if not self._survives:
                raise
            return TickReport(at=now, error=str(error), hint=error.hint)

    async def _tick(self, now: datetime) -> TickReport:
        import asyncio

        from avops.wiring.alerting import send_alerts

        workspace = self._source.workspace = self._open()
        self._is_closed = blackout_of(workspace)
        await self._running.store.recover()
        notes, report = await asyncio.gather(
            expire_decisions(workspace, self._running, now), self._ticker.tick(now), return_exceptions=True
        )
        for one in (report, notes):
            if isinstance(one, BaseException):
                raise one
        assert not isinstance(report, BaseException)
        assert not isinstance(notes, BaseException)
        report.notes.extend(notes)
        report.notes.extend(await send_alerts(workspace, self._running, now, mock=self._mock))
        return report

    def stop(self) -> None:
        """Nothing begins from now on; what runs goes on."""
        self._ticker.stop()


async def start_slot(workspace: Workspace, running: Running, mock: bool | Sequence[str], workflow: Workflow, slot: Slot) -> RunOutcome:
    """Makes and finishes a run of a workflow for a slot."""
    from avops.model.run import Trigger
    from avops.schedule.tick_report import RunOutcome
    from avops.wiring.requests import workflow_request
    from avops.wiring.running import begin

    request = workflow_request(workspace, workflow, trigger=Trigger.SCHEDULE, mock=mock, slot=slot.id)
    report = await begin(workspace, running, request)
    return RunOutcome(run_id=report.run_id, status=report.status.value)


def _is_anything_else_due(workspace: Workspace, now: datetime) -> bool:
    """True when a decision has waited longer than it may, a run has ended since the last tick, or an alert is to be sent."""
    from avops.telemetry.alerts import is_quiet
    from avops.telemetry.database import open_reader
    from avops.telemetry.instants import to_micros

    connection = open_reader(workspace.database)
    try:
        sql = "SELECT 1 FROM decisions WHERE status = 'open' AND expires_at <= ? LIMIT 1"
        return connection.execute(sql, (to_micros(now),)).fetchone() is not None or not is_quiet(connection, now)
    finally:
        connection.close()


async def expire_decisions(workspace: Workspace, running: Running, now: datetime) -> list[str]:
    """Ends the runs that waited longer than they may: each decision counts as denied, and its run is driven to its end."""
    from avops.errors import AvopsError
    from avops.model.run import DecisionStatus
    from avops.telemetry import queries
    from avops.wiring.running import Continuation, go_on

    expired: dict[int, bool] = {}
    for item in queries.inbox(running.store.reader(), expired_at=now):
        decided = await running.store.decide(
            item.decision.id, status=DecisionStatus.EXPIRED, answer=None, note=None, decided_by=None, decided_at=now
        )
        expired[item.run.id] = expired.get(item.run.id, False) or decided
    notes = []
    for run_id in (run_id for run_id, decided in expired.items() if decided):
        try:
            report = await go_on(workspace, running, run_id, Continuation(unknown="abort"))
            notes.append(f"run {run_id}: nobody answered in time, it ended as {report.status.value}")
        except AvopsError as error:
            hint = f" ({error.hint})" if error.hint else ""
            notes.append(f"run {run_id}: nobody answered in time, and it could not be ended: {error.message}{hint}")
    return notes


def blackout_of(workspace: Workspace) -> Callable[[datetime], str | None] | None:
    """Why nothing may be started at an instant, by the project's closed days."""
    if not workspace.settings.calendars.blackout:
        return None
    from avops.project.calendars import CalendarFiles

    files = CalendarFiles(workspace.root, workspace.settings.calendars)

    def blackout(at: datetime) -> str | None:
        return "a closed day, by the blackout calendar" if files.blackout(at, workspace.timezone) else None

    return blackout
