"""What somebody wants run, and the start that a run keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.engine.fleet import FleetItem, FleetOptions
    from avops.engine.stages import StagePlan
    from avops.model.effect import Phase
    from avops.model.run import RunStart, Trigger
    from avops.model.settings import Settings
    from avops.model.workflow import Workflow
    from avops.project.documents import Loaded
    from avops.project.rooms import Room
    from avops.wiring.workspace import Workspace


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
    stages: Sequence[StagePlan] = ()
    planned: Mapping[str, str] | None = None
    """The calls of a plan that is carried out: hashes by key."""
    override: str | None = None
    """Why the run may write although the room is booked."""


def build_start(workspace: Workspace, request: RunRequest) -> tuple[RunStart, dict[str, str]]:
    """What a run starts from, and the secret inputs that are never kept."""
    from avops.engine.inputs import from_text
    from avops.model.effect import Phase
    from avops.model.run import RunStart
    from avops.project.account import login_account
    from avops.project.clock import SystemClock

    if request.stages:
        return _staged_start(workspace, request)
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
        room_values=room_scope(room) if room else None,
        inputs=inputs,
        texts=_gathered(workspace, recipe.name, names),
        options=options,
        started_by=login_account(),
        started_at=SystemClock().now(),
        slot=request.slot,
    )
    return start, secret


def _gathered(workspace: Workspace, recipe: str, agents: Mapping[Phase, str]) -> dict[str, str]:
    """The texts of a run's documents, gathered once for all runs of the workspace that need the same."""
    from avops.engine.request import gather

    key = (recipe, *agents.values())
    if key not in workspace.gathered:
        workspace.gathered[key] = gather(_Library(workspace), recipe, agents)
    return workspace.gathered[key]


def _staged_start(workspace: Workspace, request: RunRequest) -> tuple[RunStart, dict[str, str]]:
    """The start of a run in stages, and the secret inputs that are never kept. Its documents are those of all stages together."""
    from avops.engine.stages import with_stages
    from avops.model.effect import Phase
    from avops.model.run import RunStart
    from avops.project.account import login_account
    from avops.project.clock import SystemClock

    texts: dict[str, str] = {}
    hidden: set[str] = set()
    for stage in request.stages:
        hidden |= {name for name, spec in workspace.recipe(stage.recipe).required().inputs.items() if spec.secret}
        agents = {phase: (stage.agents or {}).get(phase.value, stage.agent) for phase in Phase}
        texts |= _gathered(workspace, stage.recipe, agents)
    secret = {name: str(value) for name, value in request.inputs.items() if name in hidden and not _is_reference(value)}
    room = workspace.room(request.room) if request.room else None
    mock = request.mock or workspace.settings.mock
    start = RunStart(
        recipe=request.recipe,
        agent=request.agent,
        workflow=request.workflow,
        trigger=request.trigger,
        room=room.key if room else None,
        room_values=room_scope(room) if room else None,
        inputs={name: value for name, value in request.inputs.items() if name not in secret},
        texts=texts,
        options={"mock": mock if isinstance(mock, bool) else list(mock)},
        started_by=login_account(),
        started_at=SystemClock().now(),
        slot=request.slot,
    )
    return with_stages(start, request.stages), secret


def _stage_plans(workspace: Workspace, workflow: Workflow) -> list[StagePlan]:
    """The stages of a workflow, with names as their files write them; UsageError for one without an agent."""
    from avops.engine.stages import StagePlan

    plans = []
    for stage in workflow.stages:
        named = stage.agents.model_dump() if stage.agents else None
        agent = stage.agent or (named or {}).get("act")
        recipe = workspace.recipe(stage.recipe).required()
        if agent is None:
            raise UsageError(f"the stage '{stage.name or recipe.name}' of '{workflow.name}' names no agent", hint="add agent: …")
        plans.append(
            StagePlan(
                name=stage.name or recipe.name,
                agent=workspace.agent(agent).required().name,
                recipe=recipe.name,
                agents=None if named is None else {phase: workspace.agent(name).required().name for phase, name in named.items()},
                takes=sorted(recipe.inputs),
                inputs=stage.inputs,
                on_error=stage.on_error,
                always=stage.always,
            )
        )
    return plans


def room_scope(room: Room) -> dict[str, object]:
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


def workflow_request(
    workspace: Workspace, workflow: Workflow, *, trigger: Trigger, mock: bool | Sequence[str] = False, slot: str | None = None
) -> RunRequest:
    """What a workflow wants run; UsageError for one that names no agent or no recipe."""
    stages = _stage_plans(workspace, workflow)
    agents = workflow.agents.model_dump() if workflow.agents else None
    if stages:
        # The parent of stages belongs to the workflow alone: each child names its own recipe and agent.
        workflow = workflow.model_copy(update={"agent": ", ".join(dict.fromkeys(plan.agent for plan in stages)), "recipe": workflow.name})
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
        stages=stages,
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
        items = [FleetItem(label=room.key, room=room.key, room_values=room_scope(room)) for room in chosen]
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
        items.append(FleetItem(label=label, room=room.key if room else None, room_values=room_scope(room) if room else None, inputs=inputs))
    return items
