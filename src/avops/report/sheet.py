"""A sheet of text for a terminal: lines of styled spans that fit its width, and hold nothing that a terminal would obey.

Whatever is put on a sheet is data: control characters, escape sequences and direction overrides come out as visible
text, markup is not interpreted, and characters that the terminal's encoding lacks are written as escapes.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from typing import TextIO

    from rich.text import Text

WIDTH = 100
"""Columns of a sheet that no terminal shows."""
NARROWEST = 40
GUTTER = 4
"""Columns between two pages that stand beside each other."""

GOOD, BAD, ATTENTION, QUIET, STRONG = "green", "red", "yellow", "dim", "bold"
_SIGNS = {GOOD: "32", BAD: "31", ATTENTION: "33", QUIET: "2", STRONG: "1"}

Span: TypeAlias = str | tuple[str, str]
"""Text, or text with a style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The signs of a sheet."""

    ok: str = "✓"
    failed: str = "✗"
    skipped: str = "○"
    active: str = "●"
    unknown: str = "?"
    dot: str = "●"
    separator: str = " · "
    answer: str = "→"
    ellipsis: str = "…"
    none: str = "–"
    up: str = "▲"
    down: str = "▼"
    levels: str = " ▁▂▃▄▅▆▇█"
    bar: str = "█"
    shades: str = "█▓▒░"


UNICODE = Glyphs()
ASCII = Glyphs(
    ok="+",
    failed="x",
    skipped="o",
    active="*",
    dot="*",
    separator=" | ",
    answer="->",
    ellipsis="...",
    none="-",
    up="up",
    down="down",
    levels=" .:-=+*#@",
    bar="#",
    shades="#%+.",
)


def glyphs_for(encoding: str | None) -> Glyphs:
    """Signs that the encoding can show; plain ASCII where it lacks one of the others."""
    try:
        "".join(str(getattr(UNICODE, name)) for name in Glyphs.__slots__).encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a page is laid out for: its width, its signs, and the zone its times are in."""

    zone: tzinfo
    width: int = WIDTH
    glyphs: Glyphs = UNICODE
    coloured: bool = False

    def shown(self, text: str) -> str:
        """`text` on one line, with nothing in it that a terminal would obey or cannot show."""
        if not text.isprintable():
            text = visible(text)
        if self.glyphs is ASCII and not text.isascii():
            text = text.replace("…", "...").replace("–", "-").replace("→", "->").encode("ascii", "backslashreplace").decode()
        return text

    def fit(self, text: str, width: int) -> str:
        """`text` shown in at most `width` columns, its end replaced by an ellipsis where it is longer."""
        text = self.shown(text[: 4 * max(width, 1) + 8] if len(text) > 4 * width + 8 else text)
        return cut(text, width, self.glyphs.ellipsis)


