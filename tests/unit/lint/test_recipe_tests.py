"""Lint looks at `*.test.yaml` too: their form, and all that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from avops.lint.run import Request, lint, lint_text

FILES = {
    "avops.yaml": "{}\n",
    "rooms.csv": "room,name\nHQ-1,Boardroom\n",
    "agents/bot.yaml": "name: Bot\ntools: {zoom: [get_room]}\n",
    "tools/zoom.yaml": (
        "name: zoom\nkind: http\nbase_url: http://127.0.0.1\n"
        "actions: {get_room: {effect: read, input: {id: {type: string}}, request: {path: /x}}}\n"
    ),
    "recipes/look.yaml": (
        "name: Look\ninputs: {id: {required: true}}\n"
        "intake: [{tool: zoom.get_room, with: {id: '{{ inputs.id }}'}}]\nverify: [{confirm: It is on}]\n"
    ),
}
GOOD = """\
agent: Bot
room: HQ-1
inputs: {id: a}
tools: {zoom.get_room: {id: a}}
tests:
  - {name: One, expect: {status: waiting, reads: [zoom.get_room], calls: []}}
  - {name: Two, inputs: {id: b}, expect: {status: waiting, reads: [{tool: zoom.get_room, with: {id: b}}]}}
"""


def project(root: Path, text: str, name: str = "look.test.yaml") -> Path:
    for path, content in {**FILES, f"recipes/{name}": text}.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(content)
    return root


def found(root: Path) -> list[tuple[str, int, str]]:
    report = lint(Request(start=root, profile="minimal"))
    return [(each.rule, each.line, each.message) for each in report.diagnostics if each.path.endswith(".test.yaml")]


def test_a_sound_file_of_tests_is_counted_and_clean(tmp_path: Path) -> None:
    report = lint(Request(start=project(tmp_path, GOOD), profile="minimal"))
    assert report.files == 6
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "line", "message"),
    [
        ("agent: Bot", "agent: Bott", "unknown-agent", 1, "no agent is called 'Bott'"),
        ("room: HQ-1", "room: HQ-2", "unknown-room", 2, "no room is called 'HQ-2'"),
        ("inputs: {id: a}", "inputs: {di: a}", "unknown-input", 3, "the recipe 'Look' has no input 'di'"),
        ("tools: {zoom", "tools: {zom", "unknown-tool", 4, "no tool is called 'zom'"),
        ("reads: [zoom.get_room]", "reads: [zoom.get_rom]", "unknown-action", 6, "the tool 'zoom' has no action 'get_rom'"),
        ("{tool: zoom.get_room", "{tool: zoom.get", "unknown-action", 7, "the tool 'zoom' has no action 'get'"),
        ("status: waiting, reads: [z", "stats: waiting, reads: [z", "unknown-key", 6, "unknown key 'stats'"),
        ("agent: Bot", "recipe: Loook", "unknown-recipe", 1, "no recipe is called 'Loook'"),
    ],
)
def test_every_name_is_looked_up(old: str, new: str, rule: str, line: int, message: str, tmp_path: Path) -> None:
    assert old in GOOD
    told = [each for each in found(project(tmp_path, GOOD.replace(old, new, 1))) if each[0] == rule]
    assert told == [(rule, line, message)]


def test_broken_yaml_is_told(tmp_path: Path) -> None:
    assert [(rule, line) for rule, line, _ in found(project(tmp_path, GOOD.replace("tests:", "tests [")))] == [("yaml-colon", 5)]


def test_a_file_that_is_about_no_recipe_is_told(tmp_path: Path) -> None:
    project(tmp_path, GOOD, "other.test.yaml")
    assert [rule for rule, _, _ in found(tmp_path)] == ["unknown-recipe"]


def test_standard_input_is_known_for_what_it_is(tmp_path: Path) -> None:
    project(tmp_path, GOOD)
    report = lint_text(GOOD.replace("agent: Bot", "recipe: Look\nagent: Bat").encode(), Request(start=tmp_path, profile="minimal"))
    assert [each.rule for each in report.diagnostics] == ["unknown-agent"]
