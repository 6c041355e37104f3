"""Procedures in order: a parent run, and a child run for each stage.

Each stage is a recipe with its own agent. Its inputs are written in the workflow, and may name what the stages before
it came to: `"{{ stages.intake.outputs.ticket }}"`. Of a stage these names are in scope: `run` (its number), `status`,
`simulated`, `error`, and `outputs`, which is empty unless it succeeded; a stage that was not started has the status
`skipped`. Beside `stages` there are `inputs` (the workflow's), `room` and `run`.

A stage that ends as anything but a success stops the rest, unless it says `on_error: continue`. A stage with
`always: true` runs all the same. Neither turns a failure into a success: the parent succeeds only if every stage did.
The list is kept with the parent, and a stage's outputs with its run, so that a parent that is continued repeats nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from avops.engine.continuing import leave_interrupted
from avops.engine.executor import RunReport
from avops.engine.preflight import prepare
from avops.engine.request import load_bundle
from avops.engine.stage_outputs import STAGE_OPTION
from avops.errors import AvopsError, UsageError
from avops.expression import ExpressionError, parse_value
from avops.model.run import RunEnd, RunStatus, Simulated, Trigger
from avops.model.workflow import stage_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from avops.model.run import Run, RunStart
    from avops.ports import Clock, RunStore

_STOPS = (RunStatus.WAITING, RunStatus.INTERRUPTED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """One stage as the parent keeps it. `takes` are the inputs that its recipe declares; `agents` one per phase, or None."""

    name: str
    agent: str
    recipe: str
    agents: Mapping[str, str] | None = None
    takes: Sequence[str] = ()
    inputs: Mapping[str, object] = field(default_factory=dict)
    on_error: str = "stop"
    always: bool = False

    @property
    def key(self) -> str:
        """Its name in expressions: `Baseline checks` is `stages.baseline_checks`."""
        return stage_key(self.name)


def with_stages(start: RunStart, stages: Sequence[StagePlan]) -> RunStart:
    """The parent's start, which keeps the stages. UsageError when two have one name."""
    keys = [stage.key for stage in stages]
    for index, key in enumerate(keys):
        if not key or key in keys[:index]:
            raise UsageError(
                f"two stages are called '{stages[index].name}'" if key else f"the stage name '{stages[index].name}' has no letters",
                hint="give each stage a name of its own: name: …",
            )
    return replace(start, options={**start.options, "stages": [asdict(stage) for stage in stages]})


def is_staged(start: RunStart) -> bool:
    """True for the start of a parent whose children are stages."""
    return "stages" in start.options


