"""A recipe's expressions and templates in the words of somebody who stands in the room."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.expression import Expression, ExpressionError, parse_expression, parse_template
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
    Not,
    Path,
    Test,
    children,
    path_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.expression.nodes import Key, Node

_COMPARED = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "in": "is in",
    "not in": "is not in",
}
_COUNTED = {"length": "the number of", "first": "the first of", "last": "the last of", "min": "the least of", "max": "the most of"}
_QUIET_FILTERS = frozenset({"default", "int", "lower", "number", "round", "string", "trim", "upper"})
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is known when a card is made: `scope` holds the room and the inputs, `marks` the card's mark of each step's id."""

    scope: Mapping[str, object]
    marks: Mapping[str, str]

    def expression(self, text: str) -> str:
        """An expression in words; one that cannot be read stays as it is."""
        try:
            return self._node(parse_expression(text).root)
        except ExpressionError:
            return text

    def template(self, text: str) -> str:
        """A text with what is known filled in, and the rest in words."""
        try:
            parts = parse_template(text).parts
        except ExpressionError:
            return text
        return " ".join("".join(part if isinstance(part, str) else self._value(part) for part in parts).split())

    def value(self, value: object) -> str:
        """Any value of a document: texts as templates, others as they are."""
        if isinstance(value, str):
            return self._lone(value) or self.template(value)
        if isinstance(value, list):
            return ", ".join(self.value(each) for each in value)
        if isinstance(value, dict):
            return ", ".join(f"{key} = {self.value(each)}" for key, each in value.items())
        return _constant(value)

    def _lone(self, text: str) -> str:
        """What a text that is one expression and nothing else stands for; empty for any other."""
        try:
            node = parse_template(text).lone
        except ExpressionError:
            return ""
        if node is None:
            return ""
        known, value = self._known(node)
        return _plain(value) if known else self._node(node)

    def _value(self, node: Node) -> str:
        """A value inside a text: what it is where that is known, what it is called otherwise."""
        known, value = self._known(node)
        return _plain(value) if known else f"({self._node(node)})"

    def _known(self, node: Node) -> tuple[bool, object]:
        if not all(keys[0] in self.scope for keys in _roots(node)):
            return False, None
        try:
            value = Expression("", node, ()).evaluate(self.scope)
        except ExpressionError:  # what cannot be worked out here is said in words
            return False, None
        return value is not None, value

    def _node(self, node: Node) -> str:  # one arm per kind of node
        if not isinstance(node, Constant) and (known := self._known(node))[0]:
            return _quoted(known[1])
        match node:
            case Constant():
                return _quoted(node.value)
            case Path():
                return self._path(node.keys)
            case Compare():
                right = "empty" if isinstance(node.right, Constant) and node.right.value == "" else self._operand(node.right)
                return f"{self._operand(node.left)} {_COMPARED[node.operator]} {right}"
            case Logic():
                return f", {node.operator} ".join(self._operand(each) for each in node.operands)
            case Not():
                return f"not {self._operand(node.operand)}"
            case Test():
                word = "known" if node.name == "defined" else node.name
                return f"{self._operand(node.operand)} is {'not ' if node.negated else ''}{word}"
            case Filter():
                return self._filter(node)
            case Join():
                return " ".join(self._operand(each) for each in node.parts)
            case Arithmetic():
                return f"{self._operand(node.left)} {node.operator} {self._operand(node.right)}"
            case Negative():
                return f"-{self._operand(node.operand)}"
            case ListOf():
                return ", ".join(self._node(each) for each in node.items)
            case MappingOf():
                return ", ".join(f"{key} = {self._node(each)}" for key, each in node.entries)
            case Lookup():
                return f"{self._node(node.base)}, entry {self._node(node.key)}"

    def _operand(self, node: Node) -> str:
        return f"({self._node(node)})" if isinstance(node, Logic) else self._node(node)

    def _filter(self, node: Filter) -> str:
        operand = self._operand(node.operand)
        if node.name in _QUIET_FILTERS:
            return operand
        if node.name in _COUNTED:
            return f"{_COUNTED[node.name]} {operand}"
        given = ", ".join(self._node(each) for each in node.arguments)
        if node.name == "where":
            return f"those of {operand} with {given.replace(', ', ' ', 1)}"
        if node.name == "pluck":
            return f"{given} of each of {operand}"
        return f"{operand} ({node.name}{f' {given}' if given else ''})"

    def _path(self, keys: tuple[Key, ...]) -> str:
        root, rest = str(keys[0]), keys[1:]
        if root in ("intake", "plan", "act", "verify") and rest:
            root, rest = str(rest[0]), rest[1:]
        tail = path_text(rest).replace("_", " ") if rest and isinstance(rest[0], str) else "".join(f"[{key}]" for key in rest)
        if root == "reading":
            return tail or "what is read"
        if root == "inputs":
            return f"the input {tail or 'values'}"
        if root == "room":
            return f"the room's {tail}" if tail else "the room"
        if root == "item":
            return f"the entry's {tail}" if tail else "the entry"
        mark = self.marks.get(root)
        if mark is None:
            return f"{root}'s {tail}" if tail else root
        return f"{tail} seen in {mark}" if tail else f"what came of {mark}"


def _roots(node: Node) -> list[tuple[Key, ...]]:
    if isinstance(node, Path):
        return [node.keys]
    return [keys for child in children(node) for keys in _roots(child)]


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    text = value if isinstance(value, str) else _constant(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _quoted(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else _plain(value)


def _constant(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, default=str)
