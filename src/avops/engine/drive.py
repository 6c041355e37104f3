"""The deterministic core of a run: what comes next, and what the run amounts to.

`drive` asks `io` for everything that touches the world and decides the rest from the program and from what it was
answered. Nothing here reads a clock, a file or a random number.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.engine.io import StepError, Stopped, Suspended
from avops.engine.scope import Scope
from avops.expression import ExpressionError
from avops.model.effect import Effect, Phase
from avops.model.run import ABORTED, INTERRUPTED, RunStatus, StepIntent, StepResult, StepStatus

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence
    from datetime import datetime

    from avops.engine.io import Io
    from avops.engine.program import CompiledCall, CompiledRecipe, CompiledStep, Program
    from avops.model.run import Simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run amounts to."""

    status: RunStatus
    simulated: Simulated
    error: str | None
    outputs: Mapping[str, object]
    left: tuple[str, ...] = ()
    """What was to be taken back and was not, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An Act step that rollback may have to take back."""

    key: str
    step: CompiledStep
    driver: Driver
    """The driver of the recipe it stands in."""
    undo: CompiledCall | None
    arguments: Mapping[str, object] | None
    """The rendered arguments of the undo; None where they could not be known."""
    epoch: int
    """The life of the run in which it ended."""
    finished_at: datetime
    unknown: bool = False


@dataclass(slots=True)
class Ledger:
    """What a run has come to know of itself, across its recipes."""

    done: list[Done] = field(default_factory=list)
    passed_checks: int = 0
    conditions_simulated: bool = False
    """A check was passed on what a simulated tool said: everything after it depends on that."""
    held: set[str] = field(default_factory=set)
    """The recipes (by prefix) whose held checks were read in this life, and since the last wait or answer of a person."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How one step (or one entry of its `for_each`) went."""

    status: StepStatus
    value: object = None
    simulated: bool = False
    fresh: bool = False
    """Of a called recipe, or of a step in words: it holds something that was seen while it was done."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One step about to be done: where it stands, and what it sees."""

    driver: Driver
    step: CompiledStep
    scope: Scope
    key: str
    conditioned: bool = False
    """Whether it is done at all hangs on what a simulated tool said."""


