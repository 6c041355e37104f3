"""Agents and tools made, edited, renamed and deleted."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from tests.cli.changing import TEXTS, at_terminal, editor, project, texts
from tests.cli.screens import avops

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["project"]


def changed(root: Path) -> dict[str, str | None]:
    """The files that differ from the project as it was; None for one that is gone."""
    now = texts(root)
    return {name: now.get(name) for name in sorted({*TEXTS, *now}) if now.get(name) != TEXTS.get(name)}


def kept_copy(error: str) -> str:
    found = re.search(r"(?:kept in|copy is) (\S+)", error)
    assert found is not None, error
    with open(found[1], encoding="utf-8") as stream:
        text = stream.read()
    os.unlink(found[1])
    os.rmdir(os.path.dirname(found[1]))
    return text


@pytest.mark.parametrize(
    "arguments",
    [
        ("agent", "new", "Night Watch"),
        ("agent", "new", "Night: Watch", "--domain", "AV", "--tool", "room.get", "--tool", "say"),
        ("agent", "new", "Copy", "--from", "first bot", "--domain", "AV"),
        ("recipe", "new", "Lamp Change", "--agent", "first-bot"),
        ("recipe", "new", "Lamp Change", "--room", "required"),
        ("tool", "new", "lights"),
        ("tool", "new", "lights", "--kind", "command"),
    ],
)
def test_what_is_new_lints_under_the_strictest_profile(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    before = texts(project)
    assert avops(*arguments) == 0
    (made,) = set(texts(project)) - set(before)
    capsys.readouterr()
    code = avops("lint", made, "--profile", "strict")
    found = capsys.readouterr().out
    # A copy has its original's findings; a skeleton of a program may miss the program.
    assert code == 0 or "--from" in arguments, found
    assert avops(arguments[0], "show", arguments[2]) == 0


def test_a_new_agent_may_do_what_is_written_out(project: Path) -> None:
    assert avops("agent", "new", "Night Watch", "--tool", "room.get", "--tool", "say", "--tool", "ROOM.set") == 0
    text = (project / "agents/night-watch.yaml").read_text(encoding="utf-8")
    assert "tools: \n  room: [get, set]\n  say: [post, ticket]\n" in text.replace("tools:\n", "tools: \n")


def test_a_copy_keeps_its_comments_and_layout(project: Path) -> None:
    assert avops("agent", "new", "Second Bot", "--from", "First Bot") == 0
    assert (project / "agents/second-bot.yaml").read_text(encoding="utf-8") == TEXTS["agents/first-bot.yaml"].replace(
        "First Bot", "Second Bot"
    )


def test_a_copy_with_other_tools_keeps_the_lines_of_those_that_stay(project: Path) -> None:
    assert avops("agent", "new", "Third Bot", "--from", "First Bot", "--tool", "room.get", "--tool", "room.set", "--domain", "AV") == 0
    assert (project / "agents/third-bot.yaml").read_text(encoding="utf-8") == (
        TEXTS["agents/first-bot.yaml"].replace("First Bot", "Third Bot").replace("  say: [post, ticket]\n", "") + "domain: AV\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("agent", "new", "FIRST  bot"), 2, "an agent is called 'First Bot' already: agents/first-bot.yaml"),
        (("agent", "new", "first-bot"), 2, "the file 'agents/first-bot.yaml' is there already"),
        (("agent", "new", "?!"), 2, "'?!' gives no file name"),
        (("agent", "new", " x"), 2, "' x' is no name for an agent"),
        (("agent", "new", "a\x1b[2Jb"), 2, "is no name for an agent"),
        (("recipe", "new", "x" * 121), 2, "is no name for a recipe"),
        (("recipe", "new", "Con"), 2, "no file can be called 'con.yaml' on Windows"),
        (("agent", "new", "N", "--tool", "romo"), 2, "did you mean 'room'?"),
        (("agent", "new", "N", "--tool", "room.gett"), 2, "the tool 'room' has no action 'gett'"),
        (("agent", "new", "N", "--from", "Nobody"), 2, "no agent is called 'Nobody'"),
        (("tool", "new", "my tool"), 2, "'my tool' is no name for a tool"),
        (("tool", "new", "ROOM"), 2, "a tool is called 'room' already"),
        (("tool", "new", "x", "--from", "room", "--kind", "http"), 2, "--from and --kind exclude each other"),
        (("recipe", "new", "Look"), 2, "a recipe is called 'Look' already"),
        (("recipe", "new", "N", "--agent", "Nobody"), 2, "no agent is called 'Nobody'"),
        (("recipe", "new", "N", "--room", "maybe"), 2, "'maybe' says nothing about rooms"),
    ],
)
def test_new_refuses_names_that_are_taken_or_odd(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert avops(*arguments) == code
    assert message in capsys.readouterr().err
    assert changed(project) == {}


def test_renaming_an_agent_rewrites_all_who_name_it_and_nothing_else(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("agent", "rename", "first-bot", "Café: Bot") == 0
    shown = capsys.readouterr()
    assert shown.out == (
        "Renamed 'First Bot' to 'Café: Bot' (agents/cafe-bot.yaml)\nrewrote its name in workflows/morning.yaml\n"
        "rewrote its name in recipes/look.test.yaml\nrewrote its name in avops.yaml\n"
    )
    assert "note: its runs so far keep the old name" in shown.err
    assert changed(project) == {
        "agents/cafe-bot.yaml": TEXTS["agents/first-bot.yaml"].replace("First Bot", "Café: Bot"),
        "agents/first-bot.yaml": None,
        "avops.yaml": TEXTS["avops.yaml"].replace("agent: First Bot", 'agent: "Café: Bot"'),
        "recipes/look.test.yaml": TEXTS["recipes/look.test.yaml"].replace("First Bot", '"Café: Bot"'),
        "workflows/morning.yaml": TEXTS["workflows/morning.yaml"].replace("First Bot", '"Café: Bot"'),
    }
    assert avops("lint", "--select", "unknown-agent") == 0


def test_renaming_a_tool_rewrites_calls_lists_answers_and_settings(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("tool", "rename", "room", "hall") == 0
    capsys.readouterr()
    assert changed(project) == {
        "agents/first-bot.yaml": TEXTS["agents/first-bot.yaml"].replace("room:", "hall:"),
        "agents/operator.yaml": TEXTS["agents/operator.yaml"].replace("room:", "hall:"),
        "avops.yaml": TEXTS["avops.yaml"].replace("[room]", "[hall]"),
        "recipes/fix-it.yaml": TEXTS["recipes/fix-it.yaml"].replace("room.set", "hall.set"),
        "recipes/look.test.yaml": TEXTS["recipes/look.test.yaml"].replace("room.get", "hall.get"),
        "recipes/look.yaml": TEXTS["recipes/look.yaml"].replace("room.get", "hall.get"),
        "tools/hall.yaml": TEXTS["tools/room.yaml"].replace("name: room", "name: hall"),
        "tools/room.yaml": None,
    }
    assert avops("tool", "rename", "say", "teller") == 0
    assert avops("lint", "--select", "unknown-tool,unknown-action,agent-may-not,cannot-notify") == 0, capsys.readouterr().out
    assert avops("test") == 0


def test_a_dry_run_shows_the_difference_and_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("tool", "rename", "say", "teller", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "rename from tools/say.yaml\nrename to tools/teller.yaml\n" in out
    assert "-  say: [post, ticket]\n+  teller: [post, ticket]\n" in out
    assert out.endswith("Dry run. Would rename 'say' to 'teller' (tools/teller.yaml).\n")
    assert changed(project) == {}


def test_a_renaming_that_cannot_be_finished_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "tools/hall.yaml").mkdir()
    assert avops("tool", "rename", "room", "hall") == 2
    assert "the file 'tools/hall.yaml' is there already" in capsys.readouterr().err
    (project / "tools/hall.yaml").rmdir()
    assert avops("tool", "rename", "room", "say") == 2
    assert avops("tool", "rename", "room", "room") == 2
    # A key that both names would share: one agent lists them already.
    (project / "agents/operator.yaml").write_text("name: operator\ntools: {room: '*', hall2: '*'}\n", encoding="utf-8")
    assert avops("tool", "rename", "room", "hall2") == 1
    assert "has a key 'hall2' there already" in capsys.readouterr().err
    assert set(changed(project)) == {"agents/operator.yaml"}


def test_trust_goes_with_a_tool_that_is_renamed(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    (project / "tools/box.yaml").write_text(
        "name: box\nkind: command\nactions:\n  get: {effect: read, argv: [echo, hello], parse: text}\n", encoding="utf-8"
    )
    assert avops("trust", "--yes") == 0
    assert avops("tool", "rename", "box", "crate") == 0
    capsys.readouterr()
    assert avops("doctor") in (0, 1)
    assert "crate" not in capsys.readouterr().out


def test_a_file_with_mistakes_that_has_the_name_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "recipes/broken.yaml").write_text("name: [Look\nact: First Bot", encoding="utf-8")
    assert avops("agent", "rename", "First Bot", "Other") == 0
    assert "note: 'recipes/broken.yaml' has mistakes and was not looked through; the name is in it" in capsys.readouterr().err


def test_one_of_two_with_a_name_can_be_renamed_by_its_path(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "agents/twin.yaml").write_text("name: first bot\n", encoding="utf-8")
    assert avops("agent", "rename", "First Bot", "Other") == 3
    assert avops("agent", "rename", "agents/twin.yaml", "Twin") == 0
    assert "another agent is called 'first bot'" in capsys.readouterr().err
    assert changed(project) == {"agents/twin.yaml": "name: Twin\n"}


def test_deleting_says_who_needs_it_and_where(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("agent", "delete", "First Bot") == 2
    error = capsys.readouterr().err
    for told in (
        "'Morning' is run by it (workflows/morning.yaml:3)",
        "(recipes/look.test.yaml:3)",
        "'avops.yaml' sends alerts with it (avops.yaml:5)",
    ):
        assert told in error
    assert changed(project) == {}
    assert avops("agent", "delete", "First Bot", "--force") == 0
    shown = capsys.readouterr()
    assert shown.out == "Deleted agents/first-bot.yaml\n"
    assert shown.err.count("broken now: ") == 3
    assert changed(project) == {"agents/first-bot.yaml": None}


def test_a_tool_that_is_deleted_is_taken_from_the_operator(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("tool", "new", "lights") == 0
    (project / "agents/operator.yaml").write_text("name: operator\ntools:\n  room: '*'   # all\n  lights: '*'\n", encoding="utf-8")
    assert avops("tool", "delete", "lights") == 0
    assert "took it out of agents/operator.yaml" in capsys.readouterr().out
    assert (project / "agents/operator.yaml").read_text(encoding="utf-8") == "name: operator\ntools:\n  room: '*'   # all\n"


def test_on_a_terminal_deleting_asks(project: Path) -> None:
    code, shown = at_terminal(project, "n\n", "agent", "delete", "First Bot", "--force")
    assert (code, changed(project)) == (1, {})
    assert "breaks: 'Morning' is run by it" in shown
    assert at_terminal(project, "y\n", "agent", "delete", "First Bot", "--force")[0] == 0
    assert at_terminal(project, "", "agent", "delete", "operator", "--force", "--yes")[0] == 0
    assert changed(project) == {"agents/first-bot.yaml": None, "agents/operator.yaml": None}


@pytest.mark.parametrize(
    ("noun", "script", "message"),
    [
        ("agent", 'echo "colour: red" >> "$2"', "colour"),
        ("agent", 'sed -i "s/set\\]/sett]/" "$2"', "sett"),
        ("agent", 'sed -i "s/First Bot/OPERATOR/" "$2"', "an agent is called 'operator' already"),
        ("agent", 'sed -i "s/First Bot/ x/" "$2"', "name"),
        ("agent", 'printf "" > "$2"', "empty"),
        ("agent", 'printf "\\377" >> "$2"', "not UTF-8"),
        ("tool", 'sed -i "s/kind: http/kind: htp/" "$2"', "htp"),
    ],
)
def test_edit_keeps_what_is_not_right_in_the_copy(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], noun: str, script: str, message: str
) -> None:
    editor(project, monkeypatch, script)
    assert avops(noun, "edit", {"agent": "First Bot", "tool": "room"}[noun]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert changed(project) == {}
    copy = re.search(r"kept in (\S+)", error)
    assert copy is not None
    assert oct(os.stat(os.path.dirname(copy[1])).st_mode & 0o777) == "0o700"
    os.unlink(copy[1])
    os.rmdir(os.path.dirname(copy[1]))


def test_edit_saves_every_byte_of_what_is_sound(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    editor(project, monkeypatch, 'sed -i "s/the first line/ein größeres/" "$2"')
    assert avops("agent", "edit", "First Bot") == 0
    assert capsys.readouterr().out == "Saved agents/first-bot.yaml\n"
    assert changed(project) == {"agents/first-bot.yaml": TEXTS["agents/first-bot.yaml"].replace("the first line", "ein größeres")}


def test_edit_tells_who_still_uses_the_old_name(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    editor(project, monkeypatch, 'sed -i "s/First Bot/Other/" "$2"')
    assert avops("agent", "edit", "First Bot") == 0
    error = capsys.readouterr().err
    assert "note: workflows/morning.yaml:3 still says 'First Bot'" in error
    assert "hint: avops agent rename changes a name everywhere" in error


def test_mistakes_that_were_there_before_do_not_keep_an_edit_out(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "agents/first-bot.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("[get, set]", "[get, sett]"), encoding="utf-8")
    editor(project, monkeypatch, 'echo "domain: AV" >> "$2"')
    assert avops("agent", "edit", "First Bot") == 0
    assert file.read_text(encoding="utf-8").endswith("domain: AV\n")


def test_on_a_terminal_a_person_goes_back_discards_or_keeps(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The first time it writes a mistake, the second time it mends it.
    editor(
        project, monkeypatch, 'if grep -q colour "$2"; then sed -i "s/colour: red/domain: AV/" "$2"; else echo "colour: red" >> "$2"; fi'
    )
    code, shown = at_terminal(project, "edit\n", "agent", "edit", "First Bot")
    assert (code, changed(project)) == (0, {"agents/first-bot.yaml": TEXTS["agents/first-bot.yaml"] + "domain: AV\n"}), shown
    editor(project, monkeypatch, 'echo "colour: red" >> "$2"')
    code, shown = at_terminal(project, "discard\n", "tool", "edit", "room")
    assert (code, "'tools/room.yaml' is as it was" in shown) == (0, True)
    code, shown = at_terminal(project, "what\nk\n", "tool", "edit", "room")
    assert code == 1
    assert kept_copy(shown) == TEXTS["tools/room.yaml"] + "colour: red\n"
