"""The type of an expression, and what cannot be right about it, found without any values.

For lint. A problem is reported only when the schemas leave no doubt, except the codes `maybe-null` and
`undeclared-key`, which say what may happen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from avops.expression.errors import MisuseError
from avops.expression.expressions import Expression
from avops.expression.filters import FILTERS, one_of
from avops.expression.lookup import MAX_SHOWN, did_you_mean
from avops.expression.narrowing import facts
from avops.expression.nodes import (
    Arithmetic,
    Compare,
    Constant,
    Filter,
    Join,
    Key,
    ListOf,
    Logic,
    Lookup,
    MappingOf,
    Negative,
    Node,
    Not,
    Path,
    Test,
    path_text,
)
from avops.expression.schemas import (
    ALL_KINDS,
    ANYTHING,
    QUANTITY,
    TEXT,
    TRUTH,
    WHOLE,
    Schema,
    all_choices,
    allows,
    items,
    kinds,
    member,
    union,
    values_of,
    without_null,
)
from avops.expression.values import BOOLEAN, LIST, MAPPING, NULL, NUMBER, STRING, shown

if TYPE_CHECKING:
    from avops.expression.templates import Template

Types: TypeAlias = Callable[[tuple[Key, ...]], Schema | None]
Span: TypeAlias = tuple[int, int]
Known: TypeAlias = frozenset[tuple[Key, ...]]

CODES = (
    "maybe-null",
    "never-equal",
    "no-keys",
    "not-boolean",
    "not-comparable",
    "not-in-enum",
    "null-in-text",
    "undeclared-key",
    "unknown-key",
    "wrong-kind",
)


class TypeProblem(NamedTuple):
    """Something about an expression that the types of its names rule out (or, for two codes, call into question).

    `offset` and `length` are characters of the parsed text; `code` is one of `CODES`; `expected` is sorted.
    """

    code: str
    message: str
    offset: int
    length: int
    expected: tuple[str, ...] = ()
    hint: str | None = None


class Inference(NamedTuple):
    """The schema of the result (empty: anything) and the problems in the order in which they were met."""

    schema: Schema
    problems: tuple[TypeProblem, ...]


def infer(parsed: Expression | Template, types: Types, *, check: bool = False, known: Known = frozenset()) -> Inference:
    """The type of a parsed expression or template.

    `types` gives the JSON Schema of a path: it is asked for the bare name first, then for longer paths until it
    answers; the rest of a path is followed in that schema, and None everywhere means "anything". `check` says that the
    result has to be true or false; `known` are paths that are not null wherever this is evaluated. Raises nothing of its own.
    """
    reader = _Reader(types)
    try:
        if isinstance(parsed, Expression):
            schema = reader.read(parsed.root, known)
            if check:
                reader.need(parsed.root, schema, (BOOLEAN,), "a check gives true or false")
        elif parsed.lone is not None:
            schema = reader.read(parsed.lone, known)
        else:
            schema = TEXT
            for part in parsed.parts:
                if not isinstance(part, str):
                    reader.text(part, known)
    except (MisuseError, RecursionError):
        # A schema with values that no expression can hold, or nested without end: nothing certain can be said.
        return Inference(ANYTHING, tuple(reader.problems))
    return Inference(schema, tuple(reader.problems))


class _Reader:
    """One walk over a tree. `known` are the paths that are not null wherever the node at hand is evaluated."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.problems: list[TypeProblem] = []
        self.doubted: set[tuple[Key, ...]] = set()

    def read(self, node: Node, known: Known = frozenset(), guarded: bool = False) -> Schema:
        match node:
            case Constant():
                return {"const": node.value}
            case Path():
                return self.path(node, known, guarded)
            case Compare():
                return self.compare(node, known)
            case Logic():
                return self.logic(node, known)
            case Filter():
                return self.filter(node, known, guarded)
            case Lookup():
                return self.lookup(node, known, guarded)
            case ListOf():
                return {"type": "array", "items": union([self.read(item, known) for item in node.items]) if node.items else ANYTHING}
            case MappingOf():
                properties = {key: self.read(value, known) for key, value in node.entries}
                return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
            case Not():
                self.need(node.operand, self.read(node.operand, known), (BOOLEAN,), "'not' needs true or false")
                return TRUTH
            case Negative():
                self.need(node.operand, self.read(node.operand, known), (NUMBER,), "'-' needs a number")
                return QUANTITY
            case Arithmetic():
                return self.arithmetic(node, known)
            case Join():
                for part in node.parts:
                    self.text(part, known)
                return TEXT
            case Test():
                self.read(node.operand, known, node.name in ("defined", "undefined"))
                return TRUTH

    def path(self, node: Path, known: Known, guarded: bool) -> Schema:
        schema, start = self.root(node.keys)
        for position in range(start, len(node.keys)):
            at = node.keys[:position]
            key = node.keys[position]
            if not guarded and at not in known:
                self.doubt_null(schema, at, node)
            schema = self.step(without_null(schema), key, path_text(at), (node.offsets[position], len(str(key))), guarded=guarded)
        return without_null(schema) if node.keys in known else schema

    def root(self, keys: tuple[Key, ...]) -> tuple[Schema, int]:
        """The schema of the shortest path from the start that has one, and how many keys it covers."""
        for count in range(1, len(keys) + 1):
            schema = self.types(keys[:count])
            if schema is not None:
                return schema, count
        return ANYTHING, len(keys)

    def doubt_null(self, schema: Schema, at: tuple[Key, ...], node: Path) -> None:
        """Report, once for each path, a null on the way to a key."""
        found = kinds(schema)
        if NULL not in found or found == ALL_KINDS or at in self.doubted:
            return
        self.doubted.add(at)
        name, full = path_text(at), path_text(node.keys)
        hint = f"write '{name} is not null and …' before it, or \"{full} | default(…)\""
        message = f"'{name}' {'is' if found == {NULL} else 'may be'} null, and then there is no '{full}'"
        self.report("maybe-null", message, _span(node), hint=hint)

    def step(self, schema: Schema, key: Key, name: str, span: Span, *, guarded: bool) -> Schema:
        """The schema of what a value holds under a literal key or index."""
        found = kinds(schema)
        needed = MAPPING if isinstance(key, str) else LIST
        if needed not in found:
            what = _any_of(found)
            hint = f"write '{name} | length'" if key == "length" else None
            self.report("no-keys", f"'{name}' is {what}, so there is no '{key}' in it", span, hint=hint)
            return ANYTHING
        if isinstance(key, int):
            return items(schema)
        entry = member(schema, key)
        if not entry.declared:
            code = "unknown-key" if entry.impossible else "undeclared-key"
            there = f"it has {', '.join(sorted(entry.keys)[:MAX_SHOWN])}" if entry.keys else "it has none"
            if not (guarded and code == "undeclared-key"):
                self.report(code, f"'{name}' has no key '{key}'; {there}", span, expected=entry.keys, hint=did_you_mean(key, entry.keys))
        return entry.schema

    def lookup(self, node: Lookup, known: Known, guarded: bool) -> Schema:
        base, key = without_null(self.read(node.base, known, guarded)), self.read(node.key, known)
        found = kinds(base)
        if not found & {LIST, MAPPING}:
            self.report("no-keys", f"{_any_of(found)} has no keys and no items", _span(node))
            return ANYTHING
        if isinstance(node.key, Constant) and isinstance(node.key.value, (str, int)) and not isinstance(node.key.value, bool):
            return self.step(base, node.key.value, "the value", _span(node.key), guarded=guarded)
        self.need(node.key, key, (NUMBER, STRING), "a key is a string or a whole number")
        return items(base) if found == {LIST} else ANYTHING

    def logic(self, node: Logic, known: Known) -> Schema:
        for operand in node.operands:
            hint = 'for a value that may be missing write "| default(…)"' if node.operator == "or" else None
            self.need(operand, self.read(operand, known), (BOOLEAN,), f"'{node.operator}' needs true or false", hint=hint)
            known |= facts(operand, node.operator == "and")
        return TRUTH

    def compare(self, node: Compare, known: Known) -> Schema:
        left, right = self.read(node.left, known), self.read(node.right, known)
        if node.operator in ("==", "!="):
            self.equality(node.left, left, node.right, right, node)
        elif node.operator in ("in", "not in"):
            self.containment(node, left, right)
        else:
            self.order(node, left, right)
        return TRUTH

    def order(self, node: Compare, left: Schema, right: Schema) -> None:
        one, two = kinds(left), kinds(right)
        if not one & two & {NUMBER, STRING}:
            hint = "'| number' makes a number of a text" if {NUMBER, STRING} <= one | two else None
            message = f"{_any_of(one)} cannot be ordered against {_any_of(two)}"
            self.report("not-comparable", message, _span(node), expected=(NUMBER, STRING), hint=hint)
            return
        for operand, schema in ((node.left, left), (node.right, right)):
            self.need(operand, schema, (NUMBER, STRING), f"'{node.operator}' compares numbers or strings")

    def equality(self, left_node: Node, left: Schema, right_node: Node, right: Schema, place: Node) -> None:
        one, two = kinds(left), kinds(right)
        if NULL in (one | two) and (one == {NULL} or two == {NULL}):
            return
        if not one & two:
            message = f"{_any_of(one)} never equals {_any_of(two)}"
            self.report("never-equal", message, _span(place), expected=tuple(one))
            return
        if isinstance(right_node, Constant):
            self.choice(right_node, left_node, left)
        elif isinstance(left_node, Constant):
            self.choice(left_node, right_node, right)

    def choice(self, constant: Constant, other: Node, schema: Schema) -> None:
        """Report a constant that is none of the values that the other side can have."""
        values = all_choices(schema)
        if values is None or isinstance(other, Constant) or allows(values, constant.value):
            return
        expected = tuple(value if isinstance(value, str) else shown(value) for value in values)
        hint = did_you_mean(constant.value, expected) if isinstance(constant.value, str) else None
        name = f"'{path_text(other.keys)}'" if isinstance(other, Path) else "the value"
        self.report("not-in-enum", f"{name} is never {shown(constant.value)}", _span(constant), expected=expected, hint=hint)

    def containment(self, node: Compare, left: Schema, right: Schema) -> None:
        containers = kinds(right)
        self.need(node.right, right, (LIST, MAPPING, STRING), "'in' needs a list, a mapping or a string on its right")
        if isinstance(node.right, ListOf):
            for item in node.right.items:
                self.equality(node.left, left, item, self.read(item), item)
        elif containers == {LIST}:
            self.equality(node.left, left, node.right, items(right), node)
        elif LIST not in containers:
            self.need(node.left, left, (STRING,), f"'in' looks for a string in {_any_of(containers)}")

    def arithmetic(self, node: Arithmetic, known: Known) -> Schema:
        whole = node.operator != "/"
        for operand in (node.left, node.right):
            schema = self.read(operand, known)
            hint = "join text with '~'" if node.operator == "+" and kinds(schema) == {STRING} else None
            self.need(operand, schema, (NUMBER,), f"'{node.operator}' needs numbers", hint=hint)
            whole = whole and (schema.get("type") == "integer" or type(schema.get("const")) is int)
        return WHOLE if whole else QUANTITY

    def text(self, node: Node, known: Known = frozenset()) -> None:
        """A part of a text, which cannot be null."""
        found = kinds(self.read(node, known))
        name = path_text(node.keys) if isinstance(node, Path) else "the value"
        hint = "add \"| default('')\" for a value that may be missing"
        if found == {NULL}:
            self.report("null-in-text", f"'{name}' is null, which cannot be put into a text", _span(node), hint=hint)
        elif NULL in found and found != ALL_KINDS:
            self.report("maybe-null", f"'{name}' may be null, which cannot be put into a text", _span(node), hint=hint)

    def filter(self, node: Filter, known: Known, guarded: bool) -> Schema:
        spec = FILTERS[node.name]
        is_default = node.name == "default"
        schema = self.read(node.operand, known, guarded or is_default)
        arguments = [self.read(argument, known) for argument in node.arguments]
        self.need(node.operand, without_null(schema) if guarded else schema, spec.takes, f"'{node.name}' needs {one_of(spec.takes)}")
        for argument, given, (name, takes) in zip(node.arguments, arguments, spec.parameters, strict=False):
            self.need(argument, given, takes, f"the {name} of '{node.name}' is {one_of(takes)}")
        if is_default:
            return union([without_null(schema), arguments[0]]) if kinds(schema) != {NULL} else arguments[0]
        return self.result(node, spec.gives, without_null(schema))

    def result(self, node: Filter, gives: str, schema: Schema) -> Schema:
        """The schema that a filter gives for a value of this schema."""
        match gives:
            case "same":
                return {"type": "array", "items": _of_ok_entries(node, items(schema))}
            case "item":
                return items(schema)
            case "items":
                return {"type": "array", "items": values_of(schema)}
            case "keys":
                return {"type": "array", "items": TEXT}
            case "column":
                key = node.arguments[0]
                if isinstance(key, Constant) and isinstance(key.value, str):
                    return {"type": "array", "items": self.step(items(schema), key.value, "an item", _span(key), guarded=False)}
                return {"type": "array"}
            case _:
                return {"type": gives}

    def need(self, node: Node, schema: Schema, takes: tuple[str, ...], message: str, *, hint: str | None = None) -> None:
        """Report a value that is of none of these kinds, or that may be null where null is none of them."""
        found = kinds(schema)
        if not found.isdisjoint(takes) and (NULL not in found or found == ALL_KINDS or NULL in takes):
            return
        name = f"'{path_text(node.keys)}'" if isinstance(node, Path) else "this"
        if found.isdisjoint(takes):
            code = "not-boolean" if takes == (BOOLEAN,) else "wrong-kind"
            self.report(code, f"{message}, and {name} is {_any_of(found)}", _span(node), expected=takes, hint=hint)
        else:
            self.report("maybe-null", f"{message}, and {name} may be null", _span(node), expected=takes, hint=hint)

    def report(self, code: str, message: str, span: Span, *, expected: tuple[str, ...] = (), hint: str | None = None) -> None:
        self.problems.append(TypeProblem(code, message, *span, tuple(sorted(expected)), hint))


def _of_ok_entries(node: Filter, schema: Schema) -> Schema:
    """The items that a filter leaves: of what a `for_each` step gave, `where('status', 'ok')` leaves those that have a result."""
    properties = schema.get("properties")
    wanted = [argument.value if isinstance(argument, Constant) else None for argument in node.arguments]
    if node.name != "where" or wanted != ["status", "ok"] or not isinstance(properties, dict) or "result" not in properties:
        return schema
    return {**schema, "properties": {**properties, "result": without_null(properties["result"])}}


def _span(node: Node) -> Span:
    return node.offset, node.length


def _any_of(found: frozenset[str]) -> str:
    return one_of(tuple(sorted(found)))
