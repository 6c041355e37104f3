"""Comments that accept a finding: where they hold, and what is said of the comments themselves."""

from __future__ import annotations

import pytest
from tests.unit.lint.conftest import Checks


def rules(report: object) -> list[tuple[int, str]]:
    return [(each.line, each.rule) for each in report.diagnostics]  # type: ignore[attr-defined]  # a LintReport


def recipe(body: str) -> dict[str, str]:
    return {"recipes/a.yaml": f"name: A\n{body}"}


def test_on_the_line(check: Checks) -> None:
    report = check(recipe("act:\n  - tool: zom.x  # avops: ignore[unknown-tool] comes with the next release\n"), select=["unknown-tool"])
    assert rules(report) == []
    assert report.silenced == 1


def test_alone_on_the_line_above(check: Checks) -> None:
    body = "act:\n  - name: Look\n    # avops: ignore[AV101] comes later\n    tool: zom.x\n"
    assert rules(check(recipe(body), select=["AV1"])) == []


def test_on_the_first_line_of_a_step_it_holds_for_the_step_and_no_further(check: Checks) -> None:
    body = "act:\n  - name: Look  # avops: ignore[unknown-tool] comes later\n    tool: zom.x\n  - tool: zom.y\n"
    assert rules(check(recipe(body), select=["unknown-tool"])) == [(5, "unknown-tool")]


@pytest.mark.parametrize("word", ["unknown-tool", "AV101", "av1", "UNKNOWN-TOOL"])
def test_by_name_number_or_family(check: Checks, word: str) -> None:
    body = f"act:\n  - tool: zom.x  # avops: ignore[{word}] comes later\n"
    assert rules(check(recipe(body), select=["unknown-tool"])) == []


def test_another_rule_stays(check: Checks) -> None:
    body = "act:\n  - tool: zom.x  # avops: ignore[unknown-action] comes later\n"
    assert rules(check(recipe(body), select=["AV1", "unused-ignore"])) == [(3, "unknown-tool"), (3, "unused-ignore")]


def test_several_rules_in_one_comment(check: Checks) -> None:
    body = "act:\n  - {tool: zom.x, approval: Nobody}  # avops: ignore[unknown-tool, unknown-role] comes later\n"
    assert rules(check(recipe(body), select=["AV1"])) == []


def test_a_text_is_no_comment(check: Checks) -> None:
    body = "act:\n  - manual: write avops ignore[unknown-tool]\n  - tool: zom.x\n"
    assert rules(check(recipe(body), select=["unknown-tool"])) == [(4, "unknown-tool")]
