"""What changed in a recipe: its steps, effects, inputs, guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.diff.steps import ROLLBACK, facts_of, matched, references
from avops.diff.values import changes, data_of
from avops.model.change import RecipeChange, StepChange
from avops.model.effect import Phase
from avops.model.step import ApproveStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.diff.snapshot import Held, Snapshot
    from avops.diff.steps import StepFact
    from avops.model.recipe import Recipe

_PROCEDURE = frozenset({"intake", "plan", "act", "verify", "inputs", "guardrails", "version", "sop", "success_metrics"})
_LIMITS = ("timeout_minutes", "window")


def recipe_change(old: Held | None, new: Held | None, before: Snapshot, after: Snapshot) -> RecipeChange | None:
    """What changed between two states of a recipe; None when nothing did that has a meaning."""
    was: Recipe | None = old.value if old else None
    now: Recipe | None = new.value if new else None
    held = new or old
    assert held is not None
    old_facts = facts_of(was, before) if was else []
    new_facts = facts_of(now, after) if now else []
    steps = tuple(_steps(old_facts, new_facts))
    old_calls, new_calls = _calls(old_facts), _calls(new_facts)
    shared = sorted(old_calls & new_calls)
    made = RecipeChange(
        what="added" if was is None else "removed" if now is None else "changed",
        name=held.value.name,
        path=held.path,
        steps=steps,
        inputs=changes(_inputs(was), _inputs(now)),
        guardrails=changes(_guardrails(was), _guardrails(now)) if was and now else (),
        calls_gained=tuple(sorted(new_calls - old_calls)),
        calls_lost=tuple(sorted(old_calls - new_calls)),
        effects_gained=tuple(sorted(_effects(new_facts) - _effects(old_facts))),
        actions_changed=tuple(each for each in shared if _definition(each, before) != _definition(each, after)),
        weaker=tuple(_weaker(was, now, old_facts, new_facts)) if was and now else (),
        other=changes(data_of(was, without=_PROCEDURE), data_of(now, without=_PROCEDURE)) if was and now else (),
    )
    told = (made.steps, made.inputs, made.guardrails, made.effects_gained, made.actions_changed, made.weaker, made.other)
    return made if made.what != "changed" or any(told) else None


def _steps(before: list[StepFact], after: list[StepFact]) -> Iterator[StepChange]:
    for old, new in matched(before, after):
        fact = new or old
        assert fact is not None
        effect = fact.effect.value if fact.effect else None
        if old is None or new is None:
            reason = new.irreversible if new else None
            what = "removed" if new is None else "added"
            yield StepChange(
                what=what,  # type: ignore[arg-type]  # one of the two words
                key=fact.key,
                title=fact.title,
                kind=fact.kind,
                call=fact.call,
                effect=effect,
                irreversible=reason,
            )
            continue
        fields = changes(old.data, new.data)
        if new.kind == "recipe" and not fields and old.phase == new.phase:
            continue  # what changed in the called recipe is told there
        moved = old.phase if old.phase != new.phase else None
        effect_before = old.effect.value if old.effect and old.effect is not new.effect else None
        if fields or moved or effect_before or _rank(new.irreversible) > _rank(old.irreversible):
            reason = new.irreversible if _rank(new.irreversible) > _rank(old.irreversible) else None
            yield StepChange(
                what="changed",
                key=new.key,
                title=new.title,
                kind=new.kind,
                call=new.call,
                effect=effect,
                effect_before=effect_before,
                moved_from=moved,
                irreversible=reason,
                fields=fields,
            )
    yield from _reordered(before, after)


def _reordered(before: list[StepFact], after: list[StepFact]) -> Iterator[StepChange]:
    """The first step of each phase that comes at another place among those that were there before."""
    places = {id(old): place for place, old in enumerate(before)}
    told = set[str]()
    last: dict[str, int] = {}
    for old, new in matched(before, after):
        if old is None or new is None or old.phase != new.phase:
            continue
        place = places[id(old)]
        if place < last.get(new.phase, -1) and new.phase not in told:
            told.add(new.phase)
            change = changes({"place": old.key}, {"place": new.key})
            yield StepChange(what="changed", key=new.key, title=new.title, kind=new.kind, call=new.call, fields=change)
        last[new.phase] = max(place, last.get(new.phase, -1))


def _rank(reason: str | None) -> int:
    return 0 if reason is None else 2 if reason == "destructive" else 1


def _calls(facts: list[StepFact]) -> set[str]:
    named = {reference for fact in facts for reference in references(fact.doc)}
    return named | {fact.call for fact in facts if fact.call and fact.kind == "notify"}


def _effects(facts: list[StepFact]) -> set[str]:
    return {fact.effect.value for fact in facts if fact.effect is not None}


def _definition(reference: str, project: Snapshot) -> object:
    """What an action does, and where: a change of the tool's address changes all of its actions."""
    action, tool = project.action(reference), project.tool(reference.partition(".")[0])
    if action is None or tool is None:
        return None
    return data_of(action, without={"mock"}), data_of(tool, without={"actions", "simulated", "health"})


def _inputs(recipe: Recipe | None) -> dict[str, object]:
    if recipe is None:
        return {}
    return {name: {"required": spec.is_required, **data_of(spec, without={"required", "example"})} for name, spec in recipe.inputs.items()}


def _guardrails(recipe: Recipe) -> dict[str, object]:
    return data_of(recipe.guardrails, without={"rollback_actions"})


def _weaker(was: Recipe, now: Recipe, before: list[StepFact], after: list[StepFact]) -> Iterator[str]:
    """The guards that are gone."""
    for old, new in matched(before, after):
        if old is None or old.phase == ROLLBACK:
            continue
        if new is None:
            if getattr(old.doc, "hold", False):
                yield f"the held check '{old.title}' is gone"
            elif isinstance(old.doc, ApproveStep):
                yield f"the approval '{old.title}' is gone"
            elif old.kind in ("check", "confirm") and old.phase == Phase.VERIFY.value:
                yield f"the check '{old.title}' of Verify is gone"
            continue
        if old.call == new.call and old.effect is not None and old.effect.changes and new.effect is not None and not new.effect.changes:
            yield f"'{new.title}' counts as a {new.effect.value} now, so it is neither guarded nor taken back"
        if getattr(old.doc, "hold", False) and not getattr(new.doc, "hold", False):
            yield f"the check '{new.title}' is not held any more"
        if getattr(old.doc, "approval", None) and not getattr(new.doc, "approval", None):
            yield f"'{new.title}' needs no approval any more"
        if old.doc.when and not new.doc.when and new.effect is not None and new.effect.changes:
            yield f"'{new.title}' is done without its condition"
    for name in _LIMITS:
        if getattr(was.guardrails, name) is not None and getattr(now.guardrails, name) is None:
            yield f"the guardrail '{name}' is gone"
    if was.guardrails.four_eyes and not now.guardrails.four_eyes:
        yield "four eyes are not asked for any more"
    if was.guardrails.bookings != "ignore" and now.guardrails.bookings == "ignore":
        yield "bookings of the room are ignored"
    if was.draft and not now.draft:
        yield "it is no draft any more: its writes are not asked for one by one"
