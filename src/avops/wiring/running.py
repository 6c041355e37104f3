"""Runs begun, continued and looked ahead to, with everything they need."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from avops.errors import UsageError
from avops.wiring.input_secrets import require_trusted
from avops.wiring.requests import build_start
from avops.wiring.tools import Toolbox, tool_problems

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from avops.engine.executor import LocalExecutor, RunReport
    from avops.engine.fleet import Fleet, FleetProgress
    from avops.engine.interruption import Interruption
    from avops.engine.plan import PlanView
    from avops.engine.program import Problem
    from avops.model.agent import Agent
    from avops.model.effect import Phase
    from avops.model.run import RunStart
    from avops.ports import Listener, Person
    from avops.telemetry.run_store import SqliteRunStore
    from avops.wiring.requests import RunRequest
    from avops.wiring.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a piece of work needs while it runs."""

    executor: LocalExecutor
    store: SqliteRunStore
    process: str
    interruption: Interruption

    def on_interruption(self, hear: Callable[[], None]) -> None:
        """Has `hear` called when a person interrupts, before anything is cut short."""
        self.interruption.heard.append(hear)


class ChildRuns:
    """Single runs and runs in stages alike, continued under no more than today's permissions."""

    def __init__(self, workspace: Workspace, running: Running, *, anyway: str | None = None) -> None:
        """`anyway` is why runs go on also where another has written to their room meanwhile."""
        from avops.engine.stages import Stages
        from avops.project.clock import SystemClock

        self._anyway = anyway
        self._foreseen: dict[int, frozenset[str]] = {}
        """The secrets that each parent names."""
        self._workspace = workspace
        self._executor = running.executor
        self._store = running.store
        self._clock = SystemClock()
        self._stages = Stages(self, running.store, self._clock, process=running.process)

    async def start(self, start: RunStart, secret_inputs: Mapping[str, str] | None = None) -> RunReport:
        """Runs to the end, or to where a person is needed."""
        from avops.engine.executor import RunReport
        from avops.engine.stages import is_staged
        from avops.model.run import RunStatus

        if (name := self._unforeseen(start)) is not None:
            reason = f"its inputs: '{name}' names a secret that the workflow does not, so that what was read has put it there"
            return RunReport(run_id=0, status=RunStatus.FAILED, error=reason)
        return await (self._stages if is_staged(start) else self._executor).start(start, secret_inputs)

    def _unforeseen(self, start: RunStart) -> str | None:
        """An input of a child that names a secret which stands nowhere in its parent."""
        from avops.wiring.input_secrets import foreseen_secrets, named_secrets

        named = named_secrets(start)
        if start.parent_id is None or not named:
            return None
        if start.parent_id not in self._foreseen:
            self._foreseen[start.parent_id] = foreseen_secrets(self._store.start(start.parent_id))
        return next((name for name, value in named.items() if value not in self._foreseen[start.parent_id]), None)

    async def resume(
        self, run_id: int, *, unknown: str | None = None, by: str = "", secret_inputs: Mapping[str, str] | None = None
    ) -> RunReport:
        """Goes on after the last finished step, or with the stages that are left."""
        from avops.engine.stages import is_staged

        start = self._store.start(run_id)
        if is_staged(start):
            return await self._stages.resume(run_id, secret_inputs=secret_inputs)
        today = agents_today(self._workspace, start)
        return await self._executor.resume(run_id, unknown=unknown, by=by, secret_inputs=secret_inputs, today=today, anyway=self._anyway)

    def outputs_of(self, run_id: int) -> Mapping[str, object]:
        """The outputs that a run kept as a stage."""
        return self._executor.outputs_of(run_id)

    def secret_inputs(self, start: RunStart) -> set[str]:
        """The names of the inputs that are secret, in any stage."""
        from avops.engine.stages import is_staged, stage_starts

        starts = stage_starts(start, self._clock) if is_staged(start) else [start]
        return set().union(*(self._executor.secret_inputs(each) for each in starts))

    @property
    def is_interrupted(self) -> bool:
        """True when a person has interrupted this process."""
        return self._executor.is_interrupted