class Driver:
    """Drives one recipe: the run's own, or one that a step calls (`prefix` then tells its steps apart)."""

    def __init__(
        self,
        program: Program,
        io: Io,
        *,
        recipe: CompiledRecipe | None = None,
        scope: Scope | None = None,
        prefix: str = "",
        outer: Frame | None = None,
    ) -> None:
        self.program = program
        self.io = io
        self.recipe = recipe or program.recipe
        self.scope = scope or Scope.of(program)
        self.ledger: Ledger = Ledger(conditions_simulated=program.after_simulated) if outer is None else outer.driver.ledger
        self.prefix = prefix
        self.outer = outer
        """The step that calls this recipe."""
        self.within = _within(outer)
        """The phase of the calling step: a called recipe changes nothing unless it is called in Act."""
        self.only_looks = False
        """Nothing but reads may be called: the run is being planned."""
        self.failed_in: Phase | None = None
        self.errors: list[str] = []
        self.has_failure = False
        minutes = self.recipe.doc.guardrails.timeout_minutes
        self.timeout = timedelta(minutes=minutes) if minutes else None
        self.started_at = program.started_at if outer is None else io.began_at(outer.key) or io.now()
        self._paused_s = 0.0 if outer is None or io.began_at(outer.key) else io.paused_s()

    @property
    def drivers(self) -> Iterator[Driver]:
        """This driver, and those of the recipes that called it, innermost first."""
        driver: Driver | None = self
        while driver is not None:
            yield driver
            driver = driver.outer.driver if driver.outer else None

    async def phases(self) -> None:
        """Runs the four phases; afterwards `failed_in`, `errors` and the ledger tell how it went."""
        for phase in Phase:
            for step in self.recipe.phases[phase]:
                if self._reached(step, phase):
                    await self._step(step)
                else:
                    await self._not_reached(step)

    def _reached(self, step: CompiledStep, phase: Phase) -> bool:
        if self.failed_in is None or step.doc.always:
            return True
        # The remaining checks, and the readings they need: the record is to be complete before rollback begins.
        looks = step.kind in ("check", "set") or (step.kind == "tool" and step.call is not None and step.call.effect is Effect.READ)
        return phase is Phase.VERIFY and self.failed_in is Phase.VERIFY and looks

    async def _not_reached(self, step: CompiledStep) -> None:
        assert self.failed_in is not None
        frame = Frame(self, step, self.scope, self.prefix + step.key)
        await self.keep(frame, StepStatus.SKIPPED, error=f"not reached: {self.failed_in.value} had failed")
        self.scope.bind(step.doc.id, step.phase, None)

    async def _step(self, step: CompiledStep) -> None:
        """One step with its `when`, its `for_each` and its `on_error`; binds its result."""
        frame = Frame(self, step, self.scope, self.prefix + step.key, conditioned=self.outer is not None and self.outer.conditioned)
        try:
            outcome = await (self._each(frame) if step.for_each is not None else self.once(frame))
        except (StepError, ExpressionError) as error:
            outcome = await self._failure(frame, error)
        if outcome.status not in (StepStatus.OK, StepStatus.SKIPPED):
            self.has_failure = True
            if step.doc.on_error == "stop":
                self.failed_in = self.failed_in or step.phase
        verifying = step.phase is Phase.VERIFY or self.within is Phase.VERIFY
        fresh = verifying and outcome.status is StepStatus.OK and _looked(frame, outcome)
        self.scope.bind(step.doc.id, step.phase, outcome.value, simulated=outcome.simulated, verified=fresh)

    async def once(self, frame: Frame) -> StepOutcome:
        """One step, or one entry of its `for_each`; a failure is an outcome, with its error kept."""
        from avops.engine.steps import perform

        step = frame.step
        try:
            if step.when is not None:
                simulated = frame.scope.is_simulated(step.when.names)
                if not step.when.test(frame.scope.values):
                    await self.keep(frame, StepStatus.SKIPPED, error=f"when is false: {step.doc.when}")
                    if simulated and step.kind not in ("tool", "notify", "set", "artifact"):
                        # What was to be judged or done first was left out on the word of a simulated tool.
                        self.ledger.conditions_simulated = True
                    return StepOutcome(StepStatus.SKIPPED, simulated=simulated)
                frame = replace(frame, conditioned=frame.conditioned or simulated)
            if step.kind not in ("tool", "notify", "recipe", "do"):
                self.recall_failure(frame)
            outcome = await perform(frame)
            # Where a simulated tool had a word in whether it was done, that it was done tells what that tool said.
            return replace(outcome, simulated=True) if frame.conditioned else outcome
        except (StepError, ExpressionError) as error:
            return await self._failure(frame, error)

    def recall_failure(self, frame: Frame) -> None:
        """Raises what an earlier life of the run ended the step with, where that was not the answer of a call.

        Time and other runs may have had a part in it: a continued run does not judge again what was judged already.
        """
        row = self.io.recall(frame.key)
        if row is not None and row.intent.tool is None and row.status is StepStatus.FAILED:
            raise StepError(row.error or "it failed", kept=True)

    async def _failure(self, frame: Frame, error: StepError | ExpressionError) -> StepOutcome:
        message = error.message if isinstance(error, ExpressionError) else str(error)
        status = (error.status if isinstance(error, StepError) else None) or StepStatus.FAILED
        self.errors.append(f"{frame.key} '{frame.step.title}': {message}")
        if not (isinstance(error, StepError) and error.kept):
            await self.keep(frame, status, error=message)
        simulated = self._is_simulated(frame)
        if simulated:
            # What follows from this failure, a rollback or another way, follows from what a simulated tool said.
            self.ledger.conditions_simulated = True
        return StepOutcome(status, simulated=simulated)

    def _is_simulated(self, frame: Frame) -> bool:
        """Whether a simulated tool has a part in how this step went."""
        step, scope = frame.step, frame.scope
        if frame.conditioned:
            return True
        if step.call is not None and (self.program.is_simulated(step.call.manifest) or scope.is_simulated(step.call.arguments.names)):
            return True
        return any(part is not None and scope.is_simulated(part.names) for part in (step.expression, step.when, step.text))

    async def _each(self, frame: Frame) -> StepOutcome:
        step = frame.step
        assert step.for_each is not None
        items = step.for_each.render(frame.scope.values)
        if not isinstance(items, list):
            raise StepError(f"for_each needs a list, got {type(items).__name__}")
        tainted = frame.scope.is_simulated(step.for_each.names)
        fresh = frame.scope.is_verified(step.for_each.names)
        gate = asyncio.Semaphore(step.doc.parallel)
        halted = False

        async def one(index: int, item: object) -> StepOutcome:
            nonlocal halted
            async with gate:
                # What an earlier life has begun is part of the record, whichever entry failed first then.
                if halted and self.io.began_at(f"{frame.key}[{index}]") is None:
                    return StepOutcome(StepStatus.PENDING)
                scope = frame.scope.with_item(item, simulated=tainted, verified=fresh)
                inner = Frame(self, step, scope, f"{frame.key}[{index}]", conditioned=frame.conditioned or tainted)
                try:
                    outcome = await self.once(inner)
                except BaseException:
                    halted = True
                    raise
                if outcome.status not in (StepStatus.OK, StepStatus.SKIPPED) and step.doc.on_error == "stop":
                    halted = True
                return outcome

        entries = [one(index, item) for index, item in enumerate(items)]
        outcomes = await _all(entries, parallel=step.doc.parallel, stops=step.doc.on_error == "stop")
        value = [{"item": item, "status": done.status.value, "result": done.value} for item, done in zip(items, outcomes, strict=True)]
        ok = all(outcome.status in (StepStatus.OK, StepStatus.SKIPPED) for outcome in outcomes)
        simulated = tainted or any(outcome.simulated for outcome in outcomes)
        seen = bool(outcomes) and all(outcome.fresh for outcome in outcomes)
        return StepOutcome(StepStatus.OK if ok else StepStatus.FAILED, value, simulated, seen)

    async def keep(
        self, frame: Frame, status: StepStatus, *, error: str | None = None, value: object = None, note: str | None = None
    ) -> None:
        """Keeps the row of a step that touched nothing outside; raises Stopped when a person interrupted the run there."""
        intent = self.intent(frame.step, frame.key)
        result = StepResult(key=frame.key, status=status, value=value, error=error, finished_at=self.io.now(), note=note)
        self.check_stopped(await self.io.record(intent, result))

    def intent(self, step: CompiledStep, key: str, **more: object) -> StepIntent:
        """The intent of a step at a key."""
        fields: dict[str, object] = {"phase": step.phase.value, "kind": step.kind, "step_id": step.doc.id, "name": step.title}
        fields.update(more)
        return StepIntent(key=key, started_at=self.io.now(), **fields)  # type: ignore[arg-type]  # the fields are gathered by kind

    def remaining_s(self, key: str, attempt: int = 1) -> float:
        """How long the run, and each recipe on the way to this one, may still take; StepError when one took too long.

        There is no end to the time for an attempt of which an earlier life of the run knows how it went.
        """
        if self.io.recalls(key, attempt):
            return float("inf")
        left_s = float("inf")
        for driver in self.drivers:
            if driver.timeout is not None:
                paused_s = self.io.paused_s() - driver._paused_s
                own_s = (driver.started_at + driver.timeout - self.io.now()).total_seconds() + paused_s
                if own_s <= 0:
                    minutes = driver.recipe.doc.guardrails.timeout_minutes
                    raise StepError(f"the run has taken longer than its {minutes:g} minutes")
                left_s = min(left_s, own_s)
        return left_s

    @staticmethod
    def check_stopped(result: StepResult) -> None:
        """Raises Stopped when a person cut this step short."""
        if result.note == ABORTED:
            raise Stopped("a person ended the run", unknown=True)
        if result.status is StepStatus.CANCELLED or result.note == INTERRUPTED:
            raise Stopped("interrupted by a person", unknown=result.status is StepStatus.UNKNOWN)


