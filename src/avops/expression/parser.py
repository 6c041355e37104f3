"""From tokens to a tree: a Pratt parser that also collects the names.

Loosest first: `or`, `and`, `not`, comparisons (which do not chain), `~`, `+ -`, `* /`, `|` and `is`, unary `-`, then
`.` and `[]`. As in Jinja, a filter or a test belongs to the value right before it.
"""

from __future__ import annotations

from typing import NoReturn

from avops.expression.errors import WORDS_HINT, ExpressionError
from avops.expression.filters import FILTERS
from avops.expression.lexer import KEYWORDS, Token, looks_like_words, tokenize
from avops.expression.lookup import did_you_mean
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
    NameUse,
    Negative,
    Node,
    Not,
    Path,
    Test,
)
from avops.expression.predicates import TESTS
from avops.expression.values import MAX_INTEGER

MAX_DEPTH = 30
"""Brackets, `not`, `-` and arguments inside one another."""

_OR, _AND, _NOT, _COMPARE, _JOIN, _SUM, _PRODUCT, _FILTER, _UNARY, _POSTFIX = range(1, 11)
_POWER = {
    "or": _OR,
    "and": _AND,
    "==": _COMPARE,
    "!=": _COMPARE,
    "<": _COMPARE,
    "<=": _COMPARE,
    ">": _COMPARE,
    ">=": _COMPARE,
    "in": _COMPARE,
    "not": _COMPARE,
    "~": _JOIN,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "|": _FILTER,
    "is": _FILTER,
    ".": _POSTFIX,
    "[": _POSTFIX,
}
_LITERALS = {"true": True, "false": False, "null": None}
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
_VALUE = ("(", "-", "[", "{", "a name", "a number", "a text in quotes", "false", "not", "null", "true")
_DOUBLED = {
    "**": "there are no powers; multiply",
    "//": "divide with '/' and add '| int'",
    "<>": "write '!='",
    "||": "write 'or'",
    "{{": "this is an expression already: leave '{{ }}' out",
}


def parse(text: str, start: int = 0, *, in_template: bool = False) -> tuple[Node, tuple[NameUse, ...], int]:
    """The tree, the names in the order of the text, and where the expression (in a template: its `}}`) ends.

    Raises ExpressionError, and nothing else, for any text.
    """
    try:
        parser = _Parser(text, start, in_template)
        node = parser.expression(0)
        end = parser.tokens[parser.index]
        if end.kind != "end":
            parser.unexpected("an operator", expected=(*_POWER, "the end"))
        return node, tuple(parser.names), end.end
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply", offset=start, length=len(text) - start) from None