class ChildRuns(Protocol):
    """Starts and continues single runs."""

    def start(self, start: RunStart, secret_inputs: Mapping[str, str] | None = None) -> Awaitable[RunReport]:
        """Runs to the end, or to where a person is needed."""
        ...

    def resume(self, run_id: int, *, secret_inputs: Mapping[str, str] | None = None) -> Awaitable[RunReport]:
        """Goes on after the last finished step."""
        ...

    def outputs_of(self, run_id: int) -> Mapping[str, object]:
        """The outputs that a run kept as a stage."""
        ...

    def secret_inputs(self, start: RunStart) -> set[str]:
        """The names of the inputs that are secret."""
        ...

    @property
    def is_interrupted(self) -> bool:
        """True when a person has interrupted this process: nothing new is to be started."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parent:
    """The run whose stages are run."""

    id: int
    start: RunStart
    plans: Sequence[StagePlan]
    secrets: Mapping[str, str]


class Stages:
    """Runs, or goes on with, the stages of one parent."""

    def __init__(self, runs: ChildRuns, store: RunStore, clock: Clock, *, process: str) -> None:
        self._runs = runs
        self._store = store
        self._clock = clock
        self._process = process
        self._judged: tuple[Mapping[str, str], list[str]] | None = None

    async def start(self, start: RunStart, secret_inputs: Mapping[str, str] | None = None) -> RunReport:
        """Runs the stages of a start that `with_stages` made. One that could not run refuses all of them beforehand."""
        start = replace(start, process=self._process)
        plans = _plans(start)
        reasons = [*self._problems(start, plans), *_unknown_inputs(start, plans)]
        if reasons:
            run_id = await self._store.refuse_run(start, reasons)
            return RunReport(run_id=run_id, status=RunStatus.REFUSED, error="; ".join(reasons))
        parent_id = await self._store.create_run(start)
        return await self._begun(_Parent(id=parent_id, start=start, plans=plans, secrets=secret_inputs or {}), {})

    async def resume(self, parent_id: int, *, secret_inputs: Mapping[str, str] | None = None) -> RunReport:
        """Goes on with what is left of a parent."""
        start, run = self._store.start(parent_id), self._store.run(parent_id)
        children = {child.slot or "": child for child in self._store.children(parent_id)}
        epoch = await self._store.continue_run(parent_id, process=self._process, now=self._clock.now(), paused_s=run.paused_s)
        if epoch is None:
            raise AvopsError(f"run {parent_id} is {run.status.value}: it cannot go on", hint=f"avops runs show {parent_id}")
        return await self._begun(_Parent(id=parent_id, start=start, plans=_plans(start), secrets=secret_inputs or {}), children)

    async def _begun(self, parent: _Parent, children: Mapping[str, Run]) -> RunReport:
        try:
            return await self._run(parent, children)
        except Exception as error:
            await leave_interrupted(self._store, parent.id, error, self._clock.now())
            raise

    def _problems(self, start: RunStart, plans: Sequence[StagePlan]) -> list[str]:
        """What is wrong in the documents of any stage; rows of one list share their documents, and are judged once."""
        if self._judged is None or self._judged[0] is not start.texts:
            found = [
                f"stage '{plan.name}': {problem}"
                for plan, child in zip(plans, stage_starts(start, self._clock), strict=True)
                for prepared in [prepare(load_bundle(child))]
                for problem in (*prepared.problems, *prepared.foreseen)
            ]
            self._judged = (start.texts, found)
        return self._judged[1]

    async def _run(self, parent: _Parent, children: Mapping[str, Run]) -> RunReport:
        state = _State()
        for index, plan in enumerate(parent.plans):
            if state.waits or self._runs.is_interrupted or (state.stopped_by is not None and not plan.always):
                state.skip(plan)
                continue
            report = await self._stage(parent, index, state, children.get(_slot(parent.id, index)))
            succeeded = report.status is RunStatus.SUCCESS
            state.end(plan, report, self._runs.outputs_of(report.run_id) if succeeded else {})
        end = state.conclude(self._clock)
        await self._store.end_run(parent.id, end)
        return RunReport(run_id=parent.id, status=end.status, simulated=end.simulated, error=end.error)

    async def _stage(self, parent: _Parent, index: int, state: _State, known: Run | None) -> RunReport:
        plan = parent.plans[index]
        own = {name: value for name, value in parent.secrets.items() if name in plan.takes}
        if known is not None:
            if known.status.is_final:
                return _report_of(known)
            try:
                return await self._runs.resume(known.id, secret_inputs=own)
            except AvopsError as error:
                return replace(_report_of(known), error=str(error))
        try:
            inputs = _rendered(parent, plan, state)
        except ExpressionError as error:
            return RunReport(run_id=0, status=RunStatus.FAILED, error=f"its inputs: {error.message}")
        child = _child_start(parent.start, index, self._clock, parent_id=parent.id, inputs=inputs)
        if any(each is not Simulated.NO for each in state.simulated):
            child = replace(child, options={**child.options, "after_simulated": True})
        return await self._runs.start(child, own)


def _rendered(parent: _Parent, plan: StagePlan, state: _State) -> dict[str, object]:
    start = parent.start
    scope = {
        "stages": state.scope,
        "inputs": dict(start.inputs),
        "room": start.room_values,
        "run": {"id": parent.id, "workflow": start.workflow, "trigger": start.trigger.value},
    }
    rendered = parse_value(dict(plan.inputs)).render(scope)
    assert isinstance(rendered, dict)
    return rendered


def stage_starts(start: RunStart, clock: Clock) -> list[RunStart]:
    """The starts of the stages as far as they are known beforehand: with the workflow's inputs only."""
    return [_child_start(start, index, clock) for index, _ in enumerate(_plans(start))]


