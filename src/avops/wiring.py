"""The composition root: the one module that knows every feature, and puts them together.

Everything here opens what it needs and closes it again. Heavy features are imported where they are used, so that a
command pays only for what it does.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from avops.engine.executor import LocalExecutor, RunReport
    from avops.engine.fleet import Fleet, FleetItem, FleetOptions, FleetProgress
    from avops.engine.local import Interruption
    from avops.engine.plan import PlanView
    from avops.engine.program import Problem
    from avops.model.agent import Agent
    from avops.model.effect import Phase
    from avops.model.recipe import Recipe
    from avops.model.run import RunStart, Trigger
    from avops.model.settings import Settings
    from avops.model.tool import ToolBase
    from avops.model.workflow import Workflow
    from avops.ports import Listener, Person, Tool
    from avops.project.documents import Loaded
    from avops.project.project import Project
    from avops.project.rooms import Room
    from avops.telemetry.run_store import SqliteRunStore

T = TypeVar("T")


class Workspace:
    """A project with its settings, and where its state lies."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = project.root

    @cached_property
    def settings(self) -> Settings:
        """The settings of `avops.yaml`; DocumentError when they are not right."""
        return self.settings_document.required()

    @cached_property
    def settings_document(self) -> Loaded[Settings]:
        """`avops.yaml` as it was read."""
        return self.project.settings

    @property
    def database(self) -> Path:
        """The database file."""
        return self.root / self.settings.database

    @property
    def timezone(self) -> str:
        """The zone in which times are shown."""
        return self.settings.timezone or "UTC"

    def recipe(self, name: str) -> Loaded[Recipe]:
        """A recipe by name or file slug; NotFoundError with the near ones."""
        return self.project.recipes.find(name)

    def agent(self, name: str) -> Loaded[Agent]:
        """An agent by name or file slug."""
        return self.project.agents.find(name)

    def tool(self, name: str) -> Loaded[Any]:
        """A tool by name or file slug."""
        return self.project.tools.find(name)

    def room(self, key: str) -> Room:
        """A row of the room list, by its key."""
        return self.project.rooms.required().find(key)


def open_workspace(start: Path | None = None) -> Workspace:
    """The project that a folder (by default the current one) belongs to; AvopsError when there is none."""
    from avops.project.project import find_project

    return Workspace(find_project(start or Path.cwd()))


@contextmanager
def open_store(workspace: Workspace) -> Iterator[SqliteRunStore]:
    """The project's database, made or migrated where needed; runs whose process is gone are marked `interrupted` first."""
    from avops.telemetry.run_store import SqliteRunStore

    with SqliteRunStore(workspace.database) as store:
        if store.reader().execute("SELECT 1 FROM runs WHERE status = 'running' LIMIT 1").fetchone():
            import asyncio

            async def recover() -> None:
                await store.recover()

            asyncio.run(recover())
        yield store


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What somebody wants run."""

    agent: str
    recipe: str
    inputs: Mapping[str, object]
    """Given values; texts from a command line are made to fit the declared types."""
    typed: bool = True
    """The values are texts that a person typed."""
    room: str | None = None
    mock: bool | Sequence[str] = False
    trigger: Trigger
    workflow: str | None = None
    agents: Mapping[str, str] | None = None
    slot: str | None = None
    fleet: tuple[Sequence[FleetItem], FleetOptions] | None = None
    planned: Mapping[str, str] | None = None
    """The calls of a plan that is carried out: hashes by key."""
    override: str | None = None
    """Why the run may write although the room is booked."""


def build_start(workspace: Workspace, request: RunRequest) -> tuple[RunStart, dict[str, str]]:
    """What a run starts from, and the secret inputs that are never kept."""
    from avops.engine.inputs import from_text
    from avops.engine.request import gather
    from avops.model.effect import Phase
    from avops.model.run import RunStart
    from avops.project.account import login_account
    from avops.project.clock import SystemClock

    recipe = workspace.recipe(request.recipe).required()
    agents = {phase: (request.agents or {}).get(phase.value, request.agent) for phase in Phase}
    names = {phase: workspace.agent(name).required().name for phase, name in agents.items()}
    inputs: dict[str, object] = {}
    secret: dict[str, str] = {}
    for name, value in request.inputs.items():
        spec = recipe.inputs.get(name)
        fitted = from_text(spec, value) if spec is not None and request.typed and isinstance(value, str) else value
        if spec is not None and spec.secret and not _is_reference(fitted):
            secret[name] = str(fitted)
        else:
            inputs[name] = fitted
    room = workspace.room(request.room) if request.room else None
    mock = request.mock or workspace.settings.mock
    options: dict[str, object] = {"mock": mock if isinstance(mock, bool) else list(mock)}
    if request.planned is not None:
        options["plan"] = dict(request.planned)
    if request.override:
        options["override"] = request.override
    if request.agents:
        options["agents"] = {phase.value: name for phase, name in names.items()}
    start = RunStart(
        recipe=recipe.name,
        agent=names[Phase.ACT],
        workflow=request.workflow,
        trigger=request.trigger,
        room=room.key if room else None,
        room_values=_room_scope(room) if room else None,
        inputs=inputs,
        texts=gather(_Library(workspace), recipe.name, names),
        options=options,
        started_by=login_account(),
        started_at=SystemClock().now(),
        slot=request.slot,
    )
    return start, secret


def _room_scope(room: Room) -> dict[str, object]:
    """A room as expressions see it: its row, and always a `name`."""
    return {**room.values, "room": room.key, "name": room.name}


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("env:", "keyring:"))


class _Library:
    """The project's documents, as the engine looks them up."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.recipe = workspace.recipe
        self.agent = workspace.agent
        self.tool = workspace.tool

    def settings(self) -> Loaded[Settings]:
        return self._workspace.settings_document