def columns_of(text: str) -> int:
    """How many columns a terminal needs for a line."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cut(text: str, width: int, ellipsis: str) -> str:
    """`text` in at most `width` columns."""
    if columns_of(text) <= width:
        return text
    ending = ellipsis if columns_of(ellipsis) < width else ""
    room = width - columns_of(ending)
    end = 0
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        end += 1
    return text[:end].rstrip() + ending if width > 0 else ""


def sheet_for(zone: tzinfo, stream: TextIO) -> Sheet:
    """The sheet for a stream: as wide as its terminal, or COLUMNS, or 100; coloured only on a terminal without NO_COLOR."""
    glyphs = glyphs_for(getattr(stream, "encoding", None))
    columns = os.environ.get("COLUMNS", "")
    is_terminal = stream.isatty()
    if columns.isdigit() and int(columns) > 0:
        width = int(columns)
    else:
        width = shutil.get_terminal_size((WIDTH, 24)).columns if is_terminal else WIDTH
    coloured = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")
    return Sheet(zone=zone, width=max(width, NARROWEST), glyphs=glyphs, coloured=coloured)


class Page:
    """Lines of a sheet, gathered from top to bottom."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lines: list[list[tuple[str, str]]] = []
        self.anchors: list[tuple[int, int]] = []
        """The lines that stand for a run, with its number: what a person can move to and open."""

    def line(self, *spans: Span, indent: int = 0) -> None:
        """One line, cut where the sheet ends."""
        room = self.sheet.width - indent
        made: list[tuple[str, str]] = [(" " * indent, "")] if indent else []
        for span in spans:
            text, style = (span, "") if isinstance(span, str) else span
            if room <= 0:
                break
            text = self.sheet.fit(text, room)
            room -= columns_of(text)
            made.append((text, style))
        self.lines.append(made)

    def between(self, left: Span, right: Span, *, indent: int = 0) -> None:
        """One line with something at either end; the left gives way."""
        (text, style), (end, end_style) = ((span, "") if isinstance(span, str) else span for span in (left, right))
        end = self.sheet.shown(end)
        room = self.sheet.width - indent
        text = self.sheet.fit(text, max(room - columns_of(end) - 2, 0))
        gap = room - columns_of(text) - columns_of(end)
        self.lines.append([(" " * indent, ""), (text, style), (" " * max(gap, 0), ""), (end, end_style)])

    def paragraph(self, text: str, style: str = "", *, indent: int = 0, first: str = "") -> None:
        """Text over as many lines as it needs; `first` stands before it, and the other lines are indented as far."""
        import textwrap

        room = max(self.sheet.width - indent - columns_of(first), 20)
        parts = [
            piece
            for line in text.splitlines() or [""]
            for piece in (textwrap.wrap(self.sheet.shown(line), room, break_on_hyphens=False) or [""])
        ]
        for number, part in enumerate(parts):
            self.lines.append([(" " * indent, ""), (first if not number else " " * columns_of(first), style), (part, style)])

    def blank(self) -> None:
        """An empty line, never two in a row and never at the top."""
        if self.lines and self.lines[-1]:
            self.lines.append([])

    def beside(self, left: Page, right: Page) -> None:
        """Two narrower pages beside each other, both beginning on the next line."""
        for number in range(max(len(left.lines), len(right.lines))):
            one = left.lines[number] if number < len(left.lines) else []
            other = right.lines[number] if number < len(right.lines) else []
            used = sum(columns_of(text) for text, _ in one)
            gap = [(" " * (left.sheet.width - used + GUTTER), "")] if other else []
            self.lines.append([*one, *gap, *other])

    def text(self) -> str:
        """All lines without style, no spaces at their ends."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self.lines)

    def rich(self) -> Text:
        """All lines as one Rich text."""
        from rich.text import Text

        made = Text(no_wrap=True, overflow="ignore", end="")
        for number, line in enumerate(self.lines):
            if number:
                made.append("\n")
            last = next((index for index in range(len(line) - 1, -1, -1) if line[index][0].strip()), -1)
            for index, (text, style) in enumerate(line[: last + 1]):
                made.append(text.rstrip() if index == last else text, style or None)
        return made

    def ansi(self) -> str:
        """All lines with the terminal's own signs for their styles."""
        return "\n".join(ansi_line(line) for line in self.lines)

    def print(self, stream: TextIO) -> None:
        """Prints the page, in colours where its sheet has them."""
        if self.lines:
            stream.write((self.ansi() if self.sheet.coloured else self.text()) + "\n")


def ansi_line(line: Sequence[tuple[str, str]]) -> str:
    """A line with the terminal's own signs for its styles, no spaces at its end."""
    spans = [(text, style) for text, style in line if text]
    while spans and not spans[-1][0].strip():
        spans.pop()
    return "".join(f"{_signs(style)}{text}\x1b[0m" if style else text for text, style in spans)


def _signs(style: str) -> str:
    return f"\x1b[{';'.join(_SIGNS[word] for word in style.split())}m"
