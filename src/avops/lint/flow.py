"""The names and types of a recipe's expressions, followed from step to step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.expression import ExpressionError
from avops.expression.inference import infer
from avops.expression.narrowing import facts
from avops.expression.schemas import ANYTHING
from avops.lint.recipe_view import parse_expression
from avops.lint.rule import MOST, Finding
from avops.lint.scope import result_schema, scope_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.expression.inference import Inference, TypeProblem
    from avops.expression.nodes import Key, NameUse
    from avops.expression.schemas import Schema
    from avops.lint.recipe_view import RecipeView, StepView, Use


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that means nothing where it stands. `later` is the step whose result it will be, if there is one."""

    use: Use
    name: NameUse
    later: StepView | None
    visible: tuple[str, ...]
    in_phase: bool
    """It is written with its phase: `act.restart`."""


@dataclass(slots=True)
class Flow:
    """What following the expressions gave.

    `schemas` are the results of the uses, by their place in `RecipeView.uses`; `ids` and `inputs` the names that were used;
    `outputs` the schema of each output.
    """

    problems: list[tuple[Use, TypeProblem]] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    schemas: list[Schema] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    inputs: set[str] = field(default_factory=set)
    whole_inputs: bool = False
    outputs: dict[str, Mapping[str, object]] = field(default_factory=dict)


def follow(recipe: RecipeView) -> Flow:
    """The flow of one recipe, in the order of its steps."""
    follower = _Follower(recipe)
    flow, scope, uses = follower.flow, follower.scope, recipe.uses
    position = 0
    for step in recipe.steps:
        loop = ANYTHING
        begin = position
        while position < len(uses) and uses[position].step is step:
            use = uses[position]
            schema = follower.follow(use, loop)
            if use.purpose == "for_each" and len(use.path) == len(step.path) + 1:
                loop = schema
            position += 1
        if step.doc.id is not None:
            scope.bind(step, result_schema(step, uses[begin:position], flow.schemas[begin:position], recipe))
    for use in uses[position:]:
        flow.outputs[str(use.path[-1])] = follower.follow(use, ANYTHING)
    return flow


class _Follower:
    def __init__(self, recipe: RecipeView) -> None:
        self.flow = Flow()
        self.scope = scope_before(recipe)
        self._known: dict[tuple[int, bool], Inference] = {}
        self._by_id = {step.doc.id: step for step in reversed(recipe.steps) if step.doc.id is not None}

    def follow(self, use: Use, loop: Schema) -> Schema:
        """The type of one expression; what is odd about it goes into the flow."""
        local = self.scope.around(use, loop)
        for name in use.parsed.names:
            self._note(use, name, local)
        found = self._inferred(use, local)
        for problem in found.problems:
            self.flow.problems.append((use, problem))
        self.flow.schemas.append(found.schema)
        return found.schema

    def _inferred(self, use: Use, local: Mapping[str, Schema]) -> Inference:
        """What the same expression over names that never change gives is found once."""
        check = use.purpose in ("check", "when", "until")
        key = (id(use.parsed), check)
        given = self._given(use)
        known = None if given else self._known.get(key)
        if known is not None:
            return known
        found = infer(use.parsed, self.scope.types(local), check=check, known=given)
        if not given and self.scope.is_fixed(use.parsed.names, local):
            self._known[key] = found
        return found

    def _given(self, use: Use) -> frozenset[tuple[Key, ...]]:
        """The paths that are not null because the step's own `when` was true."""
        if use.step is None or use.step.doc.when is None or use.purpose in ("when", "for_each"):
            return frozenset()
        try:
            return facts(parse_expression(use.step.doc.when).root, True)
        except ExpressionError:
            return frozenset()

    def _note(self, use: Use, name: NameUse, local: Mapping[str, Schema]) -> None:
        flow, scope = self.flow, self.scope
        first = str(name.path[0])
        if first == "inputs":
            if len(name.path) > 1:
                flow.inputs.add(str(name.path[1]))
            else:
                flow.whole_inputs = True
        meaning = scope.meaning(name, local)
        if meaning is not None:
            flow.ids.add(meaning)
        if not scope.knows(name, local):
            wanted = str(name.path[1]) if scope.is_phase(name) else first
            visible = scope.visible(local) if len(flow.unknown) < MOST else ()
            flow.unknown.append(Unknown(use, name, self._by_id.get(wanted), visible, scope.is_phase(name)))


def told(recipe: RecipeView, *codes: str) -> Iterator[Finding]:
    """The type problems of some codes as findings."""
    for use, problem in recipe.flow.problems:
        if problem.code in codes:
            yield Finding(problem.message, use.path, problem.hint, problem.expected, offset=problem.offset, length=max(problem.length, 1))
