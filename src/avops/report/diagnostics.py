"""Diagnostics as plain text: the place, the line, a mark under the mistake, and how to mend it.

Whatever a file holds, its terminal escape sequences, control characters and direction overrides come out as visible
text, so a document cannot move the cursor, hide a line or recolour a message.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.model.diagnostic import Diagnostic

WIDTH = 100
_TAB = 4
_MANY = 24


def render_diagnostics(diagnostics: Iterable[Diagnostic], *, width: int = WIDTH) -> str:
    """All `diagnostics`, in the order given, with an empty line between them; no final newline."""
    return "\n\n".join(render_diagnostic(each, width=width) for each in diagnostics)


def render_diagnostic(diagnostic: Diagnostic, *, width: int = WIDTH) -> str:
    """One diagnostic: `FILE:LINE:COLUMN: severity: message [rule]`, the line with marks, the expected set, the hint."""
    where = f"{visible(diagnostic.path)}:{diagnostic.line}:{diagnostic.column}"
    lines = [f"{where}: {diagnostic.severity}: {visible(diagnostic.message)} [{visible(diagnostic.rule)}]"]
    if diagnostic.snippet is not None and diagnostic.snippet.strip():
        lines += _excerpt(diagnostic, width)
    if diagnostic.expected:
        lines.append(f"  expected one of: {_listed(diagnostic.expected)}")
    if diagnostic.hint:
        lines.append(f"  hint: {visible(diagnostic.hint)}")
    return "\n".join(lines)


def visible(text: str) -> str:
    """`text` on one line, with everything that a terminal would obey written out."""
    return "".join(_shown(character) for character in text)


def _listed(expected: tuple[str, ...]) -> str:
    shown = ", ".join(visible(each) for each in expected[:_MANY])
    more = len(expected) - _MANY
    return f"{shown}, and {more} more" if more > 0 else shown


def _excerpt(diagnostic: Diagnostic, width: int) -> list[str]:
    snippet = diagnostic.snippet or ""
    first = min(max(diagnostic.column - 1, 0), len(snippet))
    last = first + 1
    if diagnostic.end_line is not None and diagnostic.end_line > diagnostic.line:
        last = max(len(snippet.rstrip()), first + 1)
    elif diagnostic.end_column is not None:
        last = max(min(diagnostic.end_column - 1, len(snippet)), first + 1)
    gutter = f"{diagnostic.line:>5} | "
    text, marks = _window(snippet, first, last, max(width - len(gutter), 20))
    return [f"{gutter}{text}".rstrip(), f"{' ' * (len(gutter) - 2)}| {marks}"]


def _window(snippet: str, first: int, last: int, room: int) -> tuple[str, str]:
    """The part of the line that fits in `room` columns around its mark, and the marks below it."""
    # Only what can be near the mark is looked at: a line may be a million characters long.
    skipped = max(first - 2 * room, 0)
    more = len(snippet) > first + 2 * room
    snippet, first, last = snippet[skipped : first + 2 * room], first - skipped, min(last - skipped, first - skipped + 2 * room)
    cells = _cells(snippet)
    starts = [0]
    for text in cells:
        starts.append(starts[-1] + _width(text))
    begin, end = 0, len(cells)
    if starts[-1] > room or skipped or more:
        keep = room - 2
        while begin < first and starts[first] - starts[begin] > keep // 3:
            begin += 1
        while end > begin + 1 and starts[end] - starts[begin] > keep:
            end -= 1
        while begin > 0 and starts[end] - starts[begin - 1] <= keep:
            begin -= 1
    left = "…" if begin or skipped else ""
    right = "…" if end < len(cells) or more else ""
    shown = left + "".join(cells[begin:end]) + right
    position = starts[min(first, len(cells))] - starts[begin] + len(left)
    stop = starts[min(last, end)] - starts[begin] + len(left)
    return shown, " " * position + "^" * max(stop - position, 1)


def _cells(snippet: str) -> list[str]:
    """What each character of the line is shown as; a tab goes on to the next multiple of four columns."""
    cells, column = [], 0
    for character in snippet:
        text = " " * (_TAB - column % _TAB) if character == "\t" else _shown(character)
        cells.append(text)
        column += _width(text)
    return cells


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if character == "\t":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code < 0x100:
        return "␡" if code == 0x7F else f"\\x{code:02x}"
    if unicodedata.category(character) == "Zs":
        return " " * _columns(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
