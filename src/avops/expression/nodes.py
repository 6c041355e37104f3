"""The parsed tree of an expression: frozen nodes that lint walks and the compiler turns into closures.

Every node has `offset` and `length`, in characters of the text that was parsed; in a template that is the whole
template's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: string, integer, fraction, true, false or null."""

    value: str | int | float | bool | None
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Path:
    """A name and the literal keys after it: `state.rooms[0]["zoom id"]`.

    `keys[0]` is the name; `offsets[i]` is where `keys[i]` starts.
    """

    keys: tuple[Key, ...]
    offsets: tuple[int, ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Lookup:
    """`base[index]` where the base is no path, or the index is computed."""

    base: Node
    index: Node
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Node, ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class MappingOf:
    """`{'key': value}`; the keys are text constants."""

    entries: tuple[tuple[str, Node], ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Node
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Negative:
    """`-operand`."""

    operand: Node
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and c`, or the same with `or`; two operands or more."""

    operator: str
    operands: tuple[Node, ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`; the operator is one of == != < <= > >= `in` `not in`."""

    operator: str
    left: Node
    right: Node
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right`; the operator is one of + - * /."""

    operator: str
    left: Node
    right: Node
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Join:
    """`a ~ b ~ c`: text."""

    parts: tuple[Node, ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Test:
    """`operand is name`, or `is not` when negated."""

    name: str
    negated: bool
    operand: Node
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Filter:
    """`operand | name(arguments)`."""

    name: str
    operand: Node
    arguments: tuple[Node, ...]
    offset: int
    length: int


Node: TypeAlias = Constant | Path | Lookup | ListOf | MappingOf | Not | Negative | Logic | Compare | Arithmetic | Join | Test | Filter


@dataclass(frozen=True, slots=True)
class NameUse:
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
            return (node.base, node.index)
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