class Toolbox:
    """The tools of a process: each opened when first called, shared by all runs, closed at the end."""

    def __init__(self, root: Path, secrets: Any) -> None:
        self._root = root
        self._secrets = secrets
        self._open: dict[tuple[str, bool, str], Tool] = {}

    def tool(self, manifest: ToolBase, mocked: bool) -> Tool:
        """The tool of a manifest; two runs with different manifests of one name get different tools."""
        from avops.connectors.registry import open_tool

        key = (manifest.name, mocked, repr(manifest) if not mocked else "")
        known = self._open.get(key)
        if known is None:
            known = self._open[key] = open_tool(manifest, self._secrets, self._root, mock=mocked)
        return known

    async def close(self) -> None:
        """Closes every tool; one that cannot be closed does not keep the others open."""
        import asyncio

        await asyncio.gather(*(tool.close() for tool in self._open.values()), return_exceptions=True)
        self._open.clear()


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

    secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
    toolbox = Toolbox(workspace.root, secrets)
    with ProcessLock.acquire(store.locks) as lock:
        try:
            executor = LocalExecutor(
                store=store,
                clock=SystemClock(),
                tool=toolbox.tool,
                files=ArtifactFiles(workspace.root),
                secrets=secrets,
                known_secrets=lambda: secrets.handed_out,
                listener=listener,
                process=lock.name,
                person=person,
                interruption=interruption,
                tool_problems=lambda manifest: tool_problems(workspace.root, manifest, secrets),
                booked=_booked(workspace),
            )
            yield executor, lock.name
        finally:
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


def tool_problems(root: Path, manifest: ToolBase, secrets: Any) -> Iterable[Problem]:
    """What keeps a tool from being used here: programs and secrets that nobody trusted, secrets that are missing."""
    from avops.engine.program import Problem
    from avops.errors import AvopsError
    from avops.project.trust import TrustRecord, claims

    wanted = list(claims(manifest))
    for claim in TrustRecord().untrusted(root, wanted):
        verb = "start a program that" if claim.kind == "program" else "use a secret in a way that"
        yield Problem(message=f"the tool '{manifest.name}' would {verb} nobody here has trusted: {claim.what}", hint="avops trust")
    for claim in wanted:
        reference = claim.what.partition(" to ")[0]
        if claim.kind == "secret" and claim.what.endswith(" to its program") is False and _is_reference(reference):
            try:
                secrets.resolve(reference)
            except AvopsError as error:
                yield Problem(message=f"the tool '{manifest.name}': {error.message}", hint=error.hint)