def _plans(start: RunStart) -> list[StagePlan]:
    kept = start.options["stages"]
    assert isinstance(kept, list)
    return [StagePlan(**entry) for entry in kept]


def _unknown_inputs(start: RunStart, plans: Sequence[StagePlan]) -> list[str]:
    taken = {name for plan in plans for name in plan.takes}
    listed = ", ".join(sorted(taken)) or "none"
    return [f"input '{name}': no stage's recipe declares it, expected one of {listed}" for name in start.inputs if name not in taken]


def _slot(parent_id: int, index: int) -> str:
    return f"{parent_id}/{index}"


def _child_start(start: RunStart, index: int, clock: Clock, *, parent_id: int = 0, inputs: Mapping[str, object] | None = None) -> RunStart:
    plan = _plans(start)[index]
    options = {name: value for name, value in start.options.items() if name not in ("stages", "agents")}
    options[STAGE_OPTION] = plan.name
    if plan.agents is not None:
        options["agents"] = dict(plan.agents)
    given = {name: value for name, value in start.inputs.items() if name in plan.takes}
    return replace(
        start,
        recipe=plan.recipe,
        agent=plan.agent,
        workflow=None,
        trigger=Trigger.PARENT,
        inputs={**given, **(inputs or {})},
        options=options,
        parent_id=parent_id,
        slot=_slot(parent_id, index),
        started_at=clock.now(),
    )


def _report_of(run: Run) -> RunReport:
    return RunReport(run_id=run.id, status=run.status, simulated=run.simulated, error=run.error)


class _State:
    """What the stages have come to so far; `scope` is what later ones see."""

    def __init__(self) -> None:
        self.scope: dict[str, object] = {}
        self.simulated: list[Simulated] = []
        self.statuses: list[RunStatus] = []
        self.waits = False
        self.stopped_by: str | None = None
        self._errors: list[str] = []
        self._skipped: list[str] = []

    def end(self, plan: StagePlan, report: RunReport, outputs: Mapping[str, object]) -> None:
        self.statuses.append(report.status)
        if report.run_id:
            self.simulated.append(report.simulated)
        self.scope[plan.key] = {
            "run": report.run_id or None,
            "status": report.status.value,
            "simulated": report.simulated.value,
            "error": report.error,
            "outputs": dict(outputs),
        }
        self.waits = report.status in _STOPS
        if report.status is RunStatus.SUCCESS:
            return
        which = f" (run {report.run_id})" if report.run_id else ""
        self._errors.append(f"stage '{plan.name}'{which} {report.status.value}{': ' + report.error if report.error else ''}")
        if plan.on_error == "stop" and not self.waits:
            self.stopped_by = self.stopped_by or plan.name

    def skip(self, plan: StagePlan) -> None:
        self._skipped.append(plan.name)
        self.scope[plan.key] = {"run": None, "status": "skipped", "simulated": "no", "error": None, "outputs": {}}

    def conclude(self, clock: Clock) -> RunEnd:
        """The parent succeeds only if every stage did; it waits while one waits."""
        if self.waits:
            status = RunStatus.WAITING
        elif all(status is RunStatus.SUCCESS for status in self.statuses) and not self._skipped:
            status = RunStatus.SUCCESS
        elif RunStatus.CANCELLED in self.statuses or (self._skipped and not self._errors):
            status = RunStatus.CANCELLED
        elif set(self.statuses) <= {RunStatus.SUCCESS, RunStatus.UNVERIFIED} and not self._skipped:
            status = RunStatus.UNVERIFIED
        else:
            status = RunStatus.FAILED
        kinds = set(self.simulated)
        simulated = kinds.pop() if len(kinds) == 1 else Simulated.PARTLY if kinds else Simulated.NO
        return RunEnd(status=status, simulated=simulated, error=self._error(), finished_at=clock.now())

    def _error(self) -> str | None:
        skipped = [f"not started: {', '.join(self._skipped)}"] if self._skipped and not self.waits else []
        return "; ".join([*self._errors, *skipped]) or None
