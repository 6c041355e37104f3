"""A run's report as PDF, with the fonts that every reader has: characters beyond Latin 1 are written without their marks, or as `?`."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from avops.model.run import RunStatus

if TYPE_CHECKING:
    from datetime import datetime

    from fpdf import FPDF

    from avops.report.run_report import ReportStep, RunReport

_FONT = "Helvetica"
_INK, _QUIET, _BAD, _GOOD, _UNSURE = (28, 36, 48), (102, 112, 125), (176, 42, 42), (29, 107, 65), (138, 95, 0)
_LATIN = str.maketrans({"…": "...", "–": "-", "—": "-", "→": "->", "“": '"', "”": '"', "‘": "'", "’": "'", "≤": "<=", "≥": ">=", "•": "-"})


def pdf(report: RunReport, now: datetime) -> bytes:
    """The bytes of an A4 document; the same report at the same instant gives the same bytes."""
    from fpdf import FPDF

    class Document(FPDF):
        def footer(self) -> None:
            self.set_y(-15)
            self.set_font(_FONT, size=8)
            self.set_text_color(*_QUIET)
            self.cell(0, 5, f"{latin(report.title)[:90]}   page {self.page_no()}", align="C")

    document = Document(format="A4")
    document.set_creation_date(now)
    document.set_title(latin(report.title))
    document.set_margins(18, 18, 18)
    document.set_auto_page_break(True, margin=20)
    document.add_page()
    _line(document, report.title, size=16, bold=True)
    colour = {RunStatus.SUCCESS: _GOOD, RunStatus.FAILED: _BAD, RunStatus.REFUSED: _BAD}.get(report.status, _UNSURE)
    _line(document, report.result, size=11, bold=True, colour=colour)
    for cause in report.causes:
        _line(document, cause, size=10, colour=_BAD)
    document.ln(2)
    for label, value in report.facts:
        document.set_font(_FONT, size=10)
        document.set_text_color(*_QUIET)
        document.cell(40, 5.5, label)
        document.set_text_color(*_INK)
        document.multi_cell(0, 5.5, latin(value), new_x="LMARGIN", new_y="NEXT")
    for phase, steps in report.phases:
        _heading(document, phase)
        for number, step in enumerate(steps, 1):
            _step(document, number, step)
    if report.artifacts:
        _heading(document, "What it left behind")
        for artifact in report.artifacts:
            _line(document, f"- {artifact}", size=10)
    document.ln(4)
    _line(document, report.made, size=8, colour=_QUIET)
    return bytes(document.output())


def _heading(document: FPDF, text: str) -> None:
    document.ln(3)
    _line(document, text, size=12, bold=True)


def _step(document: FPDF, number: int, step: ReportStep) -> None:
    _line(document, f"{number}. {step.name}: {step.result}", size=10, colour=_BAD if step.is_bad else _INK)
    for note in step.notes:
        _line(document, note, size=9, colour=_QUIET, indent=6)


def _line(document: FPDF, text: str, *, size: int, bold: bool = False, colour: tuple[int, int, int] = _INK, indent: int = 0) -> None:
    document.set_font(_FONT, style="B" if bold else "", size=size)
    document.set_text_color(*colour)
    document.set_x(document.l_margin + indent)
    document.multi_cell(0, size * 0.5 + 0.5, latin(text), new_x="LMARGIN", new_y="NEXT")


def latin(text: str) -> str:
    """The text in Latin 1: marks are dropped from letters it lacks, other characters become `?`."""
    text = text.translate(_LATIN)
    shown = []
    for character in text:
        if character <= "\xff":
            shown.append(character)
            continue
        base = unicodedata.normalize("NFKD", character)[0]
        shown.append(base if base <= "\xff" else "?")
    return "".join(shown)
