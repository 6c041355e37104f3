"""Lint as JSON, for programs: one object with the findings and the counts."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.report.lint_report import LintData


def lint_json(data: LintData) -> str:
    """`{version, files, counts, silenced, known, findings}`; lines and columns count from 1, an end is exclusive."""
    counts = Counter(each.severity.value for each in data.diagnostics)
    findings = [
        {
            "path": each.path,
            "line": each.line,
            "column": each.column,
            "end_line": each.end_line or each.line,
            "end_column": each.end_column or each.column + 1,
            "severity": each.severity.value,
            "rule": each.rule,
            "number": data.number(each.rule),
            "message": each.message,
            "expected": list(each.expected),
            "hint": each.hint,
        }
        for each in data.diagnostics
    ]
    document = {
        "version": data.version,
        "files": data.files,
        "counts": {level: counts[level] for level in ("error", "warning", "info")},
        "silenced": data.silenced,
        "known": data.known,
        "findings": findings,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
