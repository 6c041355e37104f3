"""From a tree to nested closures that evaluate it.

A closure takes the scope and gives a plain value, or raises ExpressionError. In guarded mode (under `is defined` and
`default(…)`) it gives MISSING for what is not there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from avops.expression.errors import ExpressionError, MisuseError
from avops.expression.filters import FILTERS, EmptyListError
from avops.expression.lookup import MISSING, Scope, described, member, walk
from avops.expression.nodes import (
    Arithmetic,
    Compare,
    Constant,
    Filter,
    Join,
    ListOf,
    Logic,
    Lookup,
    MappingOf,
    Negative,
    Node,
    Not,
    Path,
    Test,
)
from avops.expression.predicates import PREDICATES
from avops.expression.values import (
    EXACT,
    MAX_INTEGER,
    MAX_TEXT,
    SCALARS,
    STRING,
    check_size,
    contains,
    equal,
    finite,
    kind_of,
    less,
    text_of,
    too_long,
    whole,
    with_article,
)

Run: TypeAlias = Callable[[Scope], object]


def compile_node(node: Node, guarded: bool = False) -> Run:
    """The closure for a node."""
    match node:
        case Constant():
            value = node.value
            return lambda scope: value
        case Path():
            return _path(node, guarded)
        case Lookup():
            return _lookup(node, guarded)
        case Compare():
            return _compare(node)
        case Logic():
            return _logic(node)
        case Not():
            return _not(node)
        case Test():
            return _test(node)
        case Filter():
            return _filter(node, guarded)
        case Join():
            return _join(node)
        case Arithmetic():
            return _arithmetic(node)
        case Negative():
            return _negative(node)
        case ListOf() | MappingOf():
            return _container(node)


def _path(node: Path, guarded: bool) -> Run:
    name, *keys = node.keys
    if any(type(key) is not str for key in keys):
        return lambda scope: walk(node, scope, guarded)

    def run(scope: Scope) -> object:
        # The common case, dictionaries all the way; `walk` takes what else there is, and finds the words for it.
        try:
            value = scope[name]  # type: ignore[index]  # the first key is the name
            for key in keys:
                if type(value) is not dict:
                    return walk(node, scope, guarded)
                value = value[key]
        except KeyError:
            return walk(node, scope, guarded)
        kind = type(value)
        if kind in EXACT or (kind is int and -MAX_INTEGER <= value <= MAX_INTEGER):  # type: ignore[operator]  # an int, as just seen
            return value
        return walk(node, scope, guarded)

    return run


def _lookup(node: Lookup, guarded: bool) -> Run:
    base, key = compile_node(node.base, guarded), compile_node(node.key)

    def run(scope: Scope) -> object:
        value = base(scope)
        if value is MISSING:
            return MISSING
        try:
            return member(value, key(scope), lambda: described(node.base), guarded)
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None

    return run


def _compare(node: Compare) -> Run:
    left, right = compile_node(node.left), compile_node(node.right)
    if node.operator in ("==", "!="):
        return _equality(node, left, right)
    if node.operator in ("in", "not in") and isinstance(node.right, ListOf):
        words = [item.value for item in node.right.items if isinstance(item, Constant) and type(item.value) is str]
        if len(words) == len(node.right.items):
            return _one_of(left, frozenset(words), node.operator == "in")
    judge, direct = _JUDGES[node.operator], _DIRECT.get(node.operator)

    def run(scope: Scope) -> object:
        one, two = left(scope), right(scope)
        kind = type(one)
        if direct is not None and kind is type(two) and (kind is int or kind is float or kind is str):
            return direct(one, two)
        try:
            return judge(one, two)
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None

    return run


def _one_of(left: Run, words: frozenset[str], wanted: bool) -> Run:
    """`left in ['a', 'b']`: what is no string is none of them."""

    def run(scope: Scope) -> object:
        value = left(scope)
        return (type(value) is str and value in words) is wanted

    return run


_DIRECT: dict[str, Callable[[Any, Any], bool]] = {  # called on two values of one orderable type only
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_JUDGES: dict[str, Callable[[object, object], bool]] = {
    "<": less,
    "<=": lambda left, right: not less(right, left),
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: not less(left, right),
    "in": lambda left, right: contains(right, left),
    "not in": lambda left, right: not contains(right, left),
}


def _equality(node: Compare, left: Run, right: Run) -> Run:
    wanted = node.operator == "=="
    if isinstance(node.right, Constant) and type(node.right.value) in SCALARS:
        constant = node.right.value
        kind = type(constant)

        def run_constant(scope: Scope) -> object:
            value = left(scope)
            if type(value) is kind:
                return (value == constant) is wanted
            return equal(value, constant) is wanted

        return run_constant

    def run(scope: Scope) -> object:
        try:
            return equal(left(scope), right(scope)) is wanted
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None

    return run


def _boolean(value: object, operand: Node, word: str) -> bool:
    if value is True or value is False:
        return value
    kind = kind_of(value)
    hint = f"compare it, for example \"{described(operand)} == 'on'\"" if kind == STRING else "compare it, or test it with 'is'"
    if word == "or":
        hint = 'for a value that may be missing write "| default(…)"'
    raise MisuseError(f"'{word}' needs true or false, not {with_article(kind)}", expected=("false", "true"), hint=hint).at(
        operand.offset, operand.length
    )


def _logic(node: Logic) -> Run:
    word = node.operator
    decisive = word == "or"
    operands = [(compile_node(operand), operand) for operand in node.operands]

    def run(scope: Scope) -> object:
        for operand, place in operands:
            value = operand(scope)
            if value is not True and value is not False:
                _boolean(value, place, word)
            if value is decisive:
                return decisive
        return not decisive

    return run


def _not(node: Not) -> Run:
    operand = compile_node(node.operand)
    return lambda scope: not _boolean(operand(scope), node.operand, "not")


def _test(node: Test) -> Run:
    wanted = not node.negated
    if node.name in ("defined", "undefined"):
        guarded = compile_node(node.operand, True)
        if node.name == "undefined":
            wanted = not wanted
        return lambda scope: (guarded(scope) is not MISSING) is wanted
    operand, predicate = compile_node(node.operand), PREDICATES[node.name]

    def run(scope: Scope) -> object:
        try:
            return predicate(operand(scope)) is wanted
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None

    return run


def _filter(node: Filter, guarded: bool) -> Run:
    spec = FILTERS[node.name]
    if node.name == "default":
        return _default(node)
    operand = compile_node(node.operand, guarded)
    arguments = [compile_node(argument) for argument in node.arguments]
    apply, check, takes_null = spec.apply, spec.check, "null" in spec.takes

    def run(scope: Scope) -> object:
        value = operand(scope)
        if value is MISSING or (guarded and value is None and not takes_null):
            return MISSING
        given = tuple([argument(scope) for argument in arguments])
        try:
            check(value, given)
            return apply(value, *given)
        except EmptyListError as empty:
            if guarded:
                return MISSING
            raise empty.at(node.offset, node.length) from None
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None

    return run


def _default(node: Filter) -> Run:
    operand, replacement = compile_node(node.operand, True), compile_node(node.arguments[0])

    def run(scope: Scope) -> object:
        value = operand(scope)
        return replacement(scope) if value is MISSING or value is None else value

    return run


def _join(node: Join) -> Run:
    parts = [(compile_node(part), part) for part in node.parts]

    def run(scope: Scope) -> object:
        texts = [part_text(part, place, scope) for part, place in parts]
        if sum(map(len, texts)) > MAX_TEXT:
            raise too_long().at(node.offset, node.length)
        return "".join(texts)

    return run


def part_text(run: Run, part: Node, scope: Scope) -> str:
    """One part of a text; null is an ExpressionError that names the path."""
    value = run(scope)
    try:
        return text_of(value)
    except MisuseError as misuse:
        if value is None:
            misuse.message = f"'{described(part)}' is null, which cannot be put into a text"
        raise misuse.at(part.offset, part.length) from None


_OPERATIONS: dict[str, Callable[[int | float, int | float], int | float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def _number(value: object, place: Node, symbol: str) -> int | float:
    if type(value) is int or type(value) is float:
        return value
    kind = kind_of(value)
    hint = None
    if kind == STRING:
        hint = "join text with '~', or make a number of it with '| number'" if symbol == "+" else "make a number of it with '| number'"
    raise MisuseError(f"'{symbol}' needs numbers, not {with_article(kind)}", expected=("number",), hint=hint).at(place.offset, place.length)


def _arithmetic(node: Arithmetic) -> Run:
    left, right, symbol = compile_node(node.left), compile_node(node.right), node.operator
    operate = _OPERATIONS.get(symbol, _divide)

    def run(scope: Scope) -> object:
        one, two = _number(left(scope), node.left, symbol), _number(right(scope), node.right, symbol)
        try:
            result = operate(one, two)
            return whole(result) if type(result) is int else finite(result)
        except OverflowError:
            raise ExpressionError("the number is too large", offset=node.offset, length=node.length) from None
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None

    return run


def _divide(left: int | float, right: int | float) -> int | float:
    """The quotient: an integer where integers divide without a rest, so that 120 / 60 is written 2."""
    if right == 0:
        raise MisuseError("division by zero")
    if type(left) is int and type(right) is int and left % right == 0:
        return left // right
    return left / right


def _negative(node: Negative) -> Run:
    operand = compile_node(node.operand)
    return lambda scope: -_number(operand(scope), node.operand, "-")


def _container(node: ListOf | MappingOf) -> Run:
    if isinstance(node, ListOf):
        if all(isinstance(item, Constant) for item in node.items):
            constants = [item.value for item in node.items if isinstance(item, Constant)]
            return lambda scope: constants.copy()
        items = [compile_node(item) for item in node.items]

        def collect(scope: Scope) -> object:
            return [item(scope) for item in items]
    else:
        entries = [(key, compile_node(value)) for key, value in node.entries]

        def collect(scope: Scope) -> object:
            return {key: value(scope) for key, value in entries}

    def run(scope: Scope) -> object:
        value = collect(scope)
        try:
            check_size(value)
        except MisuseError as misuse:
            raise misuse.at(node.offset, node.length) from None
        return value

    return run
