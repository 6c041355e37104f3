"""A plain text as PDF, with the fonts that every reader has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.report.run_pdf import latin

if TYPE_CHECKING:
    from datetime import datetime

_FONT = "Helvetica"


def text_pdf(title: str, text: str, now: datetime) -> bytes:
    """The bytes of an A4 document: the title, then the text with its lines as they are; the same at the same instant."""
    from fpdf import FPDF

    from avops.report.diagnostics import visible

    document = FPDF(format="A4")
    document.set_creation_date(now)
    document.set_title(latin(visible(title)))
    document.set_margins(18, 18, 18)
    document.set_auto_page_break(True, margin=20)
    document.add_page()
    document.set_font(_FONT, style="B", size=16)
    document.multi_cell(0, 8.5, latin(visible(title)), new_x="LMARGIN", new_y="NEXT")
    document.ln(2)
    document.set_font(_FONT, size=10)
    for line in text.splitlines():
        shown = latin(visible(line.expandtabs(4)))
        document.multi_cell(0, 5.5, shown or " ", new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())
