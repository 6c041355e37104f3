"""What a tick did, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.report.columns import Column, write_table
from avops.report.formats import moment
from avops.report.sheet import ATTENTION, BAD, GOOD, QUIET, Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from avops.report.sheet import Sheet, Span

_COLUMNS = (
    Column(title="Workflow", least=16),
    Column(title="Planned", least=16),
    Column(title="Result", least=12),
    Column(title="Why", least=20),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TickLine:
    """One slot, or slots from `first` to `last` that share what became of them."""

    workflow: str
    first: datetime
    last: datetime | None = None
    result: str
    why: str = ""
    is_good: bool | None = None
    """None for what is neither good nor bad."""


def tick_page(sheet: Sheet, summary: str, lines: Sequence[TickLine]) -> Page:
    """The summary line, and a table where there is something to tell."""
    page = Page(sheet)
    page.line(summary)
    if lines:
        write_table(page, _COLUMNS, [_row(sheet, line) for line in lines], indent=2)
    return page


def _row(sheet: Sheet, line: TickLine) -> list[Span]:
    planned = moment(line.first, sheet.zone)
    if line.last is not None and line.last != line.first:
        planned += f" to {moment(line.last, sheet.zone)}"
    style = ATTENTION if line.is_good is None else GOOD if line.is_good else BAD
    return [line.workflow, (planned, QUIET), (line.result, style), (line.why, QUIET)]