def fleet_with(
    workspace: Workspace,
    running: Running,
    progress: Callable[[FleetProgress], None],
    secret_inputs: Mapping[str, str] | None,
    anyway: str | None = None,
) -> Fleet:
    """Runs over many rooms with this executor."""
    from avops.engine.fleet import Fleet
    from avops.project.clock import SystemClock

    return Fleet(ChildRuns(workspace, running, anyway=anyway), running.store, SystemClock(), progress, secret_inputs)


def with_executor(
    workspace: Workspace,
    listener: Listener,
    person: Person | None,
    work: Callable[[Running], Awaitable[T]],
    *,
    database: Path | None = None,
) -> T:
    """What the work gives, done in a loop with an executor; SIGINT and SIGTERM end its runs with their rollback."""
    import asyncio
    import signal

    from avops.engine.interruption import Interruption
    from avops.telemetry.run_store import SqliteRunStore

    async def main() -> T:
        interruption = Interruption()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interruption.interrupt)
        with SqliteRunStore(database or workspace.database) as store:
            await store.recover()
            async with open_executor(workspace, store, listener, person=person, interruption=interruption) as (executor, process):
                return await work(Running(executor=executor, store=store, process=process, interruption=interruption))

    return asyncio.run(main())


@asynccontextmanager
async def open_executor(
    workspace: Workspace,
    store: SqliteRunStore,
    listener: Listener,
    *,
    person: Person | None = None,
    interruption: Interruption | None = None,
) -> AsyncIterator[tuple[LocalExecutor, str]]:
    """An executor and its process's name, over the project's tools and database, for as long as the block lasts."""
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.executor import LocalExecutor
    from avops.project.clock import SystemClock
    from avops.telemetry.process_lock import ProcessLock
    from avops.wiring.knowledge_artifacts import RunDocuments
    from avops.wiring.run_model import RunModel

    secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
    toolbox = Toolbox(workspace.root, secrets)
    model = RunModel(workspace, secrets)
    with ProcessLock.acquire(store.locks) as lock:
        try:
            executor = LocalExecutor(
                store=store,
                clock=SystemClock(),
                tool=toolbox.tool,
                files=ArtifactFiles(workspace.root, maker=RunDocuments(workspace.root, store, workspace.timezone)),
                secrets=secrets,
                known_secrets=lambda: secrets.handed_out,
                listener=listener,
                process=lock.name,
                person=person,
                interruption=interruption,
                tool_problems=lambda manifest: tool_problems(
                    workspace.root, manifest, secrets, denied=workspace.settings.policy.denied_domains
                ),
                booked=_booked(workspace),
                model=model.find,
            )
            yield executor, lock.name
        finally:
            await model.close()
            await toolbox.close()


def _booked(workspace: Workspace) -> Callable[[str, Mapping[str, object], datetime, str], datetime | None] | None:
    """Until when somebody has a room, by the project's calendars; None for a project without any."""
    if not workspace.settings.calendars.bookings:
        return None
    from avops.project.calendars import CalendarFiles

    files = CalendarFiles(workspace.root, workspace.settings.calendars)

    def booked(room: str, values: Mapping[str, object], at: datetime, timezone: str) -> datetime | None:
        booking = files.booking(room, values, at, timezone)
        return None if booking is None else booking.ends_at

    return booked


def run_once(
    workspace: Workspace,
    request: RunRequest,
    listener: Listener,
    *,
    person: Person | None = None,
    progress: Callable[[FleetProgress], None] = lambda progress: None,
) -> RunReport:
    """Runs to the end, or to where a person is needed elsewhere. Ctrl-C and SIGTERM end the run with its rollback."""

    async def work(running: Running) -> RunReport:
        return await begin(workspace, running, request, progress)

    return with_executor(workspace, listener, person, work)


async def begin(
    workspace: Workspace, running: Running, request: RunRequest, progress: Callable[[FleetProgress], None] = lambda progress: None
) -> RunReport:
    """Runs what somebody wants run, to its end or to where a person is needed. TrustError for a secret that a document names."""
    require_trusted(workspace, request)
    start, secret = build_start(workspace, request)
    if request.fleet is None:
        return await ChildRuns(workspace, running).start(start, secret)
    from avops.engine.fleet import with_fleet

    items, options = request.fleet
    return await fleet_with(workspace, running, progress, secret).start(with_fleet(start, items, options), running.process)


