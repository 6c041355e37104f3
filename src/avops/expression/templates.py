"""Texts with `{{ }}` in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.expression.compiler import Run, compile_node, part_text
from avops.expression.errors import ExpressionError
from avops.expression.expressions import foreign
from avops.expression.parser import parse
from avops.expression.values import MAX_TEXT, too_long

if TYPE_CHECKING:
    from avops.expression.lookup import Scope
    from avops.expression.nodes import NameUse, Node

_OPENING = re.compile(r"\{[{%#]")

MAX_PARTS = 500
"""Expressions in one template."""
_REFUSED = {
    "{%": (
        "'{% %}' is not part of a template: there are no statements",
        "use 'when:' or 'for_each:' on the step; write {{ '{%' }} for the characters",
    ),
    "{#": ("'{# #}' is not part of a template", "write a comment with '#' in the YAML; write {{ '{#' }} for the characters"),
}


class Template:
    """A text with expressions inside `{{ }}`.

    `parts` are its pieces in order, texts and trees; `names` the names they use, with offsets into the whole text.
    `is_constant`: it has no expressions. `lone`: it is one expression and nothing else, and renders to that value.
    """

    __slots__ = ("_runs", "is_constant", "lone", "names", "parts", "text")

    def __init__(self, text: str, parts: tuple[str | Node, ...], names: tuple[NameUse, ...]) -> None:
        self.text = text
        self.parts = parts
        self.names = names
        self.is_constant = all(isinstance(part, str) for part in parts)
        self.lone = None if len(parts) != 1 or isinstance(parts[0], str) else parts[0]
        self._runs: list[str | tuple[Run, Node]] | None = None

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def render(self, scope: Scope) -> object:
        """The text with the values in it; for one lone `{{ x }}`, x itself.

        In a text, numbers and booleans are written as JSON has them, lists and mappings as JSON; null and missing
        values are an ExpressionError, which is the only thing raised. A lone list or dict may be the scope's own.
        """
        if self.is_constant:
            return self.text
        node = self.lone
        try:
            runs = self._runs
            if runs is None:
                runs = self._runs = [part if isinstance(part, str) else (compile_node(part), part) for part in self.parts]
            if node is not None:
                return runs[0][0](scope)  # type: ignore[operator]  # the lone part is no text
            return self._text(scope, runs)
        except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
            place = node or next(part for part in self.parts if not isinstance(part, str))
            raise foreign(error, place) from None

    def _text(self, scope: Scope, runs: list[str | tuple[Run, Node]]) -> str:
        pieces: list[str] = []
        room = MAX_TEXT
        for run in runs:
            piece = run if isinstance(run, str) else part_text(*run, scope)
            room -= len(piece)
            if room < 0:
                raise too_long().at(0, len(self.text))
            pieces.append(piece)
        return "".join(pieces)


def parse_template(text: str) -> Template:
    """The template that a text is; raises ExpressionError for a `{{ }}` that does not parse, for `{%` and `{#`."""
    if "{" not in text:
        return Template(text, (text,), ())
    parts: list[str | Node] = []
    names: list[NameUse] = []
    position = 0
    while found := _OPENING.search(text, position):
        start = found.start()
        if found[0] in _REFUSED:
            message, hint = _REFUSED[found[0]]
            raise ExpressionError(message, offset=start, length=2, hint=hint)
        if text.startswith("{{-", start):
            hint = "leave the '-' out; write '{{ -x }}' for a negative number"
            raise ExpressionError("'{{-' is not part of a template", offset=start, length=3, hint=hint)
        if start > position:
            parts.append(text[position:start])
        node, used, position = parse(text, start + 2, in_template=True)
        parts.append(node)
        names.extend(used)
        if len(parts) > 2 * MAX_PARTS:
            raise ExpressionError(f"the template has more than {MAX_PARTS} expressions", offset=start, length=2)
    if position < len(text) or not parts:
        parts.append(text[position:])
    if len(parts) > 1 and len(text) > MAX_TEXT:
        raise ExpressionError(f"the template is longer than {MAX_TEXT} characters", offset=MAX_TEXT, length=len(text) - MAX_TEXT)
    return Template(text, tuple(parts), tuple(names))
