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


def test_while_names_mean_nothing_no_comment_of_other_rules_is_called_unused(check: Checks) -> None:
    agent = "name: Bot\ntools:\n  zoom: [get_room]  # avops: ignore[unused-permission] people ask it\nrecipes: [{recipe}]\n"
    files = {**recipe("verify:\n  - confirm: It is on\n"), "agents/bot.yaml": agent.format(recipe="Gone")}
    select = ["unused-ignore", "unused-permission", "unknown-recipe"]
    assert rules(check(files, select=select)) == [(4, "unknown-recipe")]
    (calls,) = recipe("intake:\n  - {tool: zoom.get_room, with: {room_id: a}}\nverify:\n  - confirm: It is on\n").items()
    name = calls[1].partition("\n")[0].removeprefix("name: ")
    assert rules(check({calls[0]: calls[1], "agents/bot.yaml": agent.format(recipe=name)}, select=select)) == [(3, "unused-ignore")]


def test_several_rules_in_one_comment(check: Checks) -> None:
    body = "act:\n  - {tool: zom.x, approval: Nobody}  # avops: ignore[unknown-tool, unknown-role] comes later\n"
    assert rules(check(recipe(body), select=["AV1"])) == []


def test_a_text_is_no_comment(check: Checks) -> None:
    body = "act:\n  - manual: write avops ignore[unknown-tool]\n  - tool: zom.x\n"
    assert rules(check(recipe(body), select=["unknown-tool"])) == [(4, "unknown-tool")]