def run_once(
    workspace: Workspace,
    request: RunRequest,
    listener: Listener,
    *,
    person: Person | None = None,
    progress: Callable[[FleetProgress], None] = lambda progress: None,
) -> RunReport:
    """Runs to the end, or to where a person is needed elsewhere. Ctrl-C and SIGTERM end the run with its rollback."""
    start, secret = build_start(workspace, request)

    async def work(running: Running) -> RunReport:
        if request.fleet is None:
            return await running.executor.start(start, secret)
        from avops.engine.fleet import with_fleet

        items, options = request.fleet
        return await running.fleet(progress, secret).start(with_fleet(start, items, options), running.process)

    return with_executor(workspace, listener, person, work)


def plan_once(workspace: Workspace, request: RunRequest) -> tuple[PlanView, list[Problem], RunStart]:
    """What a run would do now; nothing of it is kept, so its rows go to a database that is thrown away."""
    import tempfile

    from avops.report.progress import Silent

    start, secret = build_start(workspace, request)

    async def work(running: Running) -> tuple[PlanView, list[Problem]]:
        return await running.executor.plan(start, secret)

    with tempfile.TemporaryDirectory(prefix="avops-plan-") as folder:
        view, problems = with_executor(workspace, Silent(), None, work, database=Path(folder) / "plan.db")
    return view, problems, start


def resume_run(
    workspace: Workspace,
    run_id: int,
    listener: Listener,
    *,
    unknown: str | None = None,
    person: Person | None = None,
    secret_inputs: Mapping[str, str] | None = None,
    progress: Callable[[FleetProgress], None] = lambda progress: None,
) -> RunReport:
    """Goes on with an interrupted or waiting run, under no more than today's permissions.

    A child that ends lets its parent end, when it was the last one that waited.
    """
    from avops.engine.fleet import is_fleet
    from avops.model.run import RunStatus
    from avops.project.account import login_account

    async def work(running: Running) -> RunReport:
        store = running.store
        start = store.start(run_id)
        if is_fleet(start):
            return await running.fleet(progress, secret_inputs).resume(run_id, running.process)
        today = _agents_today(workspace, start)
        report = await running.executor.resume(run_id, unknown=unknown, by=login_account(), secret_inputs=secret_inputs, today=today)
        parent = start.parent_id
        if parent is not None and report.status.is_final and store.run(parent).status is RunStatus.WAITING:
            await running.fleet(progress, secret_inputs).resume(parent, running.process)
        return report

    return with_executor(workspace, listener, person, work)


