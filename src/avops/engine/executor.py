"""Starts and continues runs in this process."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.engine.continuing import (
    anyway_row,
    cancel_row,
    is_ending,
    last_seen,
    leave_interrupted,
    meanwhile,
    overtaken,
    require_open,
    told_why,
    words_for,
)
from avops.engine.drive import drive
from avops.engine.gates import may_decide_of, window_gate
from avops.engine.inputs import complete, is_reference, without_secrets
from avops.engine.interruption import Interruption
from avops.engine.io import Suspended
from avops.engine.local import LocalIo
from avops.engine.preflight import Prepared, prepare, problems_of_start, program_of, timezone_of
from avops.engine.program import Problem
from avops.engine.redaction import Redactor
from avops.engine.request import load_bundle, phase_agents
from avops.engine.room_hold import RoomHold
from avops.engine.stage_outputs import OUTPUTS_KEY, keeps_outputs, outputs_in, outputs_row
from avops.errors import AvopsError
from avops.model.run import ABORTED, LOST, RunEnd, RunStatus, Simulated, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from avops.engine.artifacts import ArtifactFiles
    from avops.engine.continuing import Words
    from avops.engine.plan import PlanView
    from avops.engine.program import Program
    from avops.engine.request import Bundle
    from avops.model.agent import Agent
    from avops.model.effect import Phase
    from avops.model.run import RunStart, StepRecord
    from avops.model.tool import ToolBase
    from avops.ports import Clock, Listener, Model, Person, RunStore, SecretSource, Tool


MAX_KNOWN = 64
"""Compiled sets of documents kept at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How a run stands when the executor lets go of it."""

    run_id: int
    status: RunStatus
    simulated: Simulated = Simulated.NO
    error: str | None = None
    problems: tuple[Problem, ...] = ()
    outputs: Mapping[str, object] | None = None
    left: tuple[str, ...] = ()
    """What rollback could not take back, a sentence each."""


class LocalExecutor:
    """Runs recipes in this process, any number at once."""

    def __init__(
        self,
        *,
        store: RunStore,
        clock: Clock,
        tool: Callable[[ToolBase, bool], Tool],
        files: ArtifactFiles,
        secrets: SecretSource,
        known_secrets: Callable[[], Iterable[str]],
        listener: Listener,
        process: str,
        person: Person | None = None,
        interruption: Interruption | None = None,
        tool_problems: Callable[[ToolBase], Iterable[Problem]] = lambda _: (),
        booked: Callable[[str, Mapping[str, object], datetime, str], datetime | None] | None = None,
        model: Callable[[], Model | None] = lambda: None,
    ) -> None:
        """`booked` tells of a room (its key, its row, now, its time zone) until when somebody has it. `model` gives the
        model of `do` and `confirm` steps when one is first needed; without one they are for people."""
        self._store = store
        self._clock = clock
        self._tool = tool
        self._files = files
        self._secrets = secrets
        self._known_secrets = known_secrets
        self._listener = listener
        self._process = process
        self._person = person
        self._interruption = interruption or Interruption()
        self._tool_problems = tool_problems
        self._booked = booked
        self._model = model
        self._known: dict[tuple[object, ...], tuple[Mapping[str, str], Prepared]] = {}

    async def start(self, start: RunStart, secret_inputs: Mapping[str, str] | None = None) -> RunReport:
        """Runs to the end, or to where a person is needed. A run that may not start is recorded as `refused`."""
        start = replace(start, process=self._process)
        prepared = self._prepared(start)
        start, secret = without_secrets(prepared.bundle.recipe.inputs, start, secret_inputs or {})
        redactor = self._redactor(prepared.bundle, secret)
        inputs, problems = self._inputs(prepared.bundle, start, secret)
        problems += [*prepared.problems, *prepared.foreseen, *problems_of_start(start, prepared, self._clock.now(), self._tool_problems)]
        if problems:
            problems = [replace(problem, message=redactor.text(problem.message)) for problem in problems]
            reasons = [str(problem) for problem in problems]
            run_id = await self._store.refuse_run(start, reasons)
            return RunReport(run_id=run_id, status=RunStatus.REFUSED, error="; ".join(reasons), problems=tuple(problems))
        run_id = await self._store.create_run(start)
        self._listener.run_started(run_id, start)
        program = program_of(prepared, start, inputs, _run_scope(start, run_id))
        return await self._drive(run_id, start, program, self._io(run_id, start, program, prepared.bundle, redactor))

    async def plan(self, start: RunStart, secret_inputs: Mapping[str, str] | None = None) -> tuple[PlanView, list[Problem]]:
        """What a run would do now, or every problem that keeps it from starting. Only what reads is called."""
        from avops.engine.plan import PlanView, look_ahead

        start = replace(start, process=self._process)
        prepared = self._prepared(start)
        start, secret = without_secrets(prepared.bundle.recipe.inputs, start, secret_inputs or {})
        inputs, problems = self._inputs(prepared.bundle, start, secret)
        problems += [*prepared.problems, *prepared.foreseen, *problems_of_start(start, prepared, self._clock.now(), self._tool_problems)]
        if problems:
            return PlanView(), problems
        run_id = await self._store.create_run(start)
        program = program_of(prepared, start, inputs, _run_scope(start, run_id))
        io = self._io(run_id, start, program, prepared.bundle, self._redactor(prepared.bundle, secret), lock_room=False)
        view = await look_ahead(program, io)
        await io.settle()
        return view, []

    def _prepared(self, start: RunStart) -> Prepared:
        """The start's documents, read and compiled once however many runs start from them."""
        key = (id(start.texts), start.recipe, tuple(phase_agents(start).values()))
        known = self._known.get(key)
        if known is None or known[0] is not start.texts:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            known = self._known[key] = (start.texts, prepare(load_bundle(start)))
        return known[1]

    async def resume(
        self,
        run_id: int,
        *,
        unknown: Words = None,
        by: str = "",
        secret_inputs: Mapping[str, str] | None = None,
        today: Mapping[Phase, Agent] | None = None,
        anyway: str | None = None,
        cancel: str | None = None,
    ) -> RunReport:
        """Goes on after the last finished step. `unknown` says what became of a step that nobody saw end:
        "redo", "done" or "abort", for all such steps or by key; UsageError when that is needed and not said.

        With `cancel`, the reason of a person, the run is only taken back, and ends as `cancelled`. Where another run has
        written to the room meanwhile, AvopsError unless `anyway` gives a person's reason to go on all the same.
        """
        run, start = self._store.run(run_id), self._store.start(run_id)
        require_open(run, cancelling=cancel is not None)
        bundle = load_bundle(start)
        journal = self._store.steps(run_id)
        ending = is_ending(journal, self._store.decisions(run_id))
        if cancel is None and not words_for(run_id, journal, unknown) and unknown == "abort" and not ending:
            cancel = ""  # there is no step to say it of, so it is said of the run
        ending = ending or cancel is not None or unknown == "abort"
        prepared = prepare(bundle, today)
        later = meanwhile(self._store, run, journal, prepared.recipe, ending=ending)
        if later is not None and anyway is None:
            raise overtaken(run, later)
        inputs, problems = self._inputs(bundle, start, secret_inputs or {})
        problems += [*prepared.problems, *self._problems(start, prepared, ending)]
        if problems:
            listed = "; ".join(str(problem) for problem in problems)
            raise AvopsError(f"run {run_id} cannot go on: {listed}", hint=next((p.hint for p in problems if p.hint), None))
        program = program_of(prepared, start, inputs, _run_scope(start, run_id), today)
        now = self._clock.now()
        paused_s = run.paused_s + max(0.0, (now - last_seen(run.finished_at, journal, run.started_at)).total_seconds())
        epoch = await self._store.continue_run(run_id, process=self._process, now=now, paused_s=paused_s)
        if epoch is None:
            raise AvopsError(f"run {run_id} is already going on elsewhere", hint=f"avops runs show {run_id}")
        redactor = self._redactor(bundle, secret_inputs or {})
        try:
            if later is not None and anyway is not None:
                await self._store.record_step(run_id, *anyway_row(journal, later, by, redactor.text(anyway), now))
            if cancel is not None:
                await self._store.record_step(run_id, *cancel_row(journal, by, redactor.text(cancel), now))
            else:
                await self._keep_words(run_id, unknown, by)
            journal = self._store.steps(run_id)
        except AvopsError as error:
            # The run is this process's by now: left as it is, it would be `running` for as long as the process lives.
            await leave_interrupted(self._store, run_id, error, self._clock.now())
            raise
        self._listener.run_started(run_id, start)
        guarded = epoch if anyway is None else None
        io = self._io(run_id, start, program, bundle, redactor, journal=journal, epoch=epoch, paused_s=paused_s, guarded_epoch=guarded)
        return await self._drive(run_id, start, program, io)

    def _problems(self, start: RunStart, prepared: Prepared, rolling_back: bool) -> Iterator[Problem]:
        """What keeps a run from going on. One that is being taken back is stopped by no window."""
        for problem in problems_of_start(start, prepared, self._clock.now(), self._tool_problems):
            if not (rolling_back and problem.passes):
                yield problem

    async def _keep_words(self, run_id: int, unknown: Words, by: str) -> None:
        """Keeps what a person says of the steps that nobody saw end. The journal is read again: it may have moved on."""
        for row, word in words_for(run_id, self._store.steps(run_id), unknown):
            await self._word(run_id, row, word, by)

    def secret_inputs(self, start: RunStart) -> set[str]:
        """The names of the recipe's inputs that are secret."""
        return {name for name, spec in self._prepared(start).bundle.recipe.inputs.items() if spec.secret}

    @property
    def is_interrupted(self) -> bool:
        """True when a person has interrupted this process: nothing new is to be started."""
        return self._interruption.level > 0

    def outputs_of(self, run_id: int) -> dict[str, object]:
        """The outputs that a run kept, without secrets; empty when it has none."""
        row = next((row for row in reversed(self._store.steps(run_id)) if row.intent.key == OUTPUTS_KEY), None)
        return {} if row is None else outputs_in(row.value, self._files)

    def start_of(self, run_id: int) -> RunStart:
        """What a run started from."""
        return self._store.start(run_id)

    async def _word(self, run_id: int, row: StepRecord, word: str, by: str) -> None:
        """Keeps what a person says of a step that nobody saw end."""
        status = {"redo": StepStatus.FAILED, "done": StepStatus.OK, "abort": StepStatus.UNKNOWN}[word]
        said = {"redo": LOST, "done": None, "abort": f"{LOST}; a person ended the run"}[word]
        result = StepResult(
            key=row.intent.key,
            attempt=row.intent.attempt,
            status=status,
            error=said,
            finished_at=self._clock.now(),
            actor=by,
            note=ABORTED if word == "abort" else f"a person said: {word}",
        )
        await self._store.finish_step(run_id, result)

    def _inputs(self, bundle: Bundle, start: RunStart, given: Mapping[str, str]) -> tuple[dict[str, object], list[Problem]]:
        values: dict[str, object] = {**start.inputs, **given}
        missing: list[Problem] = []
        for name, spec in bundle.recipe.inputs.items():
            value = values.get(name)
            if spec.secret and isinstance(value, str) and is_reference(value):
                try:
                    values[name] = self._secrets.resolve(value)
                except AvopsError as error:
                    missing.append(Problem(message=error.message, hint=error.hint))
        complete_values, problems = complete(bundle.recipe.inputs, values)
        return complete_values, missing + problems

    def _redactor(self, bundle: Bundle, given: Mapping[str, str]) -> Redactor:
        own = tuple(given.values())
        return Redactor(lambda: (*self._known_secrets(), *own), bundle.settings.policy.redact)

    def _io(
        self,
        run_id: int,
        start: RunStart,
        program: Program,
        bundle: Bundle,
        redactor: Redactor,
        *,
        journal: list[StepRecord] | None = None,
        epoch: int = 0,
        paused_s: float = 0.0,
        guarded_epoch: int | None = None,
        lock_room: bool = True,
    ) -> LocalIo:
        tools = {manifest.name: manifest for manifest in bundle.tools.values()}
        mocked = program.mocked

        def tool(name: str) -> Tool:
            return self._tool(tools[name], mocked is None or name in mocked)

        return LocalIo(
            run_id,
            store=self._store,
            clock=self._clock,
            tool=tool,
            files=self._files,
            redactor=redactor,
            listener=self._listener,
            person=self._person,
            interruption=self._interruption,
            gate=window_gate(timezone_of(start, bundle)),
            booked=self._booked_of(start, timezone_of(start, bundle)),
            may_decide=may_decide_of(bundle, start),
            model=self._model,
            not_ready=self._not_ready(tools),
            room=self._room_hold(run_id, start.room, guarded_epoch)
            if lock_room and start.room is not None and mocked is not None
            else None,
            journal=journal or (),
            decisions=self._store.decisions(run_id) if journal else (),
            artifacts=self._store.artifacts(run_id) if journal else (),
            epoch=epoch,
            paused_s=paused_s,
        )

    def _not_ready(self, tools: Mapping[str, ToolBase]) -> Callable[[str], str | None]:
        """Why a tool must not be called: what is looked at before the start for the tools that a recipe names."""

        def not_ready(name: str) -> str | None:
            problem = next(iter(self._tool_problems(tools[name])), None)
            if problem is None:
                return None
            return problem.message + (f" ({problem.hint})" if problem.hint else "")

        return not_ready

    def _booked_of(self, start: RunStart, timezone: str) -> Callable[[datetime], datetime | None] | None:
        booked, room = self._booked, start.room
        if booked is None or room is None:
            return None
        return lambda now: booked(room, start.room_values or {}, now, timezone)

    def _room_hold(self, run_id: int, room: str, guarded_epoch: int | None) -> RoomHold:
        return RoomHold(
            room,
            run_id,
            process=self._process,
            store=self._store,
            clock=self._clock,
            listener=self._listener,
            interruption=self._interruption,
            guarded_epoch=guarded_epoch,
        )

    async def _drive(self, run_id: int, start: RunStart, program: Program, io: LocalIo) -> RunReport:
        try:
            end, report = await self._driven(run_id, start, program, io)
        except Exception as error:
            await self._give_up(run_id, io, error)
            raise
        self._listener.run_ended(run_id, end)
        return report

    async def _driven(self, run_id: int, start: RunStart, program: Program, io: LocalIo) -> tuple[RunEnd, RunReport]:
        outputs: Mapping[str, object] | None = None
        left: tuple[str, ...] = ()
        try:
            outcome = await drive(program, io)
            left = outcome.left
            if keeps_outputs(start) and outcome.outputs:
                await io.record(*outputs_row(outcome.outputs, io.now()))
            end = RunEnd(
                status=outcome.status,
                simulated=outcome.simulated,
                error=None if outcome.error is None else io.hide(outcome.error),
                finished_at=io.now(),
                paused_s=io.paused_s(),
            )
            shown = io.hidden(dict(outcome.outputs))
            outputs = shown if isinstance(shown, dict) else {}
            if outcome.status is RunStatus.CANCELLED:
                end = replace(end, error=told_why(self._store.steps(run_id), end.error))
        except Suspended:
            end = RunEnd(status=RunStatus.WAITING, simulated=io.simulated(), finished_at=io.now(), paused_s=io.paused_s())
        await io.release_room()
        await io.settle()
        await self._store.end_run(run_id, end)
        return end, RunReport(run_id=run_id, status=end.status, simulated=end.simulated, error=end.error, outputs=outputs, left=left)

    async def _give_up(self, run_id: int, io: LocalIo, error: Exception) -> None:
        """Leaves a run whose store or engine failed as `interrupted`, if that can still be kept; else its lock tells so later."""
        told = io.hide(error.message if isinstance(error, AvopsError) else f"{type(error).__name__}: {error}")
        end = RunEnd(status=RunStatus.INTERRUPTED, simulated=io.simulated(), error=told, finished_at=io.now(), paused_s=io.paused_s())
        with suppress(AvopsError):
            await self._store.end_run(run_id, end)
            self._listener.run_ended(run_id, end)


def _run_scope(start: RunStart, run_id: int) -> dict[str, object]:
    return {
        "id": run_id,
        "recipe": start.recipe,
        "workflow": start.workflow,
        "trigger": start.trigger.value,
        "started_by": start.started_by,
        "started_at": start.started_at.isoformat(),
    }
