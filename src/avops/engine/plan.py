"""`avops plan`: Intake and Plan for real, then exactly what Act would do.

Nothing outside is changed: of Intake and Plan only what reads is called, everything else is said. A call of Act is
rendered from what was read; where its arguments hang on a step that was not done, they are shown as they are written.

A plan can be carried out later (`avops run --plan FILE`): the run then makes only calls that stand in it, letter for
letter, and refuses any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from avops.engine import calls
from avops.engine.drive import Driver, Frame
from avops.engine.io import StepError, Suspended
from avops.expression import ExpressionError
from avops.model.effect import Effect, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.engine.io import Io
    from avops.engine.program import CompiledStep, Program

Label = Literal["failed", "read", "skipped", "would ask", "would run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step of a plan."""

    key: str
    phase: str
    name: str
    kind: str
    label: Label
    tool: str | None = None
    effect: str | None = None
    arguments: Mapping[str, object] | None = None
    undo: object = None
    approval: str | None = None
    hash: str | None = None
    """Of the rendered call; None where it cannot be known yet."""
    note: str | None = None

    def as_data(self) -> dict[str, object]:
        """The step as `--json` shows it."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


@dataclass(slots=True)
class PlanView:
    """What a run would do now."""

    steps: list[PlannedStep] = field(default_factory=list)
    problem: str | None = None
    """Why Act would not be reached."""


class Planner:
    """Looks ahead over one program."""

    def __init__(self, program: Program, io: Io) -> None:
        self._program = program
        self._driver = Driver(program, io)
        self._driver.only_looks = True
        self._ahead_driver = Driver(program, io)
        """For what is only said: it may call what the run may."""
        self._undone: set[str] = set()
        """Ids whose value is not known, because their step was not done."""
        self.view = PlanView()

    async def run(self) -> PlanView:
        """The plan. What fails on the way is said, and ends it."""
        for phase in (Phase.INTAKE, Phase.PLAN):
            for step in self._program.recipe.phases[phase]:
                if self.view.problem is None:
                    await self._look(step)
        for phase in (Phase.ACT, Phase.VERIFY):
            for step in self._program.recipe.phases[phase]:
                self.view.steps.extend(self._ahead(step))
        return self.view

    async def _look(self, step: CompiledStep) -> None:
        frame = Frame(self._driver, step, self._driver.scope, step.key)
        if not self._only_looks(frame):
            self.view.steps.extend(self._ahead(step))
            return
        if self._hangs_on_undone(step):
            self.view.steps.append(self._planned(step, "would run", note="hangs on a step that was not done"))
            self._forget(step)
            return
        errors = len(self._driver.errors)
        outcome = await self._driver.once(frame)
        self._driver.scope.bind(step.doc.id, step.phase, outcome.value, simulated=outcome.simulated)
        label: Label = {"ok": "read", "skipped": "skipped"}.get(outcome.status.value, "failed")  # type: ignore[assignment]  # the values are labels
        note = "; ".join(self._driver.errors[errors:]) or None
        self.view.steps.append(self._planned(step, label, note=note))
        if label == "failed" and step.doc.on_error == "stop":
            self.view.problem = note

    def _ahead(self, step: CompiledStep) -> Iterator[PlannedStep]:
        """What a step would do, without doing it."""
        scope = self._driver.scope
        try:
            if step.when is not None and not self._is_undone(step.when.names) and not step.when.test(scope.values):
                scope.bind(step.doc.id, step.phase, None)
                yield self._planned(step, "skipped", note=f"when is false: {step.doc.when}")
                return
            if step.for_each is not None and not self._is_undone(step.for_each.names):
                items = step.for_each.render(scope.values)
                for index, item in enumerate(items if isinstance(items, list) else []):
                    inner = scope.with_item(item, simulated=False)
                    yield self._call(Frame(self._driver, step, inner, f"{step.key}[{index}]"))
            else:
                yield self._call(Frame(self._driver, step, scope, step.key))
        except (ExpressionError, StepError) as error:
            yield self._planned(step, "failed", note=error.message if isinstance(error, ExpressionError) else str(error))
        self._forget(step)

    def _only_looks(self, frame: Frame) -> bool:
        """True for steps that may be done while planning: they read, compute, or judge what was read; a model may, where there is one."""
        step = frame.step
        if step.kind in ("check", "set"):
            return True
        if step.kind in ("confirm", "do"):
            return step.for_each is None and self._is_for_model(frame)
        return step.kind == "tool" and step.call is not None and step.call.effect is Effect.READ

    def _is_for_model(self, frame: Frame) -> bool:
        """True for a step in words that the model does; what it has nothing to judge by is for a person."""
        step = frame.step
        if step.kind not in ("confirm", "do") or not self._driver.io.has_model(frame.key):
            return False
        return step.kind == "do" or step.call is not None or step.phase is Phase.VERIFY or bool(calls.readings(frame))

    def _by_model(self, frame: Frame) -> str:
        """What can be said beforehand of a step that the model does: which calls it may ask for."""
        from avops.engine.agent_tools import Toolset

        if frame.step.kind == "confirm":
            return "the agent's model judges it when the run gets there"
        allowed = Toolset(replace(frame, driver=self._ahead_driver)).references
        return f"the agent's model decides at run time; allowed: {', '.join(allowed) or 'no tool'}"

    def _call(self, frame: Frame) -> PlannedStep:
        step, call = frame.step, frame.step.call
        if self._is_for_model(frame):
            approval = getattr(step.doc, "approval", None)
            return self._planned(step, "would run", key=frame.key, approval=approval, note=self._by_model(frame))
        if step.kind in ("manual", "ask", "approve", "confirm", "do"):
            return self._planned(step, "would ask", key=frame.key)
        if call is None or step.kind not in ("tool", "notify"):
            return self._planned(step, "would run", key=frame.key)
        must_ask, role = calls.required_role(frame, call)
        approval = (role or "a person") if must_ask else None
        if self._is_undone(call.arguments.names) or (step.for_each is not None and "[" not in frame.key):
            note = "its arguments hang on a step that was not done"
            return self._planned(step, "would run", key=frame.key, approval=approval, note=note)
        rendered = calls.render(frame, call)
        calls.check_call(frame, rendered)
        undo = getattr(step.doc, "undo", None)
        if step.undo is not None and not self._is_undone(step.undo.arguments.names):
            undo = calls.render(frame, step.undo).as_data()
        elif step.undo is not None:
            undo = step.undo.reference
        planned = self._planned(step, "would run", key=frame.key, approval=approval)
        return replace(planned, arguments=dict(rendered.arguments), undo=undo, hash=rendered.hash)

    def _planned(
        self, step: CompiledStep, label: Label, *, key: str | None = None, approval: str | None = None, note: str | None = None
    ) -> PlannedStep:
        call = step.call
        return PlannedStep(
            key=key or step.key,
            phase=step.phase.value,
            name=step.title,
            kind=step.kind,
            label=label,
            tool=call.reference if call else None,
            effect=call.effect.value if call else None,
            approval=approval,
            note=note,
        )

    def _forget(self, step: CompiledStep) -> None:
        if step.doc.id is not None:
            self._undone.add(step.doc.id)

    def _hangs_on_undone(self, step: CompiledStep) -> bool:
        parts = (step.when, step.for_each, step.expression, step.text, step.call.arguments if step.call else None, *step.values.values())
        return any(part is not None and self._is_undone(part.names) for part in parts)

    def _is_undone(self, names: object) -> bool:
        from avops.engine.scope import root

        return any(root(name) in self._undone for name in names)  # type: ignore[attr-defined]  # a tuple of name uses


async def look_ahead(program: Program, io: Io) -> PlanView:
    """What a run of this program would do now."""
    planner = Planner(program, io)
    try:
        return await planner.run()
    except Suspended as suspended:
        planner.view.problem = f"it would wait for a person: {suspended}"
        return planner.view


def expected_calls(steps: list[dict[str, object]]) -> dict[str, str]:
    """The calls a plan allows: the hash of each by its key."""
    return {str(step["key"]): str(step["hash"]) for step in steps if step.get("hash") is not None}
