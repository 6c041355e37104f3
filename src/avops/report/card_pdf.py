"""A card as PDF: one A4 page where the steps fit on one, with letters as large as that allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avops.report.card_fonts import typeface_for
from avops.report.card_text import FIELDS
from avops.report.diagnostics import visible
from avops.report.run_pdf import latin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from fpdf import FPDF

    from avops.report.card import Card, CardItem
    from avops.report.card_fonts import Typeface

_SIZES: Final = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
_LONG_SIZE: Final = 9.0
_MARGIN, _BOTTOM = 12.0, 13.0
_INK, _QUIET = (0, 0, 0), (70, 70, 70)
_MM_PER_POINT = 25.4 / 72


def card_pdf(card: Card, now: datetime, folders: Sequence[Path] | None = None) -> tuple[bytes, str]:
    """The bytes of the PDF, and the characters of the card that it could not show (no typeface here has them).

    The same card at the same instant gives the same bytes on the same machine. `folders` are looked through for typefaces.
    """
    text = _all_text(card)
    typeface = typeface_for(text, folders) if any(ord(character) > 0xFF for character in text) else None
    page = _fitting(card, now, typeface) or _Sheet(card, now, _LONG_SIZE, typeface)
    lacks = typeface.lacks if typeface else {character for character in text if character != "?" and latin(character) == "?"}
    made = bytes(page.document.output())
    page.close()
    return made, "".join(sorted(lacks))


def _fitting(card: Card, now: datetime, typeface: Typeface | None) -> _Sheet | None:
    """The card on one page, with the largest letters that allow it; None when none do."""
    best: _Sheet | None = None
    first, last = 0, len(_SIZES) - 1
    while first <= last:
        middle = last if best is None else (first + last) // 2
        page = _Sheet(card, now, _SIZES[middle], typeface, most_pages=1)
        given_up = best if page.is_whole else page
        if given_up is not None:
            given_up.close()
        if page.is_whole:
            best, last = page, middle - 1
        elif best is None:
            return None  # not even the smallest
        else:
            first = middle + 1
    return best


def _all_text(card: Card) -> str:
    parts = [card.title, card.description, card.room or "", *card.limits, *card.failure]
    parts += [f"{name}{value}" for name, value in card.inputs]
    parts += [text for item in card.items for text in (item.title, *item.details)]
    return visible("".join(parts))


class _Sheet:
    """The card laid out in one size of letters."""

    def __init__(self, card: Card, now: datetime, size: float, typeface: Typeface | None, *, most_pages: int | None = None) -> None:
        """Lays the card out; with `most_pages` it gives up, and is not `is_whole`, where it would need more."""
        self.card = card
        self.size = size
        self.line = size * _MM_PER_POINT * 1.24
        self._typeface = typeface
        self._font = "Helvetica" if typeface is None else "Card"
        self.document = self._open(now, typeface)
        self.is_whole = False
        self._head()
        for heading, items in card.phases:
            self._heading(heading)
            for item in items:
                self._item(item)
                if most_pages is not None and self.document.page_no() > most_pages:
                    return
        self._failure()
        self.is_whole = most_pages is None or self.document.page_no() <= most_pages

    def _open(self, now: datetime, typeface: Typeface | None) -> FPDF:
        from fpdf import FPDF

        sheet = self

        class Document(FPDF):
            def header(self) -> None:
                if self.page_no() > 1:
                    sheet.running_head(self)

            def footer(self) -> None:
                self.set_y(-10)
                self.set_font(sheet._font, size=7.5)
                self.set_text_color(*_QUIET)
                self.cell(0, 4, sheet.shown(f"Card {sheet.card.id}   page {self.page_no()} of {{nb}}"), align="C")

        document = Document(format="A4")
        document.set_creation_date(now)
        document.set_title(self.shown(f"{self.card.title}: card {self.card.id}"))
        if typeface is not None:
            document.add_font("Card", "", typeface.regular)
            document.add_font("Card", "B", typeface.bold)
        document.set_margins(_MARGIN, _MARGIN - 1, _MARGIN)
        document.set_auto_page_break(True, margin=_BOTTOM)
        document.set_line_width(0.25)
        document.add_page()
        return document

    def close(self) -> None:
        """Closes the typeface's files, which the library leaves open."""
        for font in self.document.fonts.values():
            if opened := getattr(font, "ttfont", None):
                opened.close()

    def shown(self, text: str) -> str:
        """The text with what this typeface has."""
        text = visible(text)
        if self._typeface is None:
            return latin(text)
        return "".join("?" if character in self._typeface.lacks else character for character in text)

    def running_head(self, document: FPDF) -> None:
        """What stands at the top of the second page and all after it."""
        room = f", {self.card.room}" if self.card.room else ""
        document.set_font(self._font, "B", size=9)
        document.set_text_color(*_INK)
        document.cell(0, 5, self.shown(f"{self.card.title}{room} (continued)"), new_x="LMARGIN", new_y="NEXT")
        document.ln(1)

    def write(self, text: str, *, bold: bool = False, scale: float = 1.0, colour: tuple[int, int, int] = _INK, indent: float = 0.0) -> None:
        """A paragraph."""
        document = self.document
        document.set_font(self._font, "B" if bold else "", size=self.size * scale)
        document.set_text_color(*colour)
        document.set_x(document.l_margin + indent)
        document.multi_cell(0, self.line * scale, self.shown(text), new_x="LMARGIN", new_y="NEXT", align="L")

    def _head(self) -> None:
        card, document = self.card, self.document
        draft = ", DRAFT: not reviewed" if card.is_draft else ""
        self.write(f"{card.title}  (version {card.version}{draft})", bold=True, scale=1.5)
        self.write(f"Card {card.id}", colour=_QUIET)
        facts = ([f"Room: {card.room}"] if card.room else []) + [f"{name}: {value}" for name, value in card.inputs]
        if facts:
            self.write("     ".join(facts), bold=True)
        document.ln(self.line * 0.5)
        document.set_font(self._font, size=self.size)
        document.set_text_color(*_INK)
        width = document.epw / len(FIELDS)
        for field in FIELDS:
            document.cell(width - 4, self.line * 1.2, f"{field}:", border="B")
            document.cell(4, self.line * 1.2, "")
        document.ln(self.line * 1.6)
        if card.description:
            self.write(card.description)
        for limit in card.limits:
            self.write(f"-  {limit}")

    def _heading(self, text: str) -> None:
        document = self.document
        document.ln(self.line * 0.45)
        if document.will_page_break(self.line * 3.5):
            document.add_page()
        self.write(text, bold=True, scale=1.1)
        document.line(document.l_margin, document.get_y(), document.w - document.r_margin, document.get_y())
        document.ln(self.line * 0.15)

    def _item(self, item: CardItem) -> None:
        document = self.document
        details = " ".join(item.details)
        left = self.line * 1.5
        if document.will_page_break(self._height(item.title, details, left)):
            document.add_page()
        top, box = document.get_y(), self.line * 0.78
        document.rect(document.l_margin + 0.4, top + self.line * 0.12, box, box)
        document.set_font(self._font, "B", size=self.size)
        document.set_text_color(*_INK)
        document.set_x(document.l_margin + left)
        document.cell(self.line * 2.2, self.line, item.mark)
        self.write(item.title, bold=True, indent=left + self.line * 2.2)
        if details:
            self.write(details, scale=0.93, indent=left + self.line * 2.2)
        document.ln(self.line * 0.16)

    def _height(self, title: str, details: str, left: float) -> float:
        """How much of the page a step takes, so that none is torn in two."""
        document = self.document
        width = document.epw - left - self.line * 2.2
        total = 0.0
        for text, style, scale in ((title, "B", 1.0), (details, "", 0.93)):
            if text:
                document.set_font(self._font, style, size=self.size * scale)
                height = document.multi_cell(width, self.line * scale, self.shown(text), dry_run=True, output="HEIGHT")
                assert isinstance(height, float | int)
                total += height
        return total

    def _failure(self) -> None:
        self._heading("If a step fails")
        for line in self.card.failure:
            self.write(line)
