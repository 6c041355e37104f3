"""Recipes made, renamed with their tests, attached and written out; workflows that name them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.changing import TEXTS, project, texts
from tests.cli.screens import avops

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["project"]


def changed(root: Path) -> dict[str, str | None]:
    """The files that differ from the project as it was; None for one that is gone."""
    now = texts(root)
    return {name: now.get(name) for name in sorted({*TEXTS, *now}) if now.get(name) != TEXTS.get(name)}


def test_a_new_recipe_can_be_run_as_it_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("recipe", "new", "Lamp Change", "--agent", "First Bot", "--owner", "av") == 0
    assert capsys.readouterr().out == "Made recipes/lamp-change.yaml\nattached to agents/first-bot.yaml\n"
    assert changed(project)["agents/first-bot.yaml"] == TEXTS["agents/first-bot.yaml"].replace("'Fix It' ]", "'Fix It', Lamp Change]")
    assert avops("recipe", "show", "lamp change", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["owner"] == "av"
    assert shown["guardrails"]["timeout_minutes"] == 15
    assert shown["success_metrics"] == [{"metric": "duration_seconds", "target": "<= 900"}]
    file = project / "recipes/lamp-change.yaml"
    text = file.read_text(encoding="utf-8")
    assert "Mon-Sun 06:00-22:00" in text
    file.write_text("".join(line for line in text.splitlines(keepends=True) if "window:" not in line), encoding="utf-8")
    assert avops("run", "First Bot", "Lamp Change") == 4  # it waits for the person who does it


def test_a_recipe_that_cannot_be_attached_is_not_made(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "agents/operator.yaml").write_text("name: operator\nrecipes: x\n", encoding="utf-8")
    assert avops("recipe", "new", "Lamp Change", "--agent", "First Bot", "--agent", "operator") == 2
    assert set(changed(project)) == {"agents/operator.yaml"}


def test_a_copy_begins_at_version_1_and_keeps_the_rest(project: Path) -> None:
    look = project / "recipes/look.yaml"
    look.write_text(
        "# my own\n" + look.read_text(encoding="utf-8").replace("name: Look", "name: Look\nversion: 7 # raised"), encoding="utf-8"
    )
    assert avops("recipe", "new", "Look Twice", "--from", "look") == 0
    copy = (project / "recipes/look-twice.yaml").read_text(encoding="utf-8")
    assert copy == look.read_text(encoding="utf-8").replace("name: Look", "name: Look Twice").replace("version: 7", "version: 1")


def test_renaming_a_recipe_takes_its_tests_along(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("recipe", "rename", "LOOK", "See: all") == 0
    assert capsys.readouterr().out == (
        "Renamed 'Look' to 'See: all' (recipes/see-all.yaml)\nrewrote its name in agents/first-bot.yaml\n"
        "rewrote its name in recipes/fix-it.yaml\nrewrote its name in workflows/morning.yaml\n"
        "moved recipes/look.test.yaml to recipes/see-all.test.yaml\n"
    )
    assert changed(project) == {
        "agents/first-bot.yaml": TEXTS["agents/first-bot.yaml"].replace(" Look ", ' "See: all" '),
        "recipes/fix-it.yaml": TEXTS["recipes/fix-it.yaml"].replace("recipe: Look", 'recipe: "See: all"'),
        "recipes/look.test.yaml": None,
        "recipes/look.yaml": None,
        "recipes/see-all.test.yaml": TEXTS["recipes/look.test.yaml"],
        "recipes/see-all.yaml": TEXTS["recipes/look.yaml"].replace("name: Look", 'name: "See: all"'),
        "workflows/morning.yaml": TEXTS["workflows/morning.yaml"].replace("recipe: look", 'recipe: "See: all"'),
    }
    assert avops("test") == 0


def test_renaming_follows_windows_line_ends_anchors_and_folders(project: Path) -> None:
    (project / "recipes/more").mkdir()
    (project / "recipes/more/deep.yaml").write_bytes(
        b"name: Deep\r\nverify:\r\n  - {name: a, reading: &r {tool: room.get}, check: reading.power == 'on'}\r\n"
        b"  - {name: b, reading: *r, check: reading.power == 'on'}   # same\r\n"
    )
    assert avops("tool", "rename", "room", "hall") == 0
    assert (project / "recipes/more/deep.yaml").read_bytes() == (
        b"name: Deep\r\nverify:\r\n  - {name: a, reading: &r {tool: hall.get}, check: reading.power == 'on'}\r\n"
        b"  - {name: b, reading: *r, check: reading.power == 'on'}   # same\r\n"
    )
    assert avops("recipe", "rename", "Deep", "Deeper") == 0
    assert (project / "recipes/more/deeper.yaml").read_bytes().startswith(b"name: Deeper\r\n")


def test_a_stage_keeps_the_name_by_which_others_know_its_results(project: Path) -> None:
    flow = project / "workflows/flow.yaml"
    flow.write_text(
        "name: Flow\nstages:\n  - agent: First Bot\n    recipe: Look\n  - agent: First Bot\n    recipe: Fix It\n"
        "    inputs: {seen: '{{ stages.look.outputs.x }}'}\n",
        encoding="utf-8",
    )
    assert avops("recipe", "rename", "Look", "See") == 0
    assert "    recipe: See\n    name: Look\n  - agent: First Bot\n    recipe: Fix It\n" in flow.read_text(encoding="utf-8")


def test_deleting_a_recipe_says_who_runs_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("recipe", "delete", "Look") == 2
    error = capsys.readouterr().err
    for told in (
        "'First Bot' has it attached (agents/first-bot.yaml:6)",
        "'Fix It' runs it as a step (recipes/fix-it.yaml:4)",
        "'Morning' runs it (workflows/morning.yaml:4)",
        "'recipes/look.test.yaml' tests it (recipes/look.test.yaml:1)",
    ):
        assert told in error
    assert avops("recipe", "delete", "Look", "--force", "--yes") == 0
    assert changed(project) == {"recipes/look.yaml": None}


def test_attaching_is_one_line_and_says_what_the_agent_may_not(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "agents/new.yaml").write_text("name: New\ntools: {room: [get]}\n", encoding="utf-8")
    assert avops("recipe", "attach", "new", "fix it") == 0
    shown = capsys.readouterr()
    assert shown.out == "Attached 'Fix It' to 'New' (agents/new.yaml)\n"
    assert "note: 'New' may not call room.set, which the recipe needs" in shown.err
    assert (project / "agents/new.yaml").read_text(encoding="utf-8") == "name: New\ntools: {room: [get]}\nrecipes: [Fix It]\n"
    assert avops("recipe", "attach", "New", "Fix It") == 0
    assert capsys.readouterr().out == "'New' has 'Fix It' attached already.\n"
    assert avops("recipe", "attach", "New", "Nothing") == 2


def test_a_recipe_is_written_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("recipe", "export", "Look") == 0
    assert capsys.readouterr().out == TEXTS["recipes/look.yaml"]
    assert avops("recipe", "export", "look", "--format", "json", "--output", "look.json") == 0
    written = json.loads((project / "look.json").read_text(encoding="utf-8"))
    assert written["verify"][0]["reading"] == {"tool": "room.get", "with": {}}
    capsys.readouterr()
    assert avops("recipe", "export", "Fix It", "--format", "markdown") == 0
    text = capsys.readouterr().out
    assert "## Act: do it, in this order\n\n1. **Set**\n   - Set the power: power = on.\n" in text
    assert avops("recipe", "export", "Fix It", "--format", "xml") == 2


def test_a_copy_of_a_workflow_does_not_run_twice(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "workflows/often.yaml").write_text("name: Often\nagent: First Bot\nrecipe: Look\ntrigger: {interval_minutes: 5} # x\n")
    assert avops("workflow", "new", "More Often", "--from", "Often") == 0
    assert "note: it is switched off, so that nothing runs twice" in capsys.readouterr().err
    assert (project / "workflows/more-often.yaml").read_text() == (
        "name: More Often\nagent: First Bot\nrecipe: Look\ntrigger: {interval_minutes: 5} # x\nenabled: false\n"
    )
    assert avops("workflow", "new", "Nightly", "--from", "Often", "--cron", "0 2 * * *", "--recipe", "fix it") == 0
    text = (project / "workflows/nightly.yaml").read_text()
    assert 'recipe: Fix It\ntrigger: {cron: "0 2 * * *"} # x\n' in text
    assert "enabled" not in text
