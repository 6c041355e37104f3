"""Figures about the database, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report.formats import count, moment
from avops.report.sheet import QUIET, Page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from avops.report.sheet import Sheet

_LABEL = 16


def database_page(sheet: Sheet, facts: Mapping[str, object], span: tuple[datetime | None, datetime | None]) -> Page:
    """A line per figure; sizes in units that people read. `span` is when the first and the last run started."""
    page = Page(sheet)
    for name, value in facts.items():
        label = name.removesuffix("_bytes").replace("_", " ")
        text = size(value) if name.endswith("_bytes") and isinstance(value, int) else count(value) if isinstance(value, int) else str(value)
        page.line((f"{label:<{_LABEL}}", QUIET), text)
    for label, at in zip(("first run", "last run"), span, strict=True):
        page.line((f"{label:<{_LABEL}}", QUIET), moment(at, sheet.zone) or sheet.glyphs.none)
    return page


def size(number: int) -> str:
    """`120 B`, `4.1 KiB`, `320 MiB`."""
    amount = float(number)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"
