"""Lint for CI servers: workflow commands of GitHub, and GitLab's Code Quality report.

GitHub: "Workflow commands for GitHub Actions", sections on notice, warning and error messages. GitLab: "Code Quality",
section "Code Quality report format".
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from avops.report.lint_text import summary

if TYPE_CHECKING:
    from avops.model.diagnostic import Diagnostic
    from avops.report.lint_report import LintData

_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}
_GITLAB = {"error": "major", "warning": "minor", "info": "info"}


def lint_github(data: LintData) -> str:
    """A workflow command for each finding, which GitHub shows beside the line; then the summary."""
    return "\n".join([*(_command(each, data) for each in data.diagnostics), summary(data)]) + "\n"


def _command(found: Diagnostic, data: LintData) -> str:
    properties = {"file": found.path, "line": found.line, "col": found.column}
    if found.end_line is not None and found.end_column is not None:
        # GitHub counts the last column in, and shows columns only within one line.
        properties |= {"endLine": found.end_line, "endColumn": max(found.end_column - 1, 1)}
    properties["title"] = data.label(found.rule)
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_GITHUB[found.severity.value]} {listed}::{_data(told(found))}"


def told(found: Diagnostic) -> str:
    """The message with its expected set and hint, a line each."""
    lines = [found.message]
    if found.expected:
        lines.append(f"expected one of: {', '.join(found.expected)}")
    if found.hint:
        lines.append(f"hint: {found.hint}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def fingerprints(data: LintData) -> list[str]:
    """What tells each finding from the others, whatever line it is on: equal ones of a file are numbered."""
    seen: dict[tuple[str, str, str], int] = {}
    found = []
    for each in data.diagnostics:
        key = (each.path, each.rule, each.message)
        number = seen[key] = seen.get(key, 0) + 1
        found.append(hashlib.sha256("\0".join((*key, str(number))).encode("utf-8", "replace")).hexdigest()[:40])
    return found


def lint_gitlab(data: LintData) -> str:
    """A Code Quality report: a JSON array with an issue for each finding."""
    issues = [
        {
            "description": each.message,
            "check_name": each.rule,
            "fingerprint": fingerprint,
            "severity": _GITLAB[each.severity.value],
            "location": {"path": each.path, "lines": {"begin": each.line, "end": each.end_line or each.line}},
        }
        for each, fingerprint in zip(data.diagnostics, fingerprints(data), strict=True)
    ]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"