def plan_once(workspace: Workspace, request: RunRequest) -> tuple[PlanView, list[Problem], RunStart]:
    """What a run would do now; nothing of it is kept, so its rows go to a database that is thrown away."""
    import tempfile

    from avops.report.progress import Silent

    require_trusted(workspace, request)
    start, secret = build_start(workspace, request)

    async def work(running: Running) -> tuple[PlanView, list[Problem]]:
        return await running.executor.plan(start, secret)

    with tempfile.TemporaryDirectory(prefix="avops-plan-") as folder:
        view, problems = with_executor(workspace, Silent(), None, work, database=Path(folder) / "plan.db")
    return view, problems, start


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What a person says with `resume`, `approve`, `deny` or `answer`.

    `unknown` is what became of steps that nobody saw end: "redo", "done" or "abort". `anyway` is why the run goes on
    although another has written to its room meanwhile.
    """

    unknown: str | None = None
    by: str = ""
    anyway: str | None = None
    secret_inputs: Mapping[str, str] | None = None


def resume_run(
    workspace: Workspace,
    run_id: int,
    listener: Listener,
    *,
    said: Continuation | None = None,
    person: Person | None = None,
    progress: Callable[[FleetProgress], None] = lambda progress: None,
) -> RunReport:
    """Goes on with an interrupted or waiting run, under no more than today's permissions.

    A child that ends lets its parent end, when it was the last one that waited.
    """
    from avops.project.account import login_account

    words = replace(said or Continuation(), by=login_account())

    async def work(running: Running) -> RunReport:
        return await go_on(workspace, running, run_id, words, progress)

    return with_executor(workspace, listener, person, work)


async def go_on(
    workspace: Workspace,
    running: Running,
    run_id: int,
    said: Continuation,
    progress: Callable[[FleetProgress], None] = lambda progress: None,
) -> RunReport:
    """Goes on with one run; a child that ends lets its parent go on, when that waited for it, and so on upwards."""
    report = await _go_on_one(workspace, running, run_id, said, progress)
    await go_on_upwards(workspace, running, run_id, report, secret_inputs=said.secret_inputs, progress=progress)
    return report


async def go_on_upwards(
    workspace: Workspace,
    running: Running,
    run_id: int,
    ended: RunReport,
    *,
    secret_inputs: Mapping[str, str] | None,
    progress: Callable[[FleetProgress], None],
) -> None:
    """Lets the parent of a run that has ended go on, when it waits, and so on upwards."""
    from avops.model.run import RunStatus

    store = running.store
    parent = store.start(run_id).parent_id
    while parent is not None and ended.status.is_final and store.run(parent).status is RunStatus.WAITING:
        ended = await _go_on_one(workspace, running, parent, Continuation(secret_inputs=secret_inputs), progress)
        parent = store.start(parent).parent_id


async def _go_on_one(
    workspace: Workspace, running: Running, run_id: int, said: Continuation, progress: Callable[[FleetProgress], None]
) -> RunReport:
    from avops.engine.fleet import is_fleet
    from avops.engine.stages import is_staged
    from avops.model.run import Trigger

    start = running.store.start(run_id)
    if start.trigger is Trigger.CARD:
        raise UsageError(f"run {run_id} was done by a person and entered by hand: avops has nothing to go on with")
    if said.unknown is not None and (is_fleet(start) or is_staged(start)):
        raise UsageError(
            f"run {run_id} is made of other runs: --{said.unknown} is said of the one that was interrupted",
            hint=f"avops runs show {run_id}",
        )
    if is_fleet(start):
        fleet = fleet_with(workspace, running, progress, said.secret_inputs, said.anyway)
        return await fleet.resume(run_id, running.process)
    runs = ChildRuns(workspace, running, anyway=said.anyway)
    return await runs.resume(run_id, unknown=said.unknown, by=said.by, secret_inputs=said.secret_inputs)


def agents_today(workspace: Workspace, start: RunStart) -> dict[Phase, Agent]:
    """The agents of a run as they are now; one that is gone may do nothing any more."""
    from avops.engine.request import phase_agents
    from avops.errors import NotFoundError

    today = {}
    for phase, name in phase_agents(start).items():
        try:
            today[phase] = workspace.agent(name).required()
        except NotFoundError as error:
            raise UsageError(f"the agent '{name}' of this run is gone", hint=error.hint) from error
    return today
