"""Findings as diagnostics: a data path, perhaps with characters inside its text, becomes lines and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.diagnostic import Diagnostic, Severity
from avops.project.yaml_positions import positions
from avops.project.yaml_source import Span, line_of

if TYPE_CHECKING:
    from avops.lint.rule import Finding
    from avops.project.yaml_positions import Positions

_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}


class Places:
    """The places of one file; it is read again only when the first finding asks."""

    __slots__ = ("_path", "_positions", "_text")

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._positions: Positions | None = None

    def diagnostic(self, rule: str, finding: Finding) -> Diagnostic:
        """The finding of a rule with its span and line; its severity is decided later."""
        span = finding.span or self._span(finding)
        snippet = line_of(self._text, span.line)
        if finding.is_secret:
            snippet = snippet[: span.column - 1] + "*" * (span.end_column - span.column) + snippet[span.end_column - 1 :]
        return Diagnostic(
            rule=rule,
            severity=Severity.ERROR,
            message=finding.message,
            path=self._path,
            line=span.line,
            column=span.column,
            end_line=span.end_line,
            end_column=span.end_column,
            expected=finding.expected,
            hint=finding.hint,
            snippet=snippet,
        )

    def step_span(self, path: tuple[str | int, ...]) -> Span:
        """The lines of the value at `path`."""
        return self._places().value(path)

    def _places(self) -> Positions:
        if self._positions is None:
            self._positions = positions(self._text)
        return self._positions

    def _span(self, finding: Finding) -> Span:
        places = self._places()
        span = places.key(finding.path) if finding.at_key else places.value(finding.path)
        if finding.length and finding.path in places and not finding.at_key:
            inner = self._inside(span, finding.offset, finding.length)
            if inner is not None:
                return inner
        if span.end_line > span.line:
            line = line_of(self._text, span.line)
            return Span(span.line, span.column, span.line, max(len(line.rstrip()) + 1, span.column + 1))
        return span

    def _inside(self, span: Span, offset: int, length: int) -> Span | None:
        """The characters of a text as they are written; None where they cannot be told (folded texts)."""
        line = line_of(self._text, span.line)
        first = line[span.column - 1 : span.column]
        if first == "|":
            return self._in_literal(span, offset, length)
        if span.end_line != span.line:
            return None
        if first == '"':
            start, end = _double_quoted(line, span.column, offset), _double_quoted(line, span.column, offset + length)
        elif first == "'":
            start, end = _single_quoted(line, span.column, offset), _single_quoted(line, span.column, offset + length)
        else:
            start, end = span.column + offset, span.column + offset + length
        end = max(min(end, span.end_column), start + 1)
        return Span(span.line, start, span.line, end) if start <= len(line) + 1 else None

    def _in_literal(self, span: Span, offset: int, length: int) -> Span | None:
        """Characters of a `|` text: its lines are as written, less their indentation."""
        number = span.line + 1
        first = line_of(self._text, number)
        indent = len(first) - len(first.lstrip(" "))
        while number <= span.end_line:
            size = max(len(line_of(self._text, number)) - indent, 0) + 1
            if offset < size:
                start = indent + offset + 1
                return Span(number, start, number, min(start + length, indent + size))
            offset -= size
            number += 1
        return None


def _single_quoted(line: str, column: int, offset: int) -> int:
    """The column of a character of a single-quoted text that begins at `column`; `''` is one character."""
    at = column
    for _ in range(offset):
        at += 2 if line[at : at + 2] == "''" else 1
    return at + 1


def _double_quoted(line: str, column: int, offset: int) -> int:
    at = column
    for _ in range(offset):
        at += _ESCAPE_LENGTHS.get(line[at + 1 : at + 2], 2) if line[at : at + 1] == "\\" else 1
    return at + 1
