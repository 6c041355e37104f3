"""Schedules: the tick, and what people ask of it. The way of a tick with nothing due imports next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from avops.model.schedule import Slot
    from avops.model.workflow import Workflow
    from avops.ports import Listener
    from avops.schedule.tick import StartRun
    from avops.schedule.tick_report import RunOutcome, TickReport
    from avops.wiring.running import Running
    from avops.wiring.workspace import Workspace


class WorkflowFiles:
    """The project's workflows, as the schedule reads them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def default_zone(self) -> str:
        """The project's time zone."""
        return self._workspace.timezone

    def read(self, path: str, data: bytes) -> Workflow:
        """The workflow that the bytes of a file hold; DocumentError when they hold none."""
        from avops.project.documents import load_document

        return load_document("workflow", data, path).required()

    def refusal(self, workflow: Workflow) -> str | None:
        """Why no schedule may start it: it names nothing that can be run, or a draft."""
        from avops.errors import AvopsError

        try:
            if workflow.recipe is None:
                return "it names no recipe"
            recipe = self._workspace.recipe(workflow.recipe).required()
        except AvopsError as error:
            return f"its recipe '{workflow.recipe}': {error.message}"
        return f"its recipe '{recipe.name}' is a draft, which no schedule runs" if recipe.draft else None


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

            return rehearse(store, workspace.root, source, now=instant, blackout=_blackout(workspace))
        report, has_work = survey(store, workspace.root, source, now=instant)
    if not has_work and not _has_expired(workspace, instant):
        return report
    return _tick_with_runs(workspace, source, listener, instant, parallel=parallel, mock=mock)


def _tick_with_runs(
    workspace: Workspace, source: WorkflowFiles, listener: Listener, now: datetime, *, parallel: int | None, mock: bool | Sequence[str]
) -> TickReport:
    from avops.project.clock import SystemClock
    from avops.schedule.tick import PARALLEL, Ticker
    from avops.telemetry.schedule_store import SqliteScheduleStore
    from avops.wiring.running import with_executor

    async def work(running: Running) -> TickReport:
        notes = await expire_decisions(workspace, running, now)
        with SqliteScheduleStore(workspace.database, runs=running.store) as store:
            ticker = Ticker(
                store=store,
                root=workspace.root,
                source=source,
                process=running.process,
                start_run=starter(workspace, running, mock),
                clock=SystemClock(),
                parallel=parallel or PARALLEL,
                blackout=_blackout(workspace),
            )
            running.on_interruption(ticker.stop)
            report = await ticker.tick(now)
        report.notes.extend(notes)
        return report

    return with_executor(workspace, listener, None, work)


def starter(workspace: Workspace, running: Running, mock: bool | Sequence[str]) -> StartRun:
    """Makes and finishes a run of a workflow for a slot."""
    from avops.engine.fleet import with_fleet
    from avops.model.run import Trigger
    from avops.schedule.tick_report import RunOutcome
    from avops.wiring.requests import build_start, workflow_request

    async def start(workflow: Workflow, slot: Slot) -> RunOutcome:
        request = workflow_request(workspace, workflow, trigger=Trigger.SCHEDULE, mock=mock, slot=slot.id)
        begun, secret = build_start(workspace, request)
        if request.fleet is None:
            report = await running.executor.start(begun, secret)
        else:
            items, options = request.fleet
            report = await running.fleet(lambda progress: None, secret).start(with_fleet(begun, items, options), running.process)
        return RunOutcome(run_id=report.run_id, status=report.status.value)

    return start


def _has_expired(workspace: Workspace, now: datetime) -> bool:
    """True when a decision has waited longer than it may."""
    from avops.telemetry.database import open_reader
    from avops.telemetry.rows import to_micros

    connection = open_reader(workspace.database)
    try:
        sql = "SELECT 1 FROM decisions WHERE status = 'open' AND expires_at <= ? LIMIT 1"
        return connection.execute(sql, (to_micros(now),)).fetchone() is not None
    finally:
        connection.close()


async def expire_decisions(workspace: Workspace, running: Running, now: datetime) -> list[str]:
    """Ends the runs that waited longer than they may: each decision counts as denied, and its run is driven to its end."""
    from avops.errors import AvopsError
    from avops.model.run import DecisionStatus
    from avops.telemetry import queries
    from avops.wiring.running import go_on

    notes = []
    for item in queries.inbox(running.store.reader(), expired_at=now):
        decided = await running.store.decide(
            item.decision.id, status=DecisionStatus.EXPIRED, answer=None, note=None, decided_by=None, decided_at=now
        )
        if not decided:
            continue
        try:
            report = await go_on(workspace, running, item.run.id, unknown="abort")
            notes.append(f"run {item.run.id}: nobody answered in time, it ended as {report.status.value}")
        except AvopsError as error:
            notes.append(f"run {item.run.id}: nobody answered in time, and it could not be ended: {error.message}")
    return notes


def _blackout(workspace: Workspace) -> Callable[[datetime], str | None] | None:
    """Why nothing may be started at an instant, by the project's closed days."""
    if not workspace.settings.calendars.blackout:
        return None
    from avops.project.calendars import CalendarFiles

    files = CalendarFiles(workspace.root, workspace.settings.calendars)

    def blackout(at: datetime) -> str | None:
        return "a closed day, by the blackout calendar" if files.blackout(at, workspace.timezone) else None

    return blackout
