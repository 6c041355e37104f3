"""One expression: parsed once, evaluated often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.expression.compiler import Run, compile_node
from avops.expression.errors import ExpressionError
from avops.expression.nodes import Path, path_text
from avops.expression.parser import parse
from avops.expression.values import STRING, kind_of, shown

if TYPE_CHECKING:
    from avops.expression.lookup import Scope
    from avops.expression.nodes import NameUse, Node


class Expression:
    """A parsed expression.

    `text` is what was parsed, `root` the tree, `names` the names it uses in the order of the text. Immutable; safe to
    evaluate from several threads. It is compiled on the first evaluation, so that reading without running stays cheap.
    """

    __slots__ = ("_run", "names", "root", "text")

    text: str
    root: Node
    names: tuple[NameUse, ...]

    def __init__(self, text: str, root: Node, names: tuple[NameUse, ...]) -> None:
        self.text = text
        self.root = root
        self.names = names
        self._run: Run | None = None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, scope: Scope) -> object:
        """The value on this scope: str, int, float, bool, None, list or dict.

        Lists and dicts may be the scope's own: do not change them. Raises ExpressionError, and nothing else, for values
        that do not fit.
        """
        run = self._run
        if run is None:
            run = self._run = compiled(self.root)
        try:
            return run(scope)
        except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
            raise foreign(error, self.root) from None

    def test(self, scope: Scope) -> bool:
        """Whether it is true on this scope; any result that is not true or false is an ExpressionError."""
        value = self.evaluate(scope)
        if value is True or value is False:
            return value
        hint = "compare it, or test it with 'is'"
        if isinstance(self.root, Path) and kind_of(value) == STRING:
            hint = f"compare it, for example \"{path_text(self.root.keys)} == '…'\""
        raise ExpressionError(
            f"a check gives true or false, this gives {shown(value)}",
            offset=self.root.offset,
            length=self.root.length,
            expected=("false", "true"),
            hint=hint,
        )


def parse_expression(text: str) -> Expression:
    """The expression that a text is; raises ExpressionError, with the place and what was expected, when it is none."""
    root, names, _ = parse(text)
    return Expression(text, root, names)


def compiled(root: Node) -> Run:
    """The closure of a tree; a tree too deep to compile is an ExpressionError."""
    try:
        return compile_node(root)
    except RecursionError as error:
        raise foreign(error, root) from None


def foreign(error: Exception, node: Node) -> ExpressionError:
    """Python's own complaint about a value, as an ExpressionError about the whole expression."""
    if isinstance(error, RecursionError):
        return ExpressionError("the expression or a value is nested too deeply", offset=node.offset, length=node.length)
    if isinstance(error, OverflowError):
        return ExpressionError("the number is too large", offset=node.offset, length=node.length)
    return ExpressionError(f"the expression cannot be evaluated on these values ({error})"[:200], offset=node.offset, length=node.length)
