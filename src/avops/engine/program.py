"""A run's documents, compiled: every expression parsed once, every call with its manifest beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.expression import Expression, Template, Value, parse_expression, parse_template, parse_value
from avops.model.duration import duration_s
from avops.model.effect import Effect, Phase
from avops.model.step import (
    ApproveStep,
    ArtifactStep,
    AskStep,
    Call,
    CheckStep,
    ConfirmStep,
    DoStep,
    ManualStep,
    NotifyStep,
    RecipeStep,
    SetStep,
    ToolStep,
    Until,
    WaitStep,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from avops.model.agent import Agent
    from avops.model.recipe import Recipe
    from avops.model.settings import Policy
    from avops.model.step import StepOptions
    from avops.model.tool import ActionBase, ToolBase

MAX_DEPTH = 5
"""How deep recipes may call recipes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCall:
    """One call of an action, its arguments still templates."""

    tool: str
    action: str
    manifest: ToolBase
    spec: ActionBase
    arguments: Value
    written: Mapping[str, object] = field(default_factory=dict)
    """The arguments as they are written, templates and all."""

    @property
    def reference(self) -> str:
        """TOOL.ACTION."""
        return f"{self.tool}.{self.action}"

    @property
    def effect(self) -> Effect:
        """What the action does to the world."""
        return self.spec.effect


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledStep:
    """A step with its expressions parsed. Which of the optional parts are there depends on its kind."""

    doc: StepOptions
    kind: str
    phase: Phase
    index: int
    title: str
    when: Expression | None = None
    for_each: Value | None = None
    call: CompiledCall | None = None
    """What a `tool` or `notify` step calls, or the reading of a `check`, `confirm` or `wait`."""
    undo: CompiledCall | None = None
    expression: Expression | None = None
    """Of `check`, and of `wait: {until: …}`."""
    text: Template | None = None
    """Of `ask`, `do`, `manual` and `confirm`."""
    values: Mapping[str, Expression | Value] = field(default_factory=dict)
    """Of `set`, `artifact`, and the inputs of `recipe`."""
    child: CompiledRecipe | None = None
    timeout_s: float | None = None

    @property
    def key(self) -> str:
        """The step's address inside its recipe."""
        return f"{self.phase.value}.{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRecipe:
    """A recipe's steps by phase, its rollback actions and its outputs."""

    doc: Recipe
    phases: Mapping[Phase, tuple[CompiledStep, ...]]
    rollback_actions: tuple[CompiledStep, ...]
    outputs: Mapping[str, Expression]

    def steps(self) -> tuple[CompiledStep, ...]:
        """All steps in order."""
        return tuple(step for phase in Phase for step in self.phases[phase])


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Everything `drive` decides from."""

    recipe: CompiledRecipe
    agents: Mapping[Phase, Agent]
    narrowed: Mapping[Phase, Agent]
    """Today's agents, where a continued run finds them changed: a call needs the leave of both."""
    inputs: Mapping[str, object]
    room: Mapping[str, object] | None
    run: Mapping[str, object]
    started_at: datetime
    policy: Policy
    mocked: frozenset[str] | None = frozenset()
    """Tools answered from their manifests; None means all of them."""
    planned: Mapping[str, str] | None = None
    """The calls that may change something, by key, as hashes of what was planned; None allows any."""
    override: str | None = None
    """Why the run may write although the room is booked; kept with the run."""
    after_simulated: bool = False
    """It stands on runs before it (stages) that were simulated, wholly or partly: so does every write."""
    ask_writes: bool = False
    """Every write is asked for one by one: a draft, or a call that a person typed."""
    ask_records: bool = False
    """So is everything that makes a record for people: an article that is published."""
    tools: Mapping[str, ToolBase] = field(default_factory=dict)
    """All tools of the run's documents: what an agent's model may choose from."""

    def is_simulated(self, manifest: ToolBase) -> bool:
        """True when calls of this tool reach no real device or service."""
        return self.is_mocked(manifest) or manifest.simulated

    def is_mocked(self, manifest: ToolBase) -> bool:
        """True when this tool is answered from its manifest."""
        return self.mocked is None or manifest.name in self.mocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong before the start: which step, what, and what mends it."""

    message: str
    hint: str | None = None
    key: str | None = None
    passes: bool = False
    """It passes with time, and does not stand against taking a run back."""

    def __str__(self) -> str:
        return f"{self.key}: {self.message}" if self.key else self.message


class Compiler:
    """Compiles recipes against the tools and recipes at hand, and collects all problems on the way."""

    def __init__(self, tools: Mapping[str, ToolBase], recipes: Mapping[str, Recipe]) -> None:
        self.tools = {name.casefold(): tool for name, tool in tools.items()}
        self.recipes = {name.casefold(): recipe for name, recipe in recipes.items()}
        self.problems: list[Problem] = []
        self._stack: list[str] = []

    def recipe(self, doc: Recipe, *, prefix: str = "") -> CompiledRecipe:
        """The compiled recipe; what could not be compiled is left out and stands in `problems`."""
        self._stack.append(doc.name.casefold())
        phases = {phase: tuple(self._step(step, phase, index, prefix) for index, step in enumerate(doc.phase(phase))) for phase in Phase}
        actions = doc.guardrails.rollback_actions
        rollback = tuple(self._step(step, Phase.ACT, index, f"{prefix}rollback/") for index, step in enumerate(actions))
        outputs = {name: parsed for name, text in doc.outputs.items() if (parsed := self._expression(text, f"{prefix}outputs.{name}"))}
        self._stack.pop()
        return CompiledRecipe(doc=doc, phases=phases, rollback_actions=rollback, outputs=outputs)

    def _step(self, doc: StepOptions, phase: Phase, index: int, prefix: str) -> CompiledStep:
        at = f"{prefix}{phase.value}.{index}"
        parts: dict[str, object] = {"when": self._expression(doc.when, at), "for_each": None}
        if doc.for_each is not None:
            parts["for_each"] = self._value(doc.for_each, at)
        if doc.timeout:
            parts["timeout_s"] = duration_s(doc.timeout)
        kind, own, title = self._own_parts(doc, at)
        parts.update(own)
        return CompiledStep(doc=doc, kind=kind, phase=phase, index=index, title=doc.name or title, **parts)  # type: ignore[arg-type]  # the parts are gathered by kind

    def _own_parts(self, doc: StepOptions, at: str) -> tuple[str, dict[str, object], str]:
        match doc:
            case ToolStep():
                undo = self._call(doc.undo, at) if isinstance(doc.undo, Call) else None
                return "tool", {"call": self._call(Call(tool=doc.tool, **{"with": doc.with_}), at), "undo": undo}, doc.tool
            case CheckStep():
                return "check", {"expression": self._expression(doc.check, at), "call": self._reading(doc.reading, at)}, doc.check
            case ConfirmStep():
                return "confirm", {"text": self._text(doc.confirm, at), "call": self._reading(doc.reading, at)}, doc.confirm
            case AskStep():
                return "ask", {"text": self._text(doc.ask, at)}, doc.ask
            case DoStep():
                undo = self._call(doc.undo, at) if isinstance(doc.undo, Call) else None
                return "do", {"text": self._text(doc.do, at), "undo": undo}, doc.do
            case ManualStep():
                return "manual", {"text": self._text(doc.manual, at)}, doc.manual
            case ApproveStep():
                return "approve", {"text": self._text(doc.name or f"approve as {doc.approve}", at)}, f"approve as {doc.approve}"
            case WaitStep():
                if isinstance(doc.wait, Until):
                    until = self._expression(doc.wait.until, at)
                    return "wait", {"expression": until, "call": self._reading(doc.wait.reading, at)}, f"wait until {doc.wait.until}"
                return "wait", {}, f"wait {doc.wait}"
            case NotifyStep():
                return "notify", {"call": self._notification(doc.notify, at)}, f"notify {next(iter(doc.notify))}"
            case RecipeStep():
                inputs = {name: self._value(value, at) for name, value in doc.with_.items()}
                return "recipe", {"values": inputs, "child": self._child(doc.recipe, at)}, doc.recipe
            case SetStep():
                values = {name: self._set_value(value, at) for name, value in doc.set.items()}
                return "set", {"values": values}, f"set {', '.join(doc.set)}"
            case ArtifactStep():
                spec = doc.artifact.model_dump(exclude_none=True)
                return "artifact", {"values": {name: self._value(value, at) for name, value in spec.items()}}, doc.artifact.title
            case _:
                raise AssertionError(f"no step kind for {type(doc).__name__}")

    def _set_value(self, value: object, at: str) -> Expression | Value | None:
        return self._expression(value, at) if isinstance(value, str) else self._value(value, at)

    def _child(self, name: str, at: str) -> CompiledRecipe | None:
        child = self.recipes.get(name.casefold())
        if child is None:
            self._problem(at, f"no recipe '{name}'", "avops recipe list shows what there is")
            return None
        if name.casefold() in self._stack:
            self._problem(at, f"the recipe '{name}' calls itself", "break the circle of recipe steps")
            return None
        if len(self._stack) >= MAX_DEPTH:
            self._problem(at, f"recipes call each other more than {MAX_DEPTH} deep", None)
            return None
        return self.recipe(child, prefix=f"{at}/")

    def _notification(self, spec: Mapping[str, str], at: str) -> CompiledCall | None:
        target = next(iter(spec))
        manifest = self.tools.get(target.casefold())
        if manifest is None:
            self._problem(at, f"no tool '{target}' to notify with", "avops tool list shows what there is")
            return None
        for name, action in actions_of(manifest).items():
            if action.notify:
                arguments = {action.notify.to: spec[target], action.notify.text: spec.get("text", "")}
                rest = {key: value for key, value in spec.items() if key not in (target, "text")}
                return self._compiled(manifest, name, action, {**arguments, **rest}, at)
        self._problem(at, f"the tool '{target}' has no action that notifies", "give one of its actions `notify: {to: …, text: …}`")
        return None

    def _reading(self, call: Call | None, at: str) -> CompiledCall | None:
        return self._call(call, at) if call else None

    def _call(self, call: Call, at: str) -> CompiledCall | None:
        tool, _, action = call.tool.partition(".")
        manifest = self.tools.get(tool.casefold())
        if manifest is None:
            self._problem(at, f"no tool '{tool}'", "avops tool list shows what there is")
            return None
        spec = actions_of(manifest).get(action)
        if spec is None:
            self._problem(
                at, f"the tool '{tool}' has no action '{action}', expected one of {', '.join(sorted(actions_of(manifest)))}", None
            )
            return None
        return self._compiled(manifest, action, spec, call.with_, at)

    def _compiled(self, manifest: ToolBase, action: str, spec: ActionBase, arguments: Mapping[str, object], at: str) -> CompiledCall | None:
        value = self._value(dict(arguments), at)
        if value is None:
            return None
        return CompiledCall(tool=manifest.name, action=action, manifest=manifest, spec=spec, arguments=value, written=dict(arguments))

    def _expression(self, text: str | None, at: str) -> Expression | None:
        if text is None:
            return None
        try:
            return parse_expression(text)
        except AvopsError as error:
            self._problem(at, f"'{text}': {error.message}", error.hint)
            return None

    def _text(self, text: str, at: str) -> Template | None:
        try:
            return parse_template(text)
        except AvopsError as error:
            self._problem(at, f"'{text}': {error.message}", error.hint)
            return None

    def _value(self, value: object, at: str) -> Value | None:
        try:
            return parse_value(value)
        except AvopsError as error:
            self._problem(at, error.message, error.hint)
            return None

    def _problem(self, at: str, message: str, hint: str | None) -> None:
        self.problems.append(Problem(key=at, message=message, hint=hint))


def actions_of(manifest: ToolBase) -> Mapping[str, ActionBase]:
    """The actions of a tool, whatever its kind."""
    actions: Mapping[str, ActionBase] = getattr(manifest, "actions", {})
    return actions
