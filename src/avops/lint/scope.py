"""Which names a step sees, and the type of each, as the schemas tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression.schemas import ANYTHING, TEXT, TRUTH, items, union
from avops.model.effect import Phase
from avops.model.step import RecipeStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from avops.expression.nodes import Key, NameUse
    from avops.expression.schemas import Schema
    from avops.lint.recipe_view import RecipeView, StepView, Use
    from avops.model.recipe import Input

NULL: Schema = {"type": "null"}
PHASES = frozenset(phase.value for phase in Phase)
_TYPES = {"string": "string", "number": "number", "integer": "integer", "boolean": "boolean", "list": "array"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
AGENT: Schema = {"type": "object", "properties": {"name": TEXT, "domain": TEXT}, "additionalProperties": False}
RUN: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "recipe": TEXT,
        "workflow": _MAYBE_TEXT,
        "trigger": TEXT,
        "started_by": TEXT,
        "started_at": TEXT,
    },
    "additionalProperties": False,
}
_PERSON: Schema = {"type": "object", "properties": {"by": TEXT, "note": _MAYBE_TEXT}, "additionalProperties": False}
_DONE: Schema = {
    "type": "object",
    "properties": {"done": TRUTH, "by": TEXT, "note": _MAYBE_TEXT},
    "additionalProperties": False,
}
_ARTIFACT: Schema = {
    "type": "object",
    "properties": {"kind": TEXT, "title": TEXT, "id": _MAYBE_TEXT, "url": _MAYBE_TEXT, "path": _MAYBE_TEXT},
}


class StepScope:
    """The names in scope, growing from step to step."""

    def __init__(self, fixed: dict[str, Schema]) -> None:
        self._fixed = fixed
        self._results: dict[str, Schema] = {}
        self._conditions: dict[str, str] = {}
        self._by_phase: dict[str, dict[str, Schema]] = {phase: {} for phase in PHASES}

    def bind(self, step: StepView, schema: Schema) -> None:
        """From now on the step's id means its result; null where the step may not have been done."""
        own = step.doc.id
        assert own is not None
        # With `for_each` each entry has its own `when`: the list is there in any case.
        if step.doc.when is not None and step.doc.for_each is None:
            self._conditions[own] = step.doc.when
        self._results[own] = schema
        self._by_phase[step.phase.value][own] = schema

    def around(self, use: Use, loop: Schema) -> dict[str, Schema]:
        """The names that only this expression sees: `item`, `reading`, and for an undo the step's own result."""
        local: dict[str, Schema] = {}
        step = use.step
        if step is None:
            return local
        if step.doc.for_each is not None and use.purpose != "for_each":
            given = step.doc.for_each
            local["item"] = _entry(given) if isinstance(given, list) else items(loop)
        if use.purpose in ("check", "until") or (step.kind == "confirm" and use.purpose == "text"):
            reading = next((call for call in step.calls if call.use == "reading"), None)
            if reading is not None:
                local["reading"] = (reading.action.output or ANYTHING) if reading.action is not None else ANYTHING
        if use.purpose == "undo" and step.doc.id is not None:
            call = step.call
            local[step.doc.id] = (call.action.output or ANYTHING) if call is not None and call.action is not None else ANYTHING
        for used in use.parsed.names:
            name = str(used.path[1] if self.is_phase(used) else used.path[0])
            condition = self._conditions.get(name)
            if condition is not None and condition != step.doc.when and name not in local:
                local[name] = union([self._results[name], NULL]) if self._results[name] else ANYTHING
        return local

    def is_fixed(self, names: Iterable[NameUse], local: Mapping[str, Schema]) -> bool:
        """True when the names mean the same in every step: inputs, the room, the agent, the run."""
        return all(name.path[0] in self._fixed and name.path[0] not in local for name in names)

    def is_phase(self, name: NameUse) -> bool:
        """True for `act.restart` and the like."""
        return name.path[0] in PHASES and len(name.path) > 1

    def knows(self, name: NameUse, local: Mapping[str, Schema]) -> bool:
        """True when the name means something here."""
        first = str(name.path[0])
        if self.is_phase(name):
            return str(name.path[1]) in self._by_phase[first]
        return first in local or first in self._fixed or first in self._results or first in PHASES

    def meaning(self, name: NameUse, local: Mapping[str, Schema]) -> str | None:
        """The id of the step whose result the name means."""
        first = str(name.path[1] if self.is_phase(name) else name.path[0])
        return first if first in self._results or (first in local and first not in ("item", "reading")) else None

    def visible(self, local: Mapping[str, Schema]) -> tuple[str, ...]:
        """All names in scope, sorted."""
        return tuple(sorted({*self._fixed, *self._results, *local}))

    def types(self, local: Mapping[str, Schema]) -> Callable[[tuple[Key, ...]], Schema | None]:
        """The types as inference asks for them."""

        def schema_of(path: tuple[Key, ...]) -> Schema | None:
            first = path[0]
            assert isinstance(first, str)
            if first in local:
                return local[first]
            found = self._results.get(first)
            if found is not None:
                return found
            if first in self._fixed:
                return self._fixed[first]
            if first in PHASES and len(path) > 1:
                own = str(path[1])
                return local.get(own) or self._by_phase[first].get(own)
            return None

        return schema_of