class _Parser:
    """The state of one parse: the tokens, the place among them, the names so far."""

    __slots__ = ("depth", "in_template", "index", "names", "text", "tokens")

    def __init__(self, text: str, start: int, in_template: bool) -> None:
        self.text = text
        self.in_template = in_template
        self.tokens = tokenize(text, start, in_template=in_template)
        self.index = 0
        self.depth = 0
        self.names: list[NameUse] = []

    def expression(self, minimum: int) -> Node:
        """The longest expression from here whose operators bind at least as tightly as `minimum`."""
        node = self.operand(minimum)
        while True:
            token = self.tokens[self.index]
            power = _POWER.get(token.kind, -1)
            if power < minimum or power < 0:
                return node
            self.index += 1
            node = self.infix(node, token, power)

    def operand(self, minimum: int) -> Node:
        """A value before any operator."""
        token = self.tokens[self.index]
        kind, text, start, end = token
        self.index += 1
        if kind == "name":
            return self.path(token)
        if kind == "string":
            return Constant(self.unescape(token) if "\\" in text else text[1:-1], start, end - start)
        if kind == "number":
            return Constant(self.number(token), start, end - start)
        if kind in _LITERALS:
            return Constant(_LITERALS[kind], start, end - start)
        self.enter(token)
        try:
            if kind == "(":
                node = self.expression(0)
                self.take(")")
                return node
            if kind == "-":
                return self.negative(start)
            if kind == "not" and minimum <= _NOT:
                operand = self.expression(_NOT)
                return Not(operand, start, self.width(start))
            if kind == "[":
                return ListOf(self.series("]"), start, self.width(start))
            if kind == "{":
                return MappingOf(self.entries(), start, self.width(start))
        finally:
            self.depth -= 1
        self.index -= 1
        return self.unexpected("a value", expected=_VALUE)

    def infix(self, left: Node, token: Token, power: int) -> Node:
        """What an operator right after `left` makes of it."""
        kind = token.kind
        start = left.offset
        if power == _POSTFIX:
            return self.subscript(left, kind)
        if power == _FILTER:
            return self.test(left) if kind == "is" else self.filter(left)
        if power == _COMPARE:
            return self.compare(left, token)
        right = self.expression(power + 1)
        if power <= _AND:
            operands = (*left.operands, right) if isinstance(left, Logic) and left.operator == kind else (left, right)
            return Logic(kind, operands, start, self.width(start))
        if power == _JOIN:
            parts = (*left.parts, right) if isinstance(left, Join) else (left, right)
            return Join(parts, start, self.width(start))
        return Arithmetic(kind, left, right, start, self.width(start))

    def compare(self, left: Node, token: Token) -> Node:
        operator = token.kind
        if operator == "not":
            self.take("in")
            operator = "not in"
        right = self.expression(_JOIN)
        after = self.tokens[self.index]
        if _POWER.get(after.kind) == _COMPARE:
            self.fail("comparisons do not chain", after, hint="write 'a < b and b < c', or use parentheses")
        return Compare(operator, left, right, left.offset, self.width(left.offset))

    def path(self, token: Token) -> Node:
        """A name with the literal keys after it."""
        start = token.start
        keys: list[Key] = [token.text]
        offsets = [start]
        kind = self.tokens[self.index].kind
        if kind == "(":
            self.fail("there are no functions to call", token, hint="filters are written 'value | length'")
        while kind in (".", "["):
            if kind == ".":
                self.index += 1
                key = self.key()
                keys.append(key.text)
                offsets.append(key.start)
            elif (found := self.literal_subscript()) is not None:
                keys.append(found[0])
                offsets.append(found[1])
            else:
                break
            kind = self.tokens[self.index].kind
        path = tuple(keys)
        self.names.append(NameUse(path, start, False))
        return Path(path, tuple(offsets), start, self.tokens[self.index - 1].end - start)

    def literal_subscript(self) -> tuple[Key, int] | None:
        """The key and its place in `["key"]`, `[0]` or `[-1]`; None, with nothing taken, for anything else."""
        ahead = self.tokens[self.index + 1 : self.index + 4]
        kinds = [token.kind for token in ahead]
        token = ahead[0]
        key: Key
        if kinds[:2] == ["string", "]"]:
            key = self.unescape(token)
            self.index += 3
        elif kinds[:2] == ["number", "]"] and "." not in token.text:
            key = int(self.number(token))
            self.index += 3
        elif kinds == ["-", "number", "]"] and "." not in ahead[1].text:
            key = -int(self.number(ahead[1]))
            self.index += 4
        else:
            return None
        return key, token.start

    def key(self) -> Token:
        """The word after a dot; keywords are words too."""
        token = self.tokens[self.index]
        if token.kind != "name" and token.text not in KEYWORDS:
            hint = f"write '[{token.text}]' for an item of a list" if token.kind == "number" else "write '[\"…\"]' for other keys"
            self.unexpected("a key", expected=("a name",), hint=hint)
        self.index += 1
        if self.tokens[self.index].kind == "(":
            self.fail("there are no methods to call", token, hint="filters are written 'value | length'")
        return token

    def subscript(self, base: Node, kind: str) -> Node:
        if kind == ".":
            key = self.key()
            return Lookup(base, Constant(key.text, key.start, key.end - key.start), base.offset, self.width(base.offset))
        self.enter(self.tokens[self.index])
        index = self.expression(0)
        self.depth -= 1
        self.take("]")
        return Lookup(base, index, base.offset, self.width(base.offset))

    def test(self, operand: Node) -> Node:
        negated = self.tokens[self.index].kind == "not"
        if negated:
            self.index += 1
        token = self.tokens[self.index]
        if token.text not in TESTS:
            hint = did_you_mean(token.text, TESTS) or "compare with '==', '!=', '<', '>' or 'in'"
            self.unexpected("a test", expected=tuple(TESTS), hint=hint)
        self.index += 1
        name = TESTS[token.text]
        if name in ("defined", "undefined"):
            self.guard(operand)
        return Test(name, negated, operand, operand.offset, self.width(operand.offset))

    def filter(self, operand: Node) -> Node:
        token = self.tokens[self.index]
        spec = FILTERS.get(token.text)
        if spec is None:
            self.unexpected("a filter", expected=tuple(FILTERS), hint=did_you_mean(token.text, FILTERS))
        self.index += 1
        arguments: tuple[Node, ...] = ()
        if self.tokens[self.index].kind == "(":
            self.enter(self.tokens[self.index])
            self.index += 1
            arguments = self.series(")")
            self.depth -= 1
        if not spec.required <= len(arguments) <= len(spec.parameters):
            self.fail(f"'{token.text}' is written '{spec.usage()}', not with {len(arguments)} arguments", token)
        if token.text == "default":
            self.guard(operand)
        return Filter(token.text, operand, arguments, operand.offset, self.width(operand.offset))

    def guard(self, operand: Node) -> None:
        """Mark the name that `operand` starts from as one that may be missing."""
        while not isinstance(operand, Path):
            if isinstance(operand, Lookup):
                operand = operand.base
            elif isinstance(operand, Filter):
                operand = operand.operand
            else:
                return
        for index in range(len(self.names) - 1, -1, -1):
            use = self.names[index]
            if use.offset == operand.offset:
                self.names[index] = NameUse(use.path, use.offset, True)
                return

    def series(self, closing: str) -> tuple[Node, ...]:
        """Values with commas up to the closing bracket; a last comma is allowed."""
        items: list[Node] = []
        while self.tokens[self.index].kind != closing:
            items.append(self.expression(0))
            if self.tokens[self.index].kind != ",":
                break
            self.index += 1
        self.take(closing, ",")
        return tuple(items)

    def entries(self) -> tuple[tuple[str, Node], ...]:
        """`'key': value` with commas up to the closing brace."""
        entries: dict[str, Node] = {}
        while self.tokens[self.index].kind != "}":
            token = self.tokens[self.index]
            if token.kind != "string":
                self.unexpected("a key", expected=("a text in quotes", "}"), hint="keys are texts in quotes: {'power': 'on'}")
            self.index += 1
            key = self.unescape(token)
            if key in entries:
                self.fail(f"the key '{key}' is there twice", token)
            self.take(":")
            entries[key] = self.expression(0)
            if self.tokens[self.index].kind != ",":
                break
            self.index += 1
        self.take("}", ",")
        return tuple(entries.items())

    def negative(self, start: int) -> Node:
        operand = self.expression(_UNARY)
        width = self.width(start)
        if isinstance(operand, Constant) and type(operand.value) in (int, float):
            return Constant(-operand.value, start, width)  # type: ignore[operator]  # the line above has looked at the type
        return Negative(operand, start, width)

    def number(self, token: Token) -> int | float:
        text = token.text
        if len(text) > 1 and text[0] == "0" and text[1] != ".":
            self.fail(f"the number '{text[:40]}' starts with a zero", token, hint="leave the zero out, or put the text in quotes")
        if "." in text:
            value = float(text)
            if value != float("inf"):
                return value
        elif len(text) <= len(str(MAX_INTEGER)) and int(text) <= MAX_INTEGER:
            return int(text)
        return self.fail("the number is too large", token)

    def unescape(self, token: Token) -> str:
        """The text between the quotes; a backslash may stand before \\ ' " n r t."""
        head, *pieces = token.text[1:-1].split("\\")
        parts = [head]
        position = token.start + 1 + len(head)
        literal = False
        for piece in pieces:
            if literal:  # the piece after an escaped backslash
                literal = False
                parts.append(piece)
            elif not piece:
                literal = True
                parts.append("\\")
            elif piece[0] in _ESCAPES:
                parts.append(_ESCAPES[piece[0]] + piece[1:])
            else:
                shown = Token("string", piece, position, position + 2)
                self.fail(
                    f"'\\{piece[0]}' is no escape",
                    shown,
                    expected=tuple("\\" + letter for letter in _ESCAPES),
                    hint="write '\\\\' for one \\",
                )
            position += 1 + len(piece)
        return "".join(parts)

    def take(self, kind: str, *others: str) -> Token:
        token = self.tokens[self.index]
        if token.kind != kind:
            self.unexpected(f"'{kind}'", expected=(kind, *others))
        self.index += 1
        return token

    def enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"the expression is nested more than {MAX_DEPTH} deep", token)

    def width(self, start: int) -> int:
        return self.tokens[self.index - 1].end - start

    def sentence(self) -> bool:
        return not self.in_template and looks_like_words(self.text)

    def fail(self, message: str, token: Token, *, expected: tuple[str, ...] = (), hint: str | None = None) -> NoReturn:
        raise ExpressionError(message, offset=token.start, length=token.end - token.start, expected=expected, hint=hint)

    def unexpected(self, wanted: str, *, expected: tuple[str, ...] = (), hint: str | None = None) -> NoReturn:
        """Complain about the token at hand, where `wanted` should stand."""
        token = self.tokens[self.index]
        before = self.tokens[self.index - 1] if self.index else token
        found = f"'{token.text[:40]}'" if token.text else "the end"
        doubled = self.text[before.start : token.end] if before.end == token.start else ""
        if self.sentence():
            hint = WORDS_HINT
        elif doubled in _DOUBLED:
            hint = _DOUBLED[doubled]
        elif token.text in ("if", "else", "for", "set"):
            hint = "there are no statements; use 'when:' on the step, or '| default(…)'"
        self.fail(f"expected {wanted}, found {found}", token, expected=expected, hint=hint)