def _within(outer: Frame | None) -> Phase | None:
    if outer is None:
        return None
    return outer.driver.within if outer.driver.within not in (None, Phase.ACT) else outer.step.phase


def _looked(frame: Frame, outcome: StepOutcome) -> bool:
    """True when a step of Verify brought something that was seen there; what was computed is as fresh as its sources."""
    step = frame.step
    if step.for_each is not None and not outcome.value:
        return False
    if step.kind == "set":
        computed = [value.names for value in step.values.values() if value.names]
        return bool(computed) and all(frame.scope.is_verified(names) for names in computed)
    if step.kind == "tool":
        return step.call is not None and step.call.effect is Effect.READ
    return outcome.fresh if step.kind in ("do", "recipe") else step.kind == "ask"


async def _all(coroutines: list[Coroutine[object, object, StepOutcome]], *, parallel: int, stops: bool) -> list[StepOutcome]:
    """All outcomes in order; every coroutine has ended before the first exception is raised.

    With `stops`, an entry that waits for a person is given up when another has failed: rollback does not wait for people.
    """
    settled: list[StepOutcome | BaseException] = []
    if parallel == 1:
        waiting = iter(coroutines)
        for coroutine in waiting:
            try:
                settled.append(await coroutine)
            except (Stopped, Suspended) as error:
                settled.append(error)
            except BaseException:
                for rest in waiting:
                    rest.close()
                raise
    else:
        settled.extend(await asyncio.gather(*coroutines, return_exceptions=True))
    # A person who ends the run comes before one who is waited for, and an error of the engine before both.
    if stops and any(isinstance(one, StepOutcome) and one.status not in (StepStatus.OK, StepStatus.SKIPPED) for one in settled):
        settled = [StepOutcome(StepStatus.PENDING) if isinstance(one, Suspended) else one for one in settled]
    failures = [one for one in settled if isinstance(one, BaseException)]
    if failures:
        raise min(failures, key=lambda failure: (isinstance(failure, Suspended), isinstance(failure, Stopped)))
    return [one for one in settled if isinstance(one, StepOutcome)]