def scope_before(recipe: RecipeView) -> StepScope:
    """The scope before the first step."""
    doc = recipe.doc
    inputs = {name: input_schema(spec) for name, spec in doc.inputs.items()}
    fixed: dict[str, Schema] = {
        "inputs": {"type": "object", "properties": inputs, "additionalProperties": False},
        "agent": AGENT,
        "run": RUN,
    }
    columns = recipe.project.room_columns if doc.room is not None else None
    if doc.room is not None:
        room: Schema = ANYTHING
        if columns is not None:
            room = {"type": "object", "properties": dict.fromkeys(columns, TEXT), "additionalProperties": False}
        fixed["room"] = union([room, NULL]) if doc.room == "optional" and room else room
    return StepScope(fixed)


def input_schema(spec: Input) -> Schema:
    """The type of a declared input."""
    schema: dict[str, object] = {"type": _TYPES[spec.type]}
    if spec.enum is not None:
        schema["enum"] = list(spec.enum)
    if not spec.is_required and spec.default is None:
        return {"anyOf": [schema, NULL]}
    return schema


def result_schema(step: StepView, uses: Sequence[Use], schemas: Sequence[Schema], recipe: RecipeView) -> Schema:
    """The type of a step's result when it has been done."""
    schema = _result(step, uses, schemas, recipe)
    if step.doc.for_each is None:
        return union([schema, NULL]) if step.doc.on_error == "continue" and schema else schema
    # Where no entry may be skipped or fail, the step ends well only with a result for each.
    has_gaps = step.doc.when is not None or step.doc.on_error == "continue"
    entry = {"item": ANYTHING, "status": TEXT, "result": union([schema, NULL]) if schema and has_gaps else schema}
    return {"type": "array", "items": {"type": "object", "properties": entry, "additionalProperties": False}}


def _result(step: StepView, uses: Sequence[Use], schemas: Sequence[Schema], recipe: RecipeView) -> Schema:
    match step.kind:
        case "tool" | "notify":
            call = step.call
            output = call.action.output if call is not None and call.action is not None else None
            return output or step.option("expect") or ANYTHING
        case "do" | "ask":
            return step.option("expect") or ANYTHING
        case "manual":
            return _DONE
        case "approve":
            return _PERSON
        case "check" | "confirm":
            return TRUTH
        case "wait":
            return NULL if isinstance(step.option("wait"), str) else TRUTH
        case "artifact":
            return _ARTIFACT
        case "set":
            return _set(step, uses, schemas)
    assert isinstance(step.doc, RecipeStep)
    facts = recipe.project.recipe(step.doc.recipe)
    if facts is None or facts.broken:
        return ANYTHING
    return {"type": "object", "properties": dict(facts.outputs or {}), "additionalProperties": False}


def _set(step: StepView, uses: Sequence[Use], schemas: Sequence[Schema]) -> Schema:
    given: Mapping[str, object] = step.option("set", {})
    properties: dict[str, Schema] = {
        name: ANYTHING if isinstance(value, str | list | dict) else {"const": value} for name, value in given.items()
    }
    for use, schema in zip(uses, schemas, strict=True):
        if use.purpose == "set" and len(use.path) == len(step.path) + 2 and isinstance(given[str(use.path[-1])], str):
            properties[str(use.path[-1])] = schema
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _entry(given: list[object]) -> Schema:
    """The type of the entries of a list that is written out."""
    if any((isinstance(entry, str) and "{{" in entry) or isinstance(entry, list | dict) for entry in given) or not given:
        return ANYTHING
    return {"enum": list(given)}