def _agents_today(workspace: Workspace, start: RunStart) -> dict[Phase, Agent]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a piece of work needs while it runs."""

    executor: LocalExecutor
    store: SqliteRunStore
    process: str

    def fleet(self, progress: Callable[[FleetProgress], None], secret_inputs: Mapping[str, str] | None) -> Fleet:
        """Runs over many rooms with this executor."""
        from avops.engine.fleet import Fleet
        from avops.project.clock import SystemClock

        return Fleet(self.executor, self.store, SystemClock(), progress, secret_inputs)


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

    from avops.engine.local import Interruption
    from avops.telemetry.run_store import SqliteRunStore

    async def main() -> T:
        interruption = Interruption()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interruption.interrupt)
        with SqliteRunStore(database or workspace.database) as store:
            await store.recover()
            async with open_executor(workspace, store, listener, person=person, interruption=interruption) as (executor, process):
                return await work(Running(executor=executor, store=store, process=process))

    return asyncio.run(main())


def workflow_request(
    workspace: Workspace, workflow: Workflow, *, trigger: Trigger, mock: bool | Sequence[str] = False, slot: str | None = None
) -> RunRequest:
    """What a workflow wants run; UsageError for one that names no agent or no recipe."""
    agents = workflow.agents.model_dump() if workflow.agents else None
    agent = workflow.agent or (agents or {}).get("act")
    if agent is None or workflow.recipe is None:
        missing = "agent" if agent is None else "recipe"
        raise UsageError(f"the workflow '{workflow.name}' names no {missing}", hint=f"avops {missing} list shows what there is")
    fleet = None
    if workflow.for_each is not None:
        fleet = fleet_of(
            workspace,
            workflow.for_each,
            parallel=workflow.parallel,
            canary=workflow.canary,
            max_failures=workflow.max_failures,
        )
    return RunRequest(
        agent=agent,
        recipe=workflow.recipe,
        inputs=workflow.inputs,
        typed=False,
        room=workflow.room,
        mock=mock,
        trigger=trigger,
        workflow=workflow.name,
        agents=agents,
        slot=slot,
        fleet=fleet,
    )


def fleet_of(
    workspace: Workspace, source: str, *, parallel: int = 1, canary: int = 0, max_failures: int | str | None = None
) -> tuple[list[FleetItem], FleetOptions]:
    """The rooms of `rooms`, those of `rooms KEY=VALUE`, or the rows of a CSV or YAML file, with how to go about them."""
    from avops.engine.fleet import FleetItem, FleetOptions, allowed_failures

    word, _, condition = source.partition(" ")
    if word == "rooms":
        chosen = (
            workspace.project.rooms.required().select(condition.strip()) if condition.strip() else list(workspace.project.rooms.required())
        )
        items = [FleetItem(label=room.key, room=room.key, room_values=_room_scope(room)) for room in chosen]
    else:
        items = _rows(workspace, source)
    options = FleetOptions(parallel=parallel, canary=canary, max_failures=allowed_failures(max_failures, len(items)))
    return items, options


def _rows(workspace: Workspace, source: str) -> list[FleetItem]:
    """The rows of a file as inputs by name; a column `room` that names a known room makes the child about it."""
    from avops.engine.fleet import FleetItem
    from avops.errors import NotFoundError
    from avops.project.room_rows import csv_rows, yaml_rows

    file = (workspace.root / source).resolve()
    if not file.is_relative_to(workspace.root):
        raise UsageError(f"'{source}' lies outside the project", hint="keep the list in the project")
    try:
        text = file.read_bytes()
    except OSError as error:
        raise UsageError(f"the list '{source}' cannot be read: {(error.strerror or str(error)).lower()}") from error
    rows = yaml_rows(text, source) if file.suffix in (".yaml", ".yml") else csv_rows(text, source)
    items: list[FleetItem] = []
    for row in (each.values for each in rows.rows):
        number = len(items) + 1
        key = row.get("room")
        try:
            room = workspace.room(str(key)) if key else None
        except NotFoundError:
            room = None
        inputs = {name: value for name, value in row.items() if name != "room" or room is None}
        label = room.key if room else f"row {number}"
        items.append(
            FleetItem(label=label, room=room.key if room else None, room_values=_room_scope(room) if room else None, inputs=inputs)
        )
    return items


def find_workspace() -> Workspace | None:
    """The project the current folder belongs to, if it belongs to one."""
    from avops.errors import AvopsError

    try:
        return open_workspace()
    except AvopsError:
        return None


def tool_catalog(workspace: Workspace) -> tuple[Any, ...]:
    """The project's tools as the SOP converter knows them; a broken manifest is left to `avops lint`."""
    from avops.engine.program import actions_of
    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry

    return tuple(
        ToolCatalogEntry(
            name=tool.name,
            description=tool.description,
            synonyms=tuple(tool.synonyms),
            actions=tuple(
                ActionCatalogEntry(
                    name=name,
                    description=action.description,
                    effect=action.effect.value,
                    input=action.input,
                    synonyms=tuple(action.synonyms),
                    notify=(action.notify.to, action.notify.text) if action.notify else None,
                    output=action.output or {},
                )
                for name, action in actions_of(tool).items()
            ),
        )
        for loaded in workspace.project.tools
        if (tool := loaded.value) is not None
    )


class _CronScheduling:
    """What lint asks about triggers, answered by the schedule."""

    def problem(self, trigger: Any, timezone: str) -> tuple[str, str | None] | None:
        from avops.errors import AvopsError
        from avops.schedule.triggers import read_trigger

        try:
            read_trigger(trigger, timezone)
        except AvopsError as error:
            return error.message, error.hint
        return None

    def never_fires(self, trigger: Any, timezone: str) -> bool:
        from avops.schedule.triggers import never_fires, read_trigger

        return never_fires(read_trigger(trigger, timezone))

    def fires_within(self, trigger: Any, timezone: str, seconds: float) -> bool:
        from avops.schedule.triggers import fires_within, read_trigger

        return fires_within(read_trigger(trigger, timezone), seconds)


def lint_scheduling() -> _CronScheduling:
    """The arithmetic of triggers, for lint."""
    return _CronScheduling()
