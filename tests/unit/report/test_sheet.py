"""Sheets: what they show of any text, and how wide they are."""

from __future__ import annotations

import io
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.report.columns import Column, write_table
from avops.report.sheet import ASCII, UNICODE, Page, Sheet, columns_of, cut, glyphs_for, sheet_for

SHEET = Sheet(zone=UTC)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text):
    page = Page(SHEET)
    page.line(text)
    page.paragraph(text, first="- ")
    assert all(character.isprintable() or character == "\n" for character in page.text())


@given(st.text(max_size=60), st.integers(0, 30))
def test_a_cut_text_is_as_narrow_as_asked(text, width):
    assert columns_of(cut(SHEET.shown(text), width, "…")) <= width


def test_a_wide_character_takes_two_columns():
    assert columns_of("会議室") == 6
    assert cut("会議室", 5, "…") == "会議…"
    assert columns_of("e\u0301") == 1


def test_ascii_sheets_hold_ascii_only():
    sheet = Sheet(zone=UTC, glyphs=ASCII)
    assert sheet.shown("Größe 会 …") == "Gr\\xf6\\xdfe \\u4f1a ..."


def test_the_signs_fit_the_encoding():
    assert glyphs_for("utf-8") is UNICODE
    for poor in ("ascii", "cp1252", "latin-1", "no-such-encoding"):
        assert glyphs_for(poor) is ASCII


def test_markup_is_text():
    page = Page(SHEET)
    page.line("[bold]x[/bold] :smile:", ("[red]", "green"))
    assert page.text() == "[bold]x[/bold] :smile:[red]"
    assert "[bold]x[/bold] :smile:" in page.rich().plain


def test_colours_only_on_a_terminal_that_wants_them(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("COLUMNS", raising=False)
    assert sheet_for(UTC, Terminal()).coloured
    assert not sheet_for(UTC, io.StringIO()).coloured
    assert sheet_for(UTC, io.StringIO()).width == 100
    monkeypatch.setenv("TERM", "dumb")
    assert not sheet_for(UTC, Terminal()).coloured
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not sheet_for(UTC, Terminal()).coloured
    monkeypatch.setenv("COLUMNS", "120")
    assert sheet_for(UTC, io.StringIO()).width == 120


def test_a_coloured_page_has_the_same_text():
    page = Page(Sheet(zone=UTC, coloured=True))
    page.line(("fine", "green"), " and ", ("bad", "bold red"), "   ")
    stream = io.StringIO()
    page.print(stream)
    assert stream.getvalue() == "\x1b[32mfine\x1b[0m and \x1b[1;31mbad\x1b[0m\n"
    assert page.text() == "fine and bad"


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30), st.text(max_size=90)), max_size=4), st.integers(40, 120))
def test_a_table_never_passes_the_edge(rows, width):
    page = Page(Sheet(zone=UTC, width=width))
    columns = [Column(title="Name", least=8), Column(title="Kind", least=6, drop=1), Column(title="Why", least=10, drop=2)]
    write_table(page, columns, rows, notes=[row[2] for row in rows], under=1)
    assert all(columns_of(line) <= width for line in page.text().splitlines())


def test_a_narrow_table_drops_columns_in_their_order():
    columns = [Column(title="Name"), Column(title="Room", drop=1), Column(title="Agent", drop=2)]
    for width, kept in ((80, "Name"), (40, "Name"), (30, "Name")):
        page = Page(Sheet(zone=UTC, width=width))
        write_table(page, columns, [("n" * 20, "r" * 15, "a" * 15)])
        assert page.text().splitlines()[0].split() == [kept, *(["Room"] if width >= 37 else []), *(["Agent"] if width >= 54 else [])]


def test_no_two_empty_lines_follow_each_other():
    page = Page(SHEET)
    for _ in range(2):
        page.blank()
    page.line("a")
    page.blank()
    page.blank()
    page.line("b")
    assert page.text() == "a\n\nb"


@pytest.mark.parametrize("width", [40, 100])
def test_something_at_either_end(width):
    page = Page(Sheet(zone=UTC, width=width))
    page.between("left " * 30, "right")
    (line,) = page.text().splitlines()
    assert line.endswith("right")
    assert columns_of(line) == width
