"""Tables of text: columns that give way in a known order when the sheet is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.report.sheet import QUIET, columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.report.sheet import Page, Span

GAP = 2
"""Spaces between two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. `least` is how narrow it may become; `drop`, from 1 up, how early it is left out (0: never)."""

    title: str
    least: int = 0
    right: bool = False
    drop: int = 0


def write_table(
    page: Page, columns: Sequence[Column], rows: Sequence[Sequence[Span]], *, indent: int = 0, notes: Sequence[Span] = (), under: int = 0
) -> list[int]:
    """Puts a table on the page: as wide as its content, at most as wide as the sheet. Returns the line of each row.

    `notes` has a line for each row that stands below it, from the column `under` on; an empty one is left out.
    Columns without content are left out. Where the rest is too wide, columns shrink to their `least`, the widest first;
    then those with the highest `drop` go.
    """
    cells = [[_cell(page, span) for span in row] for row in rows]
    widths = [max((columns_of(row[index][0]) for row in cells), default=0) for index in range(len(columns))]
    shown = [index for index, width in enumerate(widths) if width]
    widths = [max(width, columns_of(column.title)) for width, column in zip(widths, columns, strict=True)]
    room = page.sheet.width - indent
    while _least(columns, widths, shown) > room:
        droppable = [index for index in shown if columns[index].drop]
        if not droppable:
            break
        shown.remove(max(droppable, key=lambda index: columns[index].drop))
    _shrink(columns, widths, shown, room)
    page.line(*_spaced(page, columns, widths, shown, [(column.title, QUIET) for column in columns]), indent=indent)
    below = indent + sum(widths[index] + GAP for index in shown if index < under)
    lines = []
    for number, row in enumerate(cells):
        lines.append(len(page.lines))
        page.line(*_spaced(page, columns, widths, shown, row), indent=indent)
        if number < len(notes) and _cell(page, notes[number])[0]:
            page.line(notes[number], indent=below)
    return lines


def _cell(page: Page, span: Span) -> tuple[str, str]:
    text, style = (span, "") if isinstance(span, str) else span
    return page.sheet.shown(text), style


def _least(columns: Sequence[Column], widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(min(columns[index].least or widths[index], widths[index]) for index in shown) + GAP * (len(shown) - 1)


def _shrink(columns: Sequence[Column], widths: list[int], shown: Sequence[int], room: int) -> None:
    """Takes from the widest column that can give, one column of text at a time."""
    while sum(widths[index] for index in shown) + GAP * (len(shown) - 1) > room:
        giving = [index for index in shown if columns[index].least and widths[index] > columns[index].least]
        if not giving:
            return
        widths[max(giving, key=lambda index: widths[index])] -= 1


def _spaced(
    page: Page, columns: Sequence[Column], widths: Sequence[int], shown: Sequence[int], row: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    spans: list[tuple[str, str]] = []
    for index in shown:
        text, style = row[index]
        text = page.sheet.fit(text, widths[index])
        space = " " * (widths[index] - columns_of(text))
        gap = " " * GAP if spans else ""
        spans += [(gap + space if columns[index].right else gap, ""), (text, style), ("" if columns[index].right else space, "")]
    return spans
