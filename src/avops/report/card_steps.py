"""The steps, limits and way back of a recipe as lines of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.effect import Phase
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
    step_classes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.model.recipe import Recipe
    from avops.model.step import StepOptions
    from avops.report.card_words import Words

_LONGEST_TITLE = 120
_UNITS = {"ms": "ms", "s": "s", "m": "min", "h": "h", "d": "days"}


class StepWords:
    """Says steps in words. `describe` gives what `TOOL.ACTION` does, empty where nobody says."""

    def __init__(self, words: Words, describe: Callable[[str], str]) -> None:
        self.words = words
        self._describe = describe

    def kind(self, step: StepOptions) -> str:
        """The step's key."""
        return next(key for key, each in step_classes().items() if isinstance(step, each))

    def stands_for(self, step: StepOptions) -> str | None:
        """The action that somebody does by hand in place of the tool."""
        if isinstance(step, ToolStep):
            return step.tool
        reading = getattr(step, "reading", None)
        return reading.tool if isinstance(reading, Call) else None

    def of(self, step: StepOptions, phase: Phase) -> tuple[str, tuple[str, ...]]:
        """A step's title, and the lines below it."""
        main = list(self._main(step, phase))
        title = step.name or (main.pop(0) if main else self.kind(step))
        if len(title) > _LONGEST_TITLE:
            main.insert(0, title)
            title = title[: _LONGEST_TITLE - 1].rstrip() + "…"
        lines = [*self._before(step), *main, *self._after(step, phase)]
        return self.words.template(title), tuple(line for line in lines if line and line != title)

    def _before(self, step: StepOptions) -> Iterator[str]:
        if step.when is not None:
            yield f"Only if {self.words.expression(step.when)}; otherwise mark it [-]."
        if step.for_each is not None:
            yield f"For each of: {self.words.value(step.for_each)}."
        if approval := getattr(step, "approval", None):
            yield f"First somebody of {approval} approves it: write down who."
        if getattr(step, "undo", None) == "auto":
            yield "Before you change it, write down how it is:"

    def _main(self, step: StepOptions, phase: Phase) -> Iterator[str]:  # one arm per step key
        words = self.words
        match step:
            case ToolStep():
                yield self.call(step.tool, step.with_)
                if phase is Phase.INTAKE:
                    yield "Write down what you see:"
            case ManualStep():
                yield words.template(step.manual)
            case DoStep():
                yield words.template(step.do)
            case ConfirmStep():
                yield words.template(step.confirm)
                yield self._reading(step.reading)
            case CheckStep():
                yield self._reading(step.reading)
                yield f"Must be seen: {words.expression(step.check)}{self._timing(step.within, step.for_)}."
            case AskStep():
                yield f"Ask: {words.template(step.ask)} Write down the answer:"
            case ApproveStep():
                yield f"Somebody of {step.approve} approves what comes next: write down who."
            case WaitStep():
                yield self._wait(step)
            case NotifyStep():
                told = next((f"{tool} {words.value(to)}" for tool, to in step.notify.items() if tool != "text"), "people")
                yield f"Tell {told}: {words.value(step.notify.get('text', ''))}"
            case RecipeStep():
                given = f", with {words.value(step.with_)}" if step.with_ else ""
                yield f"Carry out '{step.recipe}'{given}; it has a card of its own."
            case SetStep():
                yield f"Work out: {'; '.join(f'{name} = {self._computed(value)}' for name, value in step.set.items())}"
            case ArtifactStep():
                text = f": {words.template(step.artifact.text)}" if step.artifact.text else ""
                yield f"Write down ({step.artifact.kind}) '{words.template(step.artifact.title)}'{text}"

    def _after(self, step: StepOptions, phase: Phase) -> Iterator[str]:
        if getattr(step, "hold", False):
            yield "Look once more right before the first change."
        if step.always:
            yield "Do this also when something before it failed."
        if step.on_error == "continue":
            yield "If it fails, go on with the next one all the same."
        if phase is Phase.ACT and getattr(step, "undo", None) == "none":
            yield f"Cannot be taken back{f': {step.why}' if step.why else ''}."

    def _computed(self, value: object) -> str:
        return self.words.expression(value) if isinstance(value, str) else self.words.value(value)

    def call(self, reference: str, arguments: dict[str, object]) -> str:
        """What somebody does in place of a call."""
        tool, _, action = reference.partition(".")
        what = self._describe(reference).strip().rstrip(".") or f"{action.replace('_', ' ').capitalize()} ({tool})"
        given = "; ".join(f"{name} = {self.words.value(value)}" for name, value in arguments.items())
        return f"{what}: {given}." if given else f"{what}."

    def undo(self, step: StepOptions) -> str | None:
        """How a step is taken back; None where there is nothing to."""
        undo = getattr(step, "undo", None)
        if isinstance(undo, Call):
            return self.call(undo.tool, undo.with_)
        if undo == "auto":
            return "put it back as it was before."
        if undo == "none":
            return f"cannot be taken back{f': {step.why}' if step.why else ''}."
        return None

    def _reading(self, reading: Call | None) -> str:
        return "" if reading is None else f"Look: {self.call(reading.tool, reading.with_)}"

    def _timing(self, within: str | None, lasting: str | None) -> str:
        parts = [
            f", within {duration_words(within)}" if within else "",
            f", and it stays so for {duration_words(lasting)}" if lasting else "",
        ]
        return "".join(parts)

    def _wait(self, step: WaitStep) -> str:
        if not isinstance(step.wait, Until):
            return f"Wait {duration_words(step.wait)}."
        look = f" {self._reading(step.wait.reading)}" if step.wait.reading else ""
        return f"Wait until {self.words.expression(step.wait.until)}{self._timing(step.within, step.for_)}.{look}"


def duration_words(text: str) -> str:
    """`90s` as `90 s`."""
    number = text.rstrip("smhd")
    return f"{number} {_UNITS[text[len(number) :]]}"


def limit_lines(recipe: Recipe) -> Iterator[str]:
    """What bounds the work, from the guardrails and the targets."""
    rails = recipe.guardrails
    if rails.timeout_minutes is not None:
        yield f"At most {rails.timeout_minutes:g} minutes; waiting for people does not count."
    if rails.window is not None:
        yield f"Change things only {rails.window}."
    if recipe.room is not None and rails.bookings == "refuse":
        yield "Change nothing while the room is booked or in use."
    if rails.retries:
        yield f"What may safely be repeated: try {rails.retries} more time{'' if rails.retries == 1 else 's'}."
    if rails.four_eyes:
        yield "Whoever does the work does not approve it."
    for metric in recipe.success_metrics:
        yield f"Target: {metric.metric.replace('_', ' ')} {metric.target.replace('<=', 'at most').replace('>=', 'at least')}"


def failure_lines(recipe: Recipe, said: StepWords) -> Iterator[str]:
    """What to do when a step fails: what is taken back, newest first, then whom to tell."""
    rails = recipe.guardrails
    yield "Stop, and mark the step [!]."
    taken = [(f"A{number}", said.undo(step)) for number, step in enumerate(recipe.act, 1)]
    back = [f"{mark}: {words}" for mark, words in reversed(taken) if words]
    if back and rails.rollback_on:
        phases = " or ".join(phase.capitalize() for phase in rails.rollback_on)
        yield f"If it was in {phases}, take back what was done, newest first:"
        yield from back
    elif back:
        yield "Take nothing back: leave it as it is."
    for step in rails.rollback_actions:
        title, details = said.of(step, Phase.ACT)
        yield f"Then: {title}{f' ({details[0]})' if details else ''}"
