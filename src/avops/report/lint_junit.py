"""Lint as JUnit XML: a test case for each file with findings, for servers that show test results."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from avops.report.diagnostics import visible
from avops.report.lint_ci import told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.model.diagnostic import Diagnostic
    from avops.report.lint_report import LintData


def lint_junit(data: LintData) -> str:
    """One suite; a file with errors or warnings is a failed case, one with notes only, and all others, are passed ones."""
    cases, failed = [], 0
    for path, group in groupby(data.diagnostics, key=lambda each: each.path):
        found = list(group)
        serious = [each for each in found if each.severity.value != "info"]
        failed += bool(serious)
        cases.append(_case(path, serious or found, is_failure=bool(serious), data=data))
    passed = data.files - len(cases)
    if passed > 0:
        cases.append(f'    <testcase classname="avops lint" name={quoteattr(f"{passed} files without findings")}/>')
    head = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="avops lint" {head}>', f'  <testsuite name="avops lint" {head}>']
    return "\n".join([*lines, *cases, "  </testsuite>", "</testsuites>"]) + "\n"


def _case(path: str, found: Iterable[Diagnostic], *, is_failure: bool, data: LintData) -> str:
    found = list(found)
    texts = [f"{each.path}:{each.line}:{each.column}: {each.severity}: {told(each)} [{data.label(each.rule)}]" for each in found]
    body = escape("\n".join("\n".join(map(visible, text.splitlines())) for text in texts))
    head = f'    <testcase classname="avops lint" name={quoteattr(visible(path))} file={quoteattr(visible(path))}>'
    if not is_failure:
        return f"{head}\n      <system-out>{body}</system-out>\n    </testcase>"
    first = quoteattr(visible(found[0].message))
    return f'{head}\n      <failure type="{found[0].severity.value}" message={first}>{body}</failure>\n    </testcase>'