async def drive(program: Program, io: Io) -> Outcome:
    """What a run of this program amounts to. Raises Suspended when it must wait for a person."""
    from avops.engine.rollback import roll_back

    driver = Driver(program, io)
    stopped: Stopped | None = None
    try:
        await driver.phases()
    except Stopped as stop:
        stopped = stop
    if (reason := io.cancelled()) is not None:
        stopped = Stopped(reason)
    errors: list[str] = []
    rollback_on: Sequence[str] = driver.recipe.doc.guardrails.rollback_on
    if stopped is not None or (driver.failed_in is not None and driver.failed_in.value in rollback_on):
        errors = await roll_back(driver)
    return conclude(driver, stopped, errors)


def conclude(driver: Driver, stopped: Stopped | None, rollback_errors: Sequence[str]) -> Outcome:
    """The status, and the error in the order a reader needs it: what went wrong, then what was not taken back."""
    ledger = driver.ledger
    errors = [*([str(stopped)] if stopped else []), *driver.errors, *rollback_errors]
    outputs: dict[str, object] = {}
    if stopped is not None:
        status = RunStatus.CANCELLED
    elif driver.has_failure:
        status = RunStatus.FAILED
    elif ledger.passed_checks == 0:
        status = RunStatus.UNVERIFIED
        errors.append("nothing that Verify read was checked")
    else:
        status = RunStatus.SUCCESS
    if status is RunStatus.SUCCESS:
        try:
            outputs = {name: expression.evaluate(driver.scope.values) for name, expression in driver.recipe.outputs.items()}
        except ExpressionError as error:
            status = RunStatus.FAILED
            errors.append(f"outputs: {error.message}")
    return Outcome(
        status=status, simulated=driver.io.simulated(), error="; ".join(errors) or None, outputs=outputs, left=tuple(rollback_errors)
    )
