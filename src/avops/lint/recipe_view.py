"""A recipe as the rules see it: its steps, the calls they make and the expressions they hold, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from avops.expression import Expression, ExpressionError, Template
from avops.expression import parse_expression as read_expression
from avops.expression import parse_template as read_template
from avops.lint.checked import actions_of
from avops.lint.facts import CallFact, RecipeFacts, StepName
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
    from collections.abc import Iterator, Mapping

    from avops.lint.checked import Checked
    from avops.lint.flow import Flow
    from avops.lint.rule import Path
    from avops.model.recipe import Recipe
    from avops.model.step import StepOptions
    from avops.model.tool import ActionBase, ToolBase

# The same text stands in many steps; the parsed form is immutable.
parse_expression = lru_cache(maxsize=4096)(read_expression)
parse_template = lru_cache(maxsize=4096)(read_template)

_KINDS = {
    ToolStep: "tool",
    CheckStep: "check",
    DoStep: "do",
    ManualStep: "manual",
    ConfirmStep: "confirm",
    AskStep: "ask",
    ApproveStep: "approve",
    WaitStep: "wait",
    NotifyStep: "notify",
    RecipeStep: "recipe",
    SetStep: "set",
    ArtifactStep: "artifact",
}


class CallView(NamedTuple):
    """One call that a step names: `use` is `step`, `reading`, `undo`, `notify` or `rollback`.

    `path` leads to the text that names it, `with_path` to its arguments. `tool` is None when there is no such tool or it is
    broken (`missing` says which), `action` when the tool has none of that name.
    """

    step: StepView
    use: str
    reference: str
    tool_name: str
    action_name: str
    path: Path
    with_path: Path
    arguments: Mapping[str, object]
    missing: bool
    tool: ToolBase | None
    action: ActionBase | None

    @property
    def effect(self) -> Effect | None:
        """What the action does, where it is known."""
        return self.action.effect if self.action is not None else None

    @property
    def is_act(self) -> bool:
        """True for what the step itself does: not a reading, not an undo."""
        return self.use in ("step", "notify", "rollback")


class Use(NamedTuple):
    """One expression or template of a step: where it stands and what for.

    `purpose` is `check`, `when`, `until`, `for_each`, `set`, `argument`, `undo`, `text` or `output`.
    """

    step: StepView | None
    purpose: str
    path: Path
    parsed: Expression | Template
    call: CallView | None = None
    argument: str | None = None


class BadText(NamedTuple):
    """A text that does not parse."""

    step: StepView | None
    path: Path
    error: ExpressionError
    is_template: bool


@dataclass(slots=True, eq=False)
class StepView:
    """One step with its place; `order` counts through all phases, rollback actions come last."""

    doc: StepOptions
    kind: str
    phase: Phase
    path: Path
    order: int
    calls: tuple[CallView, ...] = ()
    is_rollback: bool = False

    @property
    def title(self) -> str:
        """What people call the step."""
        if self.doc.name:
            return self.doc.name
        own = self.option(self.kind)
        return own if isinstance(own, str) else self.doc.id or self.kind

    @property
    def call(self) -> CallView | None:
        """What the step itself calls."""
        return next((call for call in self.calls if call.is_act), None)

    @property
    def effect(self) -> Effect | None:
        """How much the step itself changes, as far as its call says."""
        call = self.call
        return call.effect if call else None

    def option(self, name: str, default: Any = None) -> Any:
        """One of its options by field name; the default where this kind of step has none of that name."""
        return self.doc.__dict__.get(name, default)

    def at(self, key: str) -> Path:
        """The path of one of its keys."""
        return (*self.path, key)


class RecipeView:
    """One recipe, taken apart once for all rules."""

    def __init__(self, doc: Recipe, path: str, text: str, project: Checked) -> None:
        self.doc = doc
        self.path = path
        self.text = text
        self.project = project
        self.bad: list[BadText] = []
        self.uses: list[Use] = []
        self.steps: list[StepView] = []
        for phase in Phase:
            for index, step in enumerate(doc.phase(phase)):
                self._add(step, phase, (phase.value, index))
        for index, step in enumerate(doc.guardrails.rollback_actions):
            self._add(step, Phase.ACT, ("guardrails", "rollback_actions", index), is_rollback=True)
        for name, text_ in doc.outputs.items():
            self._expression(None, "output", ("outputs", name), text_)

    @cached_property
    def main(self) -> list[StepView]:
        """The steps of the four phases."""
        return [step for step in self.steps if not step.is_rollback]

    @cached_property
    def calls(self) -> list[CallView]:
        """All calls, in the order of the steps."""
        return [call for step in self.steps for call in step.calls]

    @cached_property
    def changes(self) -> list[CallView]:
        """What the steps of the four phases change: their writes and destructive calls."""
        return [call for step in self.main for call in step.calls if call.is_act and call.effect is not None and call.effect.changes]

    @cached_property
    def flow(self) -> Flow:
        """The names and types of all expressions."""
        from avops.lint.flow import follow

        return follow(self)

    def in_phase(self, phase: Phase) -> list[StepView]:
        """The steps of one phase."""
        return [step for step in self.main if step.phase is phase]

    def of_kind(self, *kinds: str) -> Iterator[StepView]:
        """The steps with one of these step keys."""
        return (step for step in self.steps if step.kind in kinds)

    @cached_property
    def facts(self) -> RecipeFacts:
        """What other documents need to know of it."""
        doc = self.doc
        inputs = {name: {**spec.model_dump(exclude_unset=True), "is_required": spec.is_required} for name, spec in doc.inputs.items()}
        return RecipeFacts(
            name=doc.name,
            path=self.path,
            draft=doc.draft,
            room=doc.room,
            inputs=inputs,
            outputs={name: self.flow.outputs.get(name, {}) for name in doc.outputs},
            calls=tuple(dict.fromkeys(_call_facts(self))),
            children=tuple((step.phase.value, step.doc.recipe) for step in self.main if isinstance(step.doc, RecipeStep)),
            waits=tuple(sorted({step.kind for step in self.main if step.kind in ("approve", "manual", "ask", "confirm", "do")})),
            timeout_minutes=doc.guardrails.timeout_minutes,
            has_hold=any(step.option("hold", False) for step in self.main),
            steps=tuple(_step_name(step) for step in self.steps),
        )

    def _add(self, doc: StepOptions, phase: Phase, path: Path, *, is_rollback: bool = False) -> None:
        step = StepView(doc, _KINDS[type(doc)], phase, path, len(self.steps), is_rollback=is_rollback)
        self.steps.append(step)
        if doc.for_each is not None:
            self._value(step, "for_each", (*path, "for_each"), doc.for_each)
        if doc.when is not None:
            self._expression(step, "when", (*path, "when"), doc.when)
        calls: list[CallView] = []
        self._own(step, doc, path, calls)
        step.calls = tuple(calls)

    def _own(self, step: StepView, doc: StepOptions, path: Path, calls: list[CallView]) -> None:
        match doc:
            case ToolStep():
                use = "rollback" if step.is_rollback else "step"
                self._call(step, calls, use=use, reference=doc.tool, arguments=doc.with_, path=(*path, "tool"), with_path=(*path, "with"))
                self._undo(step, doc.undo, path, calls)
            case CheckStep():
                self._reading(step, doc.reading, (*path, "reading"), calls)
                self._expression(step, "check", (*path, "check"), doc.check)
            case NotifyStep():
                self._notify(step, doc, path, calls)
            case DoStep():
                self._template(step, "text", (*path, "do"), doc.do)
                self._undo(step, doc.undo, path, calls)
            case ConfirmStep():
                self._reading(step, doc.reading, (*path, "reading"), calls)
                self._template(step, "text", (*path, "confirm"), doc.confirm)
            case WaitStep(wait=Until() as until):
                self._reading(step, until.reading, (*path, "wait", "reading"), calls)
                self._expression(step, "until", (*path, "wait", "until"), until.until)
            case SetStep():
                for name, value in doc.set.items():
                    if isinstance(value, str):
                        self._expression(step, "set", (*path, "set", name), value)
                    else:
                        self._value(step, "set", (*path, "set", name), value)
            case RecipeStep():
                for name, value in doc.with_.items():
                    self._value(step, "argument", (*path, "with", name), value, argument=name)
            case ArtifactStep():
                for name in ("title", "text", "id", "url"):
                    text = getattr(doc.artifact, name)
                    if text is not None:
                        self._template(step, "text", (*path, "artifact", name), text)
            case ManualStep() | AskStep():
                self._template(step, "text", (*path, step.kind), getattr(doc, step.kind))
            case _:
                return

    def _undo(self, step: StepView, undo: object, path: Path, calls: list[CallView]) -> None:
        if isinstance(undo, Call):
            at = (*path, "undo")
            self._call(step, calls, use="undo", reference=undo.tool, arguments=undo.with_, path=(*at, "tool"), with_path=(*at, "with"))

    def _reading(self, step: StepView, call: Call | None, path: Path, calls: list[CallView]) -> None:
        if call is not None:
            self._call(
                step, calls, use="reading", reference=call.tool, arguments=call.with_, path=(*path, "tool"), with_path=(*path, "with")
            )

    def _call(
        self,
        step: StepView,
        calls: list[CallView],
        *,
        use: str,
        reference: str,
        arguments: Mapping[str, object],
        path: Path,
        with_path: Path,
    ) -> None:
        tool_name, _, action_name = reference.partition(".")
        found = self.project.tool(tool_name)
        tool = found.value if found else None
        action = actions_of(tool).get(action_name) if tool is not None else None
        call = CallView(step, use, reference, tool_name, action_name, path, with_path, arguments, found is None, tool, action)
        calls.append(call)
        purpose = "undo" if use == "undo" else "argument"
        for name, value in arguments.items():
            self._value(step, purpose, (*with_path, name), value, call=call, argument=name)

    def _notify(self, step: StepView, doc: NotifyStep, path: Path, calls: list[CallView]) -> None:
        target = next(iter(doc.notify))
        found = self.project.tool(target)
        tool = found.value if found else None
        name, action = next(((name, each) for name, each in actions_of(tool).items() if each.notify), ("", None)) if tool else ("", None)
        spec: dict[str, object] = dict(doc.notify)
        if action is not None and action.notify is not None:
            to, text = spec.pop(target), spec.pop("text", "")
            spec = {action.notify.to: to, action.notify.text: text, **spec}
        at = (*path, "notify")
        use = "rollback" if step.is_rollback else "notify"
        calls.append(CallView(step, use, f"{target}.{name}", target, name, (*at, target), at, spec, found is None, tool, action))
        for key, value in doc.notify.items():
            self._template(step, "text", (*at, key), value)

    def _expression(self, step: StepView | None, purpose: str, path: Path, text: str) -> None:
        try:
            self.uses.append(Use(step, purpose, path, parse_expression(text)))
        except ExpressionError as error:
            self.bad.append(BadText(step, path, error, is_template=False))

    def _template(
        self, step: StepView, purpose: str, path: Path, text: str, *, call: CallView | None = None, argument: str | None = None
    ) -> None:
        if "{" not in text:
            return
        try:
            parsed = parse_template(text)
        except ExpressionError as error:
            self.bad.append(BadText(step, path, error, is_template=True))
            return
        if not parsed.is_constant:
            self.uses.append(Use(step, purpose, path, parsed, call, argument))

    def _value(
        self, step: StepView, purpose: str, path: Path, value: object, *, call: CallView | None = None, argument: str | None = None
    ) -> None:
        if isinstance(value, str):
            self._template(step, purpose, path, value, call=call, argument=argument)
        elif isinstance(value, dict):
            for key, each in value.items():
                self._value(step, purpose, (*path, key), each, call=call, argument=argument)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                self._value(step, purpose, (*path, index), each, call=call, argument=argument)


def _step_name(step: StepView) -> StepName:
    folder = "rollback" if step.is_rollback else step.phase.value
    title = step.title.strip().splitlines()
    return StepName(key=f"{folder}.{step.path[-1]}", id=step.doc.id, title=title[0][:80] if title and not step.doc.name else step.title)


def _call_facts(recipe: RecipeView) -> Iterator[CallFact]:
    for call in recipe.calls:
        if call.missing or not call.action_name:
            continue
        tool = call.tool.name if call.tool is not None else call.tool_name
        effect = call.effect.value if call.effect is not None else None
        yield CallFact(phase=call.step.phase.value, tool=tool, action=call.action_name, effect=effect, use=call.use)
        if call.use == "step" and call.step.option("undo") == "auto" and call.action is not None and call.action.restore:
            yield CallFact(phase=call.step.phase.value, tool=tool, action=call.action.restore.read, effect="read", use="restore")
