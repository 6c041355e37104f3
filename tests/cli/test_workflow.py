"""`avops workflow`: lists, and changes of files that keep what they do not touch."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import avops, matches_golden

if TYPE_CHECKING:
    from pathlib import Path

AGENT = "name: A\ndomain: D\ntools: {room: [get]}\n"
TOOL = """name: room
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, output: {type: object}, request: {path: /}, mock: {power: "on"}}
"""
RECIPE = """name: Look
inputs: {channel: {default: "#av"}, count: {type: integer, default: 1}}
verify:
  - {name: It has power, reading: {tool: room.get}, check: reading.power == 'on'}
"""
MORNING = """# before people arrive
name: Morning Check   # its name
agent: A
recipe: Look
trigger: {cron: "0 6 * * 1-5"}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    texts = {"agents/a.yaml": AGENT, "tools/room.yaml": TOOL, "recipes/look.yaml": RECIPE, "workflows/morning-check.yaml": MORNING}
    for name, text in {"avops.yaml": "timezone: Europe/Berlin\nmock: true\n", **texts}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def file(project: Path, name: str) -> Path:
    return project / "workflows" / f"{name}.yaml"


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    avops("workflow", "list", "--json")
    return {card["name"]: card for card in json.loads(capsys.readouterr().out)}


