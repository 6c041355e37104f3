"""Lint for people: each finding with its line and a mark, or one line each; then the counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.report.diagnostics import WIDTH, render_diagnostic, visible

if TYPE_CHECKING:
    from avops.report.lint_report import LintData


def lint_text(data: LintData, *, width: int = WIDTH) -> str:
    """Each finding with the line shown, a blank line between, and the summary."""
    told = [render_diagnostic(replace(each, rule=data.label(each.rule)), width=width) for each in data.diagnostics]
    return "\n\n".join([*told, summary(data)]) + "\n"


def lint_concise(data: LintData) -> str:
    """One line for each finding: `FILE:LINE:COLUMN: severity: message [rule]`; then the summary."""
    lines = [
        f"{visible(each.path)}:{each.line}:{each.column}: {each.severity}: {visible(each.message)} [{data.label(each.rule)}]"
        for each in data.diagnostics
    ]
    return "\n".join([*lines, summary(data)]) + "\n"


def summary(data: LintData) -> str:
    """The counts in one line: `3 errors, 1 warning in 2 of 14 files`."""
    files = _some(data.files, "file")
    counts = Counter(each.severity.value for each in data.diagnostics)
    more = [f"{data.silenced} accepted by comments"] if data.silenced else []
    more += [f"{data.known} in the baseline"] if data.known else []
    tail = f" ({', '.join(more)})" if more else ""
    if not counts:
        return f"{files} checked, nothing found{tail}"
    said = [_some(counts[level], level) for level in ("error", "warning", "info") if counts[level]]
    where = len({each.path for each in data.diagnostics})
    return f"{', '.join(said)} in {where} of {files}{tail}"


def _some(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 or word == "info" else f"{count:,} {word}s"
