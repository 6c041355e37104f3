"""The steps of a recipe as facts, and which old step a new one was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.diff.values import data_of
from avops.model.effect import Effect, Phase
from avops.model.step import (
    ArtifactStep,
    Call,
    DoStep,
    ManualStep,
    NotifyStep,
    RecipeStep,
    ToolStep,
    Until,
    WaitStep,
    step_tag,
)
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from avops.diff.snapshot import Snapshot
    from avops.model.recipe import Recipe
    from avops.model.step import StepOptions

ROLLBACK = "rollback"
DEEPEST = 5
_ORDER = (Effect.READ, Effect.RECORD, Effect.WRITE, Effect.DESTRUCTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """A step: where it stands, what it calls, what that does, and whether it can be taken back."""

    key: str
    phase: str
    doc: StepOptions
    kind: str
    call: str | None
    effect: Effect | None
    irreversible: str | None
    data: Mapping[str, object]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.doc.name or self.call or str(getattr(self.doc, self.kind, self.kind)).strip().splitlines()[0][:80]


def facts_of(recipe: Recipe, project: Snapshot, *, depth: int = 0) -> list[StepFact]:
    """The steps in their order, and then the rollback actions."""
    found = [
        _fact(step, f"{phase.value}.{index}", phase.value, project, depth)
        for phase in Phase
        for index, step in enumerate(recipe.phase(phase))
    ]
    actions = recipe.guardrails.rollback_actions
    return found + [_fact(step, f"{ROLLBACK}.{index}", ROLLBACK, project, depth) for index, step in enumerate(actions)]


def _fact(step: StepOptions, key: str, phase: str, project: Snapshot, depth: int) -> StepFact:
    kind = (step_tag(step) or "<step>")[1:-1]
    call: str | None = None
    effect: Effect | None = None
    reason: str | None = None
    match step:
        case ToolStep():
            call = step.tool
            effect = _effect_of(call, project)
            reason = _reason(effect, step.undo, phase)
        case NotifyStep():
            call = _notification(step, project)
            effect = _effect_of(call, project) if call else Effect.RECORD
        case RecipeStep():
            call = step.recipe
            effect, reason = _called(step.recipe, project, depth)
        case ArtifactStep():
            effect = Effect.RECORD
        case ManualStep():
            effect = Effect.WRITE if phase == Phase.ACT.value else Effect.READ
        case DoStep() if phase == Phase.ACT.value:
            reason = "undo: none" if step.undo == "none" else None
        case _:
            pass
    return StepFact(key=key, phase=phase, doc=step, kind=kind, call=call, effect=effect, irreversible=reason, data=data_of(step))


def _effect_of(reference: str, project: Snapshot) -> Effect | None:
    action = project.action(reference)
    return None if action is None else action.effect


def _reason(effect: Effect | None, undo: object, phase: str) -> str | None:
    """Why a call cannot be taken back; None where it can, or changes nothing."""
    if effect is Effect.DESTRUCTIVE:
        return "destructive"
    if effect is Effect.WRITE and phase != ROLLBACK and undo in (None, "none"):
        return "undo: none" if undo == "none" else "no undo"
    return None


def _notification(step: NotifyStep, project: Snapshot) -> str | None:
    from avops.diff.snapshot import actions_of

    target = next(iter(step.notify))
    manifest = project.tool(target)
    if manifest is None:
        return None
    return next((f"{manifest.name}.{name}" for name, action in actions_of(manifest).items() if action.notify), None)


def _called(name: str, project: Snapshot, depth: int) -> tuple[Effect | None, str | None]:
    """The strongest effect of a called recipe, and why it cannot be taken back."""
    recipe = project.recipe(name)
    if recipe is None or depth >= DEEPEST:
        return None, None
    inner = facts_of(recipe, project, depth=depth + 1)
    effects = [fact.effect for fact in inner if fact.effect is not None]
    reasons = [fact.irreversible for fact in inner if fact.irreversible]
    strongest = max(effects, key=_ORDER.index, default=None)
    return strongest, None if not reasons else ("destructive" if "destructive" in reasons else reasons[0])


def references(step: StepOptions) -> Iterator[str]:
    """TOOL.ACTION of every call that a step writes: its own, its reading, its undo."""
    if isinstance(step, ToolStep):
        yield step.tool
    reading = step.wait.reading if isinstance(step, WaitStep) and isinstance(step.wait, Until) else getattr(step, "reading", None)
    for call in (reading, getattr(step, "undo", None)):
        if isinstance(call, Call):
            yield call.tool


def matched(before: list[StepFact], after: list[StepFact]) -> list[tuple[StepFact | None, StepFact | None]]:
    """Which old step each new one was, in the new order, then the old steps that are gone.

    A step is known by its id, else by its name, else by what it says, else by what it calls in the same phase.
    """
    pairs: dict[int, StepFact] = {}
    left = list(before)
    ways: tuple[Callable[[StepFact], Hashable | None], ...] = (
        lambda fact: fact.doc.id and ("id", fact.doc.id),
        lambda fact: fact.doc.name and (fact.phase, fact.kind, folded(fact.doc.name)),
        lambda fact: fact.doc.name and (fact.kind, folded(fact.doc.name)),
        lambda fact: (fact.phase, repr(fact.data)),
        lambda fact: (fact.phase, fact.kind, fact.call) if fact.call else None,
    )
    for way in ways:
        for index, fact in enumerate(after):
            if index in pairs or (wanted := way(fact)) is None:
                continue
            found = next((old for old in left if way(old) == wanted), None)
            if found is not None:
                pairs[index] = found
                left.remove(found)
    made: list[tuple[StepFact | None, StepFact | None]] = [(pairs.get(index), fact) for index, fact in enumerate(after)]
    return made + [(old, None) for old in left]
