"""Lint as SARIF 2.1.0 (OASIS standard), which code hosts show beside the lines and keep over time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from avops.report.lint_ci import fingerprints, told

if TYPE_CHECKING:
    from avops.model.diagnostic import Diagnostic
    from avops.report.lint_report import LintData, RuleCard

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note", None: "none"}


def lint_sarif(data: LintData) -> str:
    """A SARIF log with one run: every rule of the findings, and a result for each finding.

    Columns are counted in Unicode characters (section 3.14.17); paths are relative to `%SRCROOT%` (3.14.14).
    """
    names = sorted({each.rule for each in data.diagnostics})
    cards = [data.rules[name] for name in names if name in data.rules]
    index = {card.name: position for position, card in enumerate(cards)}
    results = [_result(each, data, index, mark) for each, mark in zip(data.diagnostics, fingerprints(data), strict=True)]
    run = {
        "tool": {
            "driver": {
                "name": "avops lint",
                "version": data.version,
                "semanticVersion": data.version,
                "rules": [_rule(card) for card in cards],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the folder of avops.yaml"}}},
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(card: RuleCard) -> dict[str, object]:
    return {
        "id": card.number,
        "name": "".join(word.capitalize() for word in card.name.split("-")),
        "shortDescription": {"text": card.summary},
        "help": {"text": card.page.strip(), "markdown": card.page.strip()},
        "defaultConfiguration": {"enabled": card.level is not None, "level": _LEVELS[card.level]},
        "properties": {"tags": [card.family], "name": card.name},
    }


def _result(found: Diagnostic, data: LintData, index: dict[str, int], mark: str) -> dict[str, object]:
    region: dict[str, object] = {"startLine": found.line, "startColumn": found.column}
    if found.end_line is not None and found.end_column is not None:
        region |= {"endLine": found.end_line, "endColumn": found.end_column}
    result: dict[str, object] = {
        "ruleId": data.number(found.rule),
        "level": _LEVELS[found.severity.value],
        "message": {"text": told(found)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(found.path, safe="/"), "uriBaseId": "%SRCROOT%"},
                    "region": region,
                }
            }
        ],
        "partialFingerprints": {"avopsFinding/v1": mark},
    }
    if found.rule in index:
        result["ruleIndex"] = index[found.rule]
    return result
