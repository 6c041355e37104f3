"""The parsed tree of an expression: frozen nodes that lint walks and the compiler turns into closures.

Every node has `offset` and `length`, in characters of the text that was parsed; in a template that is the whole
template's text. Named tuples, because lint makes hundreds of thousands of them: they are immutable and cheap to make.
Tell them apart by class, never by `==`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Key: TypeAlias = str | int


class Constant(NamedTuple):
    """A literal: string, integer, fraction, true, false or null."""

    value: str | int | float | bool | None
    offset: int
    length: int


class Path(NamedTuple):
    """A name and the literal keys after it: `state.rooms[0]["zoom id"]`.

    `keys[0]` is the name; `offsets[i]` is where `keys[i]` starts.
    """

    keys: tuple[Key, ...]
    offsets: tuple[int, ...]
    offset: int
    length: int


class Lookup(NamedTuple):
    """`base[key]` where the base is no path, or the key is computed."""

    base: Node
    key: Node
    offset: int
    length: int


class ListOf(NamedTuple):
    """`[a, b]`."""

    items: tuple[Node, ...]
    offset: int
    length: int


class MappingOf(NamedTuple):
    """`{'key': value}`; the keys are text constants."""

    entries: tuple[tuple[str, Node], ...]
    offset: int
    length: int


class Not(NamedTuple):
    """`not operand`."""

    operand: Node
    offset: int
    length: int


class Negative(NamedTuple):
    """`-operand`."""

    operand: Node
    offset: int
    length: int


class Logic(NamedTuple):
    """`a and b and c`, or the same with `or`; two operands or more."""

    operator: str
    operands: tuple[Node, ...]
    offset: int
    length: int


class Compare(NamedTuple):
    """`left operator right`; the operator is one of == != < <= > >= `in` `not in`."""

    operator: str
    left: Node
    right: Node
    offset: int
    length: int


class Arithmetic(NamedTuple):
    """`left operator right`; the operator is one of + - * /."""

    operator: str
    left: Node
    right: Node
    offset: int
    length: int


class Join(NamedTuple):
    """`a ~ b ~ c`: text."""

    parts: tuple[Node, ...]
    offset: int
    length: int


class Test(NamedTuple):
    """`operand is name`, or `is not` when negated."""

    name: str
    negated: bool
    operand: Node
    offset: int
    length: int


class Filter(NamedTuple):
    """`operand | name(arguments)`."""

    name: str
    operand: Node
    arguments: tuple[Node, ...]
    offset: int
    length: int


Node: TypeAlias = Constant | Path | Lookup | ListOf | MappingOf | Not | Negative | Logic | Compare | Arithmetic | Join | Test | Filter


class NameUse(NamedTuple):
    """One use of a name: its literal path, where it starts, and whether it may be missing.

    A literal subscript belongs to the path, a computed one ends it. `guarded`: under `is defined` or `default(…)`,
    so that a missing or null value is no error.
    """

    path: tuple[Key, ...]
    offset: int
    guarded: bool


def path_text(keys: tuple[Key, ...]) -> str:
    """A path as one would write it: `state.rooms[0]['zoom id']`."""
    parts = [str(keys[0])]
    for key in keys[1:]:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif key.isascii() and key.isidentifier():
            parts.append(f".{key}")
        else:
            parts.append(f"[{key!r}]")
    return "".join(parts)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly beneath a node, in the order of the text."""
    match node:
        case Constant() | Path():
            return ()
        case Lookup():
            return (node.base, node.key)
        case ListOf():
            return node.items
        case MappingOf():
            return tuple(value for _, value in node.entries)
        case Not() | Negative() | Test():
            return (node.operand,)
        case Logic():
            return node.operands
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case Join():
            return node.parts
        case Filter():
            return (node.operand, *node.arguments)
