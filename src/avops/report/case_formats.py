"""What recipe tests came to, as JSON and as JUnit XML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from avops.report.diagnostics import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.case_result import CaseResult, RecipeResult

FORMAT = "avops-test/1"


def cases_json(results: Sequence[RecipeResult], *, least: float | None) -> str:
    """One object: the figures, and the recipes with their tests and coverage."""
    cases = [case for result in results for case in result.cases]
    document = {
        "format": FORMAT,
        "tests": len(cases),
        "failed": sum(not case.is_passed for case in cases),
        "min_coverage": least,
        "recipes": [_recipe(result) for result in results],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _recipe(result: RecipeResult) -> dict[str, object]:
    coverage = result.coverage
    return {
        "recipe": result.recipe,
        "path": result.path,
        "tested": result.is_tested,
        "coverage": {
            "percent": round(coverage.percent, 1),
            "steps": coverage.steps,
            "steps_reached": coverage.steps_reached,
            "branches": coverage.branches,
            "branches_taken": coverage.branches_taken,
            "missing": list(coverage.missing),
        },
        "tests": [
            {
                "name": case.name,
                "passed": case.is_passed,
                "status": case.status,
                "problems": list(case.problems),
                "duration_s": case.duration_s,
            }
            for case in result.cases
        ],
    }


def cases_junit(results: Sequence[RecipeResult], *, least: float | None) -> str:
    """A suite for each recipe; too little coverage is a failed case of its own."""
    suites, total, failed = [], 0, 0
    for result in results:
        lines = [_junit_case(result, case) for case in result.cases]
        bad = result.failed
        if least is not None and result.coverage.percent < least:
            bad += 1
            told = f"{result.coverage.percent:.1f} % is below {least:g} %"
            lines.append(_junit_failure(result, "coverage", 0.0, told, "\n".join(result.coverage.missing)))
        if not lines:
            continue
        head = f'tests="{len(lines)}" failures="{bad}" errors="0" skipped="0"'
        suites += [f"  <testsuite name={quoteattr(visible(result.recipe))} {head}>", *lines, "  </testsuite>"]
        total, failed = total + len(lines), failed + bad
    head = f'tests="{total}" failures="{failed}" errors="0" skipped="0"'
    document = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="avops test" {head}>', *suites, "</testsuites>"]
    return "\n".join(document) + "\n"


def _junit_case(result: RecipeResult, case: CaseResult) -> str:
    if case.problems:
        return _junit_failure(result, case.name, case.duration_s, case.problems[0], "\n".join(case.problems))
    return f"    <testcase {_attributes(result, case.name, case.duration_s)}/>"


def _junit_failure(result: RecipeResult, name: str, duration_s: float, message: str, body: str) -> str:
    shown = escape("\n".join(map(visible, body.splitlines())))
    failure = f"      <failure message={quoteattr(visible(message))}>{shown}</failure>"
    return f"    <testcase {_attributes(result, name, duration_s)}>\n{failure}\n    </testcase>"


def _attributes(result: RecipeResult, name: str, duration_s: float) -> str:
    words = {"classname": visible(result.recipe), "name": visible(name), "file": visible(result.path), "time": f"{duration_s:.3f}"}
    return " ".join(f"{key}={quoteattr(value)}" for key, value in words.items())
