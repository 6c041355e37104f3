"""What is certain to fail in a recipe, seen before anything is done: names that mean nothing, arguments that do not fit.

Only what can be told from the documents alone is said, so that no run is refused that could have gone well. The linter
says the same, with its place, before a run is ever started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.engine.program import Problem
from avops.engine.schema_check import input_schema, schema_error
from avops.engine.scope import PHASES
from avops.expression.nodes import path_text
from avops.model.effect import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avops.engine.program import CompiledCall, CompiledRecipe, CompiledStep
    from avops.expression import NameUse

_ALWAYS = frozenset({"inputs", "room", "run", "agent"}) | PHASES


def certain_failures(recipe: CompiledRecipe, prefix: str = "") -> Iterator[Problem]:
    """The problems of a recipe and of those that it calls, in the order of their steps."""
    seen = _Seen(recipe)
    for step in recipe.steps():
        yield from _of_step(step, seen, prefix + step.key)
        if step.child is not None:
            yield from certain_failures(step.child, f"{prefix}{step.key}/")
        seen.add(step)
    for action in recipe.rollback_actions:
        yield from _of_step(action, seen, f"{prefix}rollback.{action.index}")
    for name, output in recipe.outputs.items():
        for problem in seen.unknown(output.names):
            yield Problem(message=problem, key=f"{prefix}outputs.{name}")


class _Seen:
    """The names that the steps so far have made."""

    def __init__(self, recipe: CompiledRecipe) -> None:
        self._inputs = frozenset(recipe.doc.inputs)
        self._ids: set[str] = set()
        self._by_phase: dict[str, set[str]] = {phase.value: set() for phase in Phase}

    def add(self, step: CompiledStep) -> None:
        if step.doc.id is not None:
            self._ids.add(step.doc.id)
            self._by_phase[step.phase.value].add(step.doc.id)

    def unknown(self, names: Iterable[NameUse], *own: str, when: Iterable[NameUse] = ()) -> Iterator[str]:
        """What is wrong with the names of one expression. One that it, or the step's `when`, asks about (`is defined`) may be missing."""
        uses = tuple(names)
        asked = {use.path[:depth] for use in (*uses, *when) if use.guarded for depth in (1, 2)}
        for use in uses:
            if use.path[:1] in asked or use.path[:2] in asked:
                continue
            first, second = str(use.path[0]), str(use.path[1]) if len(use.path) > 1 else None
            if first not in _ALWAYS and first not in self._ids and first not in own:
                yield f"'{first}' is no name that can be used here"
            elif first in PHASES and second is not None and second not in self._by_phase[first] and second not in own:
                yield f"'{path_text(use.path[:2])}' is no name that can be used here"
            elif first == "inputs" and second is not None and second not in self._inputs:
                yield f"the recipe has no input '{second}'"


def _of_step(step: CompiledStep, seen: _Seen, key: str) -> Iterator[Problem]:
    where = f"{key} '{step.title}'"
    for message in dict.fromkeys(_in_step(step, seen)):
        yield Problem(message=message, key=where)


def _in_step(step: CompiledStep, seen: _Seen) -> Iterator[str]:
    item = () if step.for_each is None else ("item",)
    own_id = () if step.doc.id is None else (step.doc.id,)
    if step.for_each is not None:
        yield from seen.unknown(step.for_each.names)
    when = () if step.when is None else step.when.names
    for part in (step.when, step.text, *step.values.values()):
        if part is not None:
            yield from seen.unknown(part.names, *item, when=when)
    if step.expression is not None:
        yield from seen.unknown(step.expression.names, *item, "reading", when=when)
    if step.call is not None:
        yield from seen.unknown(step.call.arguments.names, *item, when=when)
        yield from _unfit(step.call)
    if step.undo is not None:
        yield from seen.unknown(step.undo.arguments.names, *item, *own_id, when=when)
        yield from _unfit(step.undo)


def _unfit(call: CompiledCall) -> Iterator[str]:
    """What in the arguments cannot be sent: names that the action does not take, or misses, and values written out that do not fit."""
    declared, raw = call.spec.input, call.written
    templated = {place[0] for place, _ in call.arguments.templates if place}
    for name in raw:
        if name not in declared:
            yield f"'{call.reference}' takes no '{name}', expected one of {', '.join(sorted(declared)) or 'none'}"
    for name, spec in declared.items():
        if name not in raw and "default" not in spec and spec.get("required") is not False:
            yield f"'{call.reference}' needs '{name}'"
    for name, value in raw.items():
        if name in declared and name not in templated:
            problem = schema_error(input_schema({name: declared[name]}), {name: value})
            if problem:
                yield f"'{call.reference}': {problem}"