def editor(project: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An editor that is a shell script; `$1` is the file."""
    program = project / "my editor"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{program}'")


def test_the_list_shows_what_each_is_and_how_it_stands(project, capsys):
    file(project, "night").write_text("name: Night\nagent: A\nrecipe: Look\ntrigger: manual\nenabled: false\n", encoding="utf-8")
    file(project, "tell").write_text(
        "name: Tell\nagents: {intake: A, plan: A, act: A, verify: A}\nrecipe: Look\ntrigger: {after: Morning Check, on: failed}\n",
        encoding="utf-8",
    )
    assert avops("workflow", "run", "morning check") == 0
    assert "Run 1 success [simulated]" in capsys.readouterr().out
    assert avops("workflow", "list") == 0
    text = capsys.readouterr().out
    steady = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD HH:MM", text)
    matches_golden("workflow-list", steady)
    cards = listed(capsys)
    assert cards["Morning Check"]["colour"] == "green"
    assert cards["Morning Check"]["last"]["id"] == 1
    assert str(cards["Morning Check"]["next_at"]).endswith("Z")
    assert (cards["Night"]["enabled"], cards["Night"]["next_at"], cards["Night"]["colour"]) == (False, None, "yellow")


def test_a_broken_file_does_not_hide_the_others(project, capsys):
    file(project, "bad").write_text("name: Bad\nagnet: A\n", encoding="utf-8")
    assert avops("workflow", "list") == 1
    shown = capsys.readouterr()
    assert "Morning Check" in shown.out
    assert "broken: workflows/bad.yaml: " in shown.err


def test_show_tells_how_it_stands_and_prints_the_file(project, capsys):
    file(project, "tell").write_text("name: Tell\nagent: A\nrecipe: Look\ntrigger: {after: Morning Check}\n", encoding="utf-8")
    assert avops("workflow", "disable", "Morning Check", "--reason", "holidays") == 0
    capsys.readouterr()
    assert avops("workflow", "show", "morning-check") == 0
    text = capsys.readouterr().out
    assert "every day at 06:00, Mon-Fri" in text or "every day at 06:00, 1-5" in text
    assert re.search(r"Switched off +by .*: holidays", text)
    assert re.search(r"Followed by +Tell", text)
    assert "# before people arrive" in text
    assert avops("workflow", "show", "morning-check", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["name"], document["enabled"], document["followers"]) == ("Morning Check", False, ["Tell"])


def test_new_writes_a_sound_file(project, capsys):
    options = ("--agent", "a", "--recipe", "look", "--cron", "30 7 * * *", "--timezone", "Europe/Lisbon", "-i", "count=3", "--disabled")
    assert avops("workflow", "new", "Early: check", *options) == 0
    assert capsys.readouterr().out == "Made workflows/early-check.yaml\n"
    assert file(project, "early-check").read_text(encoding="utf-8") == (
        "# yaml-language-server: $schema=../schemas/workflow.schema.json\n"
        'name: "Early: check"\nagent: A\nrecipe: Look\n'
        'trigger: {cron: "30 7 * * *", timezone: Europe/Lisbon}\nenabled: false\ninputs: {count: 3}\n'
    )
    assert avops("workflow", "new", "Then", "--agent", "A", "--recipe", "Look", "--after", "morning check") == 0
    assert "trigger: {after: Morning Check, on: success}" in file(project, "then").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("MORNING check", "--agent", "A", "--recipe", "Look"), 2, "a workflow is called 'Morning Check' already"),
        (("N", "--agent", "B", "--recipe", "Look"), 2, "hint: avops agent list"),
        (("N", "--agent", "Nobody", "--recipe", "Look"), 2, "avops agent new 'Nobody' makes it"),
        (("N", "--agent", "A", "--recipe", "Looks"), 2, "avops recipe new 'Looks' makes it"),
        (("N", "--agent", "A"), 2, "a workflow needs its recipe: --recipe NAME"),
        (("N", "--agent", "A", "--recipe", "Look", "--cron", "61 * * * *"), 1, "'61' in '61 * * * *' is not a minute"),
        (("N", "--agent", "A", "--recipe", "Look", "--cron", "0 0 31 2 *"), 1, "it never fires"),
        (("N", "--agent", "A", "--recipe", "Look", "--every", "5", "--after", "X"), 2, "--after and --every exclude each other"),
        (("N", "--agent", "A", "--recipe", "Look", "--after", "X"), 2, "no workflow is called 'X'"),
        (("N", "--agent", "A", "--recipe", "Look", "--at", "tomorrow"), 1, "at"),
    ],
)
def test_new_refuses_what_could_not_run(project, capsys, arguments, code, message):
    if arguments[2] == "B":
        message = "avops agent new 'B' makes it"
    assert avops("workflow", "new", *arguments) == code
    assert message in capsys.readouterr().err
    assert len(list((project / "workflows").iterdir())) == 1


def test_edit_saves_what_is_sound(project, monkeypatch, capsys):
    editor(project, monkeypatch, 'sed -i "s/0 6/0 7/" "$1"')
    assert avops("workflow", "edit", "Morning Check") == 0
    assert capsys.readouterr().out == "Saved workflows/morning-check.yaml\n"
    assert file(project, "morning-check").read_text(encoding="utf-8") == MORNING.replace("0 6", "0 7")


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ('echo "colour: red" >> "$1"', 1, "unknown"),
        ('sed -i "s/0 6/0 99/" "$1"', 1, "is not an hour"),
        ('sed -i "s/recipe: Look/recipe: Lok/" "$1"', 1, "no recipe is called 'Lok'"),
        ('printf "\\377" > "$1"', 1, "not UTF-8"),
        ("exit 3", 3, "ended with 3"),
    ],
)
def test_edit_never_leaves_a_broken_file_in_place(project, monkeypatch, capsys, script, code, message):
    editor(project, monkeypatch, script)
    assert avops("workflow", "edit", "Morning Check") == code
    error = capsys.readouterr().err
    assert message in error.replace("Unknown", "unknown")
    assert file(project, "morning-check").read_text(encoding="utf-8") == MORNING
    kept = re.search(r"(?:kept in|copy is) (\S+)", error)
    assert kept is not None
    os.unlink(kept[1])
    os.rmdir(os.path.dirname(kept[1]))


def test_edit_sees_that_somebody_else_was_quicker(project, monkeypatch, capsys):
    own = file(project, "morning-check")
    editor(project, monkeypatch, f'sed -i "s/0 6/0 7/" "$1"; echo "# new" >> "{own}"')
    assert avops("workflow", "edit", "Morning Check") == 3
    assert "was changed by somebody else meanwhile" in capsys.readouterr().err
    assert own.read_text(encoding="utf-8") == MORNING + "# new\n"


def test_edit_without_a_change_or_an_editor(project, monkeypatch, capsys):
    editor(project, monkeypatch, "true")
    assert avops("workflow", "edit", "Morning Check") == 0
    assert capsys.readouterr().out == "Nothing was changed.\n"
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert avops("workflow", "edit", "Morning Check") == 3
    assert "hint: set EDITOR" in capsys.readouterr().err


def test_disable_is_a_word_in_the_database_and_enable_takes_it_back(project, capsys):
    assert avops("workflow", "disable", "Morning Check") == 2
    assert "needs a reason" in capsys.readouterr().err
    assert avops("workflow", "disable", "Morning Check", "--reason", "new displays") == 0
    assert listed(capsys)["Morning Check"]["reason"].endswith(": new displays")
    assert file(project, "morning-check").read_text(encoding="utf-8") == MORNING
    assert avops("workflow", "enable", "Morning Check") == 0
    card = listed(capsys)["Morning Check"]
    assert (card["enabled"], card["reason"]) == (True, None)
    assert card["next_at"] is not None


def test_in_file_writes_one_line_and_the_file_counts_from_then_on(project, capsys):
    assert avops("workflow", "disable", "Morning Check", "--reason", "x") == 0
    assert avops("workflow", "disable", "Morning Check", "--in-file") == 0
    assert file(project, "morning-check").read_text(encoding="utf-8") == MORNING + "enabled: false\n"
    assert listed(capsys)["Morning Check"]["reason"] == "in its file"
    assert avops("workflow", "enable", "Morning Check", "--reason", "back") == 0
    assert listed(capsys)["Morning Check"]["enabled"] is True
    assert avops("workflow", "enable", "Morning Check", "--in-file") == 0
    assert file(project, "morning-check").read_text(encoding="utf-8") == MORNING + "enabled: true\n"


def test_rename_rewrites_who_follows_and_keeps_grid_and_words(project, capsys):
    file(project, "tell").write_text(
        "# t\nname: Tell\nagent: A\nrecipe: Look\ntrigger: {after: morning check,  on: failed}  # x\n", encoding="utf-8"
    )
    own = file(project, "morning-check")
    own.write_text(MORNING.replace('{cron: "0 6 * * 1-5"}', "{interval_minutes: 60}"), encoding="utf-8")
    assert avops("tick") == 0
    assert avops("workflow", "disable", "Morning Check", "--reason", "x") == 0
    assert avops("workflow", "rename", "Morning Check", "Early Check") == 0
    assert capsys.readouterr().out.endswith(
        "Renamed 'Morning Check' to 'Early Check' (workflows/early-check.yaml)\nrewrote its name in workflows/tell.yaml\n"
    )
    assert not own.exists()
    assert "name: Early Check   # its name\n" in file(project, "early-check").read_text(encoding="utf-8")
    assert "trigger: {after: Early Check,  on: failed}  # x" in file(project, "tell").read_text(encoding="utf-8")
    assert listed(capsys)["Early Check"]["enabled"] is False
    assert avops("workflow", "enable", "Early Check") == 0
    capsys.readouterr()
    assert avops("tick", "--dry-run") == 0
    assert capsys.readouterr().out == "Dry run. Would run 0 workflows.\n"


def test_rename_refuses_a_name_that_is_taken_and_a_run_under_way(project, capsys):
    file(project, "tell").write_text("name: Tell\nagent: A\nrecipe: Look\n", encoding="utf-8")
    assert avops("workflow", "rename", "Tell", "MORNING CHECK") == 2
    assert avops("workflow", "rename", "Tell", "tell") == 0
    assert "name: tell\n" in file(project, "tell").read_text(encoding="utf-8")
    assert avops("workflow", "run", "tell") == 0
    with sqlite3.connect(project / ".avops" / "avops.db") as connection:
        connection.execute("UPDATE runs SET status = 'waiting'")
    connection.close()
    capsys.readouterr()
    assert avops("workflow", "rename", "tell", "Other") == 2
    assert "run 1 of 'tell' is waiting" in capsys.readouterr().err


def test_delete_says_what_still_refers_to_it(project, capsys):
    file(project, "tell").write_text("name: Tell\nagent: A\nrecipe: Look\ntrigger: {after: Morning Check}\n", encoding="utf-8")
    assert avops("workflow", "delete", "Morning Check") == 2
    assert "'Tell' follows it (workflows/tell.yaml:4)" in capsys.readouterr().err
    assert avops("workflow", "delete", "Morning Check", "--force") == 0
    shown = capsys.readouterr()
    assert shown.out == "Deleted workflows/morning-check.yaml\n"
    assert shown.err.endswith("broken now: 'Tell' follows it (workflows/tell.yaml:4)\n")
    assert avops("workflow", "delete", "Tell") == 0
    capsys.readouterr()
    assert avops("workflow", "list") == 0
    assert "avops workflow new" in capsys.readouterr().err
