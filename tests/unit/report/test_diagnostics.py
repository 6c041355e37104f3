"""Diagnostics as text."""

from __future__ import annotations

from typing import Any

from avops.model.diagnostic import Diagnostic, Severity
from avops.report.diagnostics import render_diagnostic, render_diagnostics, visible


def made(**changes: Any) -> Diagnostic:
    fields: dict[str, Any] = {
        "rule": "unknown-key",
        "severity": Severity.ERROR,
        "message": "unknown key 'chekc'",
        "path": "recipes/a.yaml",
        "line": 12,
        "column": 5,
        "end_line": 12,
        "end_column": 10,
        "snippet": "    chekc: state.status == 'Available'",
    }
    return Diagnostic(**(fields | changes))


def test_the_whole_message() -> None:
    text = render_diagnostic(made(expected=("check", "tool"), hint="write 'check'"))
    assert text.splitlines() == [
        "recipes/a.yaml:12:5: error: unknown key 'chekc' [unknown-key]",
        "   12 |     chekc: state.status == 'Available'",
        "      |     ^^^^^",
        "  expected one of: check, tool",
        "  hint: write 'check'",
    ]


def test_several_are_parted_by_an_empty_line() -> None:
    assert render_diagnostics([made(snippet=None), made(snippet=None, severity=Severity.WARNING)]).count("\n\n") == 1


def marked(text: str) -> str:
    """What stands above the marks, by terminal column of an ASCII line."""
    _, line, marks, *_ = text.splitlines()
    return line[marks.index("^") : marks.rindex("^") + 1]


def test_tabs_do_not_move_the_marks() -> None:
    assert marked(render_diagnostic(made(snippet="\ta:\tchekc: x", column=5, end_column=10))) == "chekc"


def test_wide_characters_count_two_columns() -> None:
    _, line, marks = render_diagnostic(made(snippet="日本: chekc", column=5, end_column=10)).splitlines()
    assert line.index("chekc") + 2 == marks.index("^")
    _, line, marks = render_diagnostic(made(snippet="e\u0301: chekc", column=5, end_column=10)).splitlines()
    assert line.index("chekc") - 1 == marks.index("^")


def test_a_long_line_is_cut_around_the_mark() -> None:
    text = render_diagnostic(made(snippet="x" * 500 + "chekc" + "y" * 500, column=501, end_column=506), width=80)
    _, line, marks = text.splitlines()
    assert max(len(line), len(marks)) <= 80
    assert marked(text) == "chekc"
    assert line.count("…") == 2


def test_a_mark_never_outgrows_its_line() -> None:
    for end_line, end_column in ((12, 900), (40, 1), (12, 3), (None, None)):
        text = render_diagnostic(made(end_line=end_line, end_column=end_column))
        _, line, marks = text.splitlines()
        assert "^" in marks
        assert len(marks) <= len(line)
    assert render_diagnostic(made(column=400, end_column=401)).splitlines()[2].endswith("'^") is False


def test_a_long_span_is_cut_too() -> None:
    text = render_diagnostic(made(snippet="x" * 500, column=100, end_column=480), width=60)
    assert all(len(line) <= 60 for line in text.splitlines()[1:])


def test_nothing_of_the_file_reaches_the_terminal_raw() -> None:
    hostile = "\x1b[31mred\x07\x9b2J\u202eflip\u2028new\x7f\ud800\r\n\U000e0041"
    text = render_diagnostic(
        made(snippet=hostile, message=hostile, hint=hostile, path=hostile, rule=hostile, expected=(hostile,), column=2, end_column=400)
    )
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(text.splitlines()) == 5
    assert "␛[31mred␇\\x9b2J\\u202eflip\\u2028new␡\\ud800␍␊\\U000e0041" in text
    text.encode("utf-8")


def test_visible_keeps_ordinary_text() -> None:
    assert visible("Größe 日本 ~") == "Größe 日本 ~"


def test_a_line_without_text_is_left_out() -> None:
    assert len(render_diagnostic(made(snippet="   ")).splitlines()) == 1
    assert len(render_diagnostic(made(snippet=None)).splitlines()) == 1


def test_a_long_expected_list_is_counted() -> None:
    text = render_diagnostic(made(expected=tuple(f"key{number:02}" for number in range(42))))
    assert "key23, and 18 more" in text
