"""What `avops sop` writes, and what it must leave alone: files of people, recipes of other SOPs, agents whose run was refused."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import yaml
from tests.cli.changing import at_terminal

from avops.cli.main import run as avops

TOOL = """
name: zoom
kind: http
base_url: http://127.0.0.1:1
private: true
description: Zoom Rooms
synonyms: [zoom room]
actions:
  get_room:
    description: Read the status of a Zoom Room
    synonyms: [status of the zoom room]
    effect: read
    input: {room_id: {type: string, description: The room's id}}
    request: {path: "/rooms/{room_id}"}
    output: {type: object, properties: {status: {type: string}}}
    mock: {status: Available}
  set_volume:
    description: Set the volume of a Zoom Room
    synonyms: [set the volume]
    effect: write
    input: {room_id: {type: string}, level: {type: integer, minimum: 0, maximum: 100}}
    request: {method: PUT, path: "/rooms/{room_id}"}
    restore: {read: get_room, with: {level: 1}}
    mock: {}
"""
AGENT = "name: Bot\ntools: {zoom: [get_room, set_volume]}\nrecipes: [Other]\n"
SOP = "# Look\n\n1. Read the status of the Zoom Room.\n"
FILES = {
    "avops.yaml": "name: Test\n",
    "rooms.csv": "room,name,zoom_id,level\nHQ-1,Boardroom,zr-1,\n",
    "tools/zoom.yaml": TOOL,
    "agents/bot.yaml": AGENT,
    "agents/none.yaml": "name: None\ntools: {}\n",
    "sops/look.md": SOP,
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    for name, text in FILES.items():
        (home / name).parent.mkdir(exist_ok=True, parents=True)
        (home / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(home)
    return home


def convert(*arguments: str) -> int:
    return avops(["sop", "convert", "-q", *arguments])


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


# Reports.


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_the_report_is_never_written_over_the_sop_or_the_recipe(
    project: Path, force: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert("sops/look.md", "--report", "sops/../sops/look.md", *force) == 2
    assert (project / "sops/look.md").read_text(encoding="utf-8") == SOP
    assert "cannot be written over 'sops/../sops/look.md'" in capsys.readouterr().err
    assert not (project / "recipes").exists()
    (project / "recipes").mkdir()
    assert convert("sops/look.md", "-o", "recipes/page.yaml", "--report", "recipes/page.yaml", *force) == 2
    assert list((project / "recipes").iterdir()) == []


@pytest.mark.parametrize("name", ["notes.html", "notes", "other.md", "new.txt", "new.yaml"])
def test_a_report_replaces_only_reports(project: Path, name: str) -> None:
    target = project / name
    was = "mine\n" if not name.startswith("new") else None
    if was is not None:
        target.write_text(was, encoding="utf-8")
    assert convert("sops/look.md", "--report", name) in (1, 2)
    assert (target.read_text(encoding="utf-8") if target.exists() else None) == was
    assert not (project / "recipes").exists()
    assert convert("sops/look.md", "--report", name, "--force") == 0
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    backup = project / f"{name}.bak"
    assert (backup.read_text(encoding="utf-8") if backup.exists() else None) == was


def test_a_report_of_an_earlier_conversion_is_written_anew(project: Path) -> None:
    assert convert("sops/look.md", "--report", "page.html") == 0
    (project / "sops/look.md").write_text(SOP + "2. Set the volume of the Zoom Room to 30.\n", encoding="utf-8")
    assert convert("sops/look.md", "--report", "page.html") == 0
    assert "volume" in (project / "page.html").read_text(encoding="utf-8")
    assert not (project / "page.html.bak").exists()


# Recipes.


def test_the_second_sop_of_a_title_does_not_replace_the_recipe_of_the_first(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/b").mkdir()
    (project / "sops/b/look.md").write_text(SOP.replace("Read", "Please read"), encoding="utf-8")
    assert convert("sops/look.md", "sops/b/look.md") == 1
    shown = capsys.readouterr().err
    assert "'recipes/look.yaml' was made from 'sops/look.md', not from 'sops/b/look.md'" in shown
    assert "--name NAME" in shown
    first = (project / "recipes/look.yaml").read_text(encoding="utf-8")
    assert "sops/look.md:3" in first
    assert convert("sops/b/look.md") == 1
    assert (project / "recipes/look.yaml").read_text(encoding="utf-8") == first
    assert convert("sops/b/look.md", "--name", "Look again") == 0
    assert convert("sops/b/look.md", "--force") == 0
    assert (project / "recipes/look.yaml.bak").read_text(encoding="utf-8") == first
    assert "+sop: {file: sops/b/look.md" in capsys.readouterr().err


def test_two_recipes_do_not_get_one_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "recipes").mkdir()
    (project / "recipes/old.yaml").write_text("name: LOOK\nact: [{manual: x}]\n", encoding="utf-8")
    assert convert("sops/look.md") == 1
    assert "the recipe 'LOOK' is in 'recipes/old.yaml' already" in capsys.readouterr().err
    assert [file.name for file in (project / "recipes").iterdir()] == ["old.yaml"]


def test_a_recipe_that_was_given_another_file_stays_there(project: Path) -> None:
    assert convert("sops/look.md", "-o", "recipes/first.yaml") == 0
    (project / "sops/look.md").write_text(SOP + "2. Press the button.\n", encoding="utf-8")
    assert convert("sops/look.md") == 0
    assert "Press the button" in (project / "recipes/first.yaml").read_text(encoding="utf-8")
    assert [file.name for file in (project / "recipes").iterdir()] == ["first.yaml"]


def test_names_in_other_scripts_are_files_of_their_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("日本", "한국"):
        (project / f"sops/{name}.md").write_text("1. Press the button.\n2. Check that the picture is back.\n", encoding="utf-8")
    assert convert("sops/日本.md", "sops/한국.md") == 0
    assert sorted(file.name for file in (project / "recipes").iterdir()) == sorted(["日本.yaml", "한국.yaml"])
    capsys.readouterr()
    assert avops(["recipe", "show", "中国"]) == 2
    assert "no recipe is called '中国'" in capsys.readouterr().err
    avops(["lint", "recipes"])
    assert "AV905" not in capsys.readouterr().out


@pytest.mark.parametrize(("name", "why"), [("a\nb", "no name for a recipe"), ("CON", "on Windows"), ("🎤", "gives no file name")])
def test_a_name_that_no_recipe_may_have_is_refused(project: Path, name: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert("sops/look.md", "--name", name) == 2
    assert why in capsys.readouterr().err
    assert not (project / "recipes").exists()


@pytest.mark.parametrize("output", ["out.txt", "sops/look.md", "sops/look.yaml"])
def test_the_output_is_a_recipe_file_or_a_folder_and_not_the_sop(project: Path, output: str) -> None:
    (project / "sops/look.yaml").write_text(SOP, encoding="utf-8")
    assert convert("sops/look.yaml", "-o", output, "--force") == 2
    assert (project / "sops/look.yaml").read_text(encoding="utf-8") == SOP
    assert not (project / "out.txt").exists()


# Texts from elsewhere.


def test_standard_input_is_kept_as_an_sop_of_the_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("1. Press the red button.\n", "1. Press the blue button.\n"):
        typed(monkeypatch, text)
        assert convert("-") == 0
    made = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (project / "recipes").iterdir()]
    assert sorted((project / each["sop"]["file"]).read_text(encoding="utf-8") for each in made) == [
        "1. Press the blue button.\n",
        "1. Press the red button.\n",
    ]
    assert avops(["sop", "check"]) == 0
    avops(["lint"])
    assert "AV108" not in capsys.readouterr().out


def test_standard_input_with_a_name_does_not_replace_what_somebody_wrote(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "1. Press the button.\n")
    assert convert("-", "--name", "Look") == 1
    assert "'sops/look.md' is there already, and is not what avops wrote" in capsys.readouterr().err
    for text in ("1. Press the button.\n", "1. Press the other button.\n"):
        typed(monkeypatch, text)
        assert convert("-", "--name", "Press it") == 0
    assert (project / "sops/press-it.md").read_text(encoding="utf-8") == "1. Press the other button.\n"
    assert "other button" in (project / "recipes/press-it.yaml").read_text(encoding="utf-8")


def test_files_of_one_name_outside_the_project_are_not_taken_for_each_other(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, word in (("a", "red"), ("b", "blue")):
        (project.parent / folder).mkdir()
        (project.parent / folder / "s.txt").write_text(f"1. Press the {word} button.\n", encoding="utf-8")
    assert convert("../a/s.txt", "../b/s.txt") == 1
    assert f"'sops/s.txt' is the text of '{project.parent}/a/s.txt' already" in capsys.readouterr().err
    assert (project / "sops/s.txt").read_text(encoding="utf-8") == "1. Press the red button.\n"
    (project.parent / "a/s.txt").write_text("1. Press the green button.\n", encoding="utf-8")
    assert convert("../a/s.txt") == 0
    assert "green" in (project / "recipes/s.yaml").read_text(encoding="utf-8")
    avops(["lint"])
    assert "AV108" not in capsys.readouterr().out


def test_a_text_without_steps_leaves_nothing_behind(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "This page has moved.\n")
    assert convert("-") == 1
    assert [file.name for file in (project / "sops").iterdir()] == ["look.md"]


def test_a_text_in_utf16_is_read_and_compared(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/cafe.md").write_bytes("# Café\r\n\r\n1. Press the button.\r\n".encode("utf-16"))
    assert convert("sops/cafe.md") == 0
    assert yaml.safe_load((project / "recipes/cafe.yaml").read_text(encoding="utf-8"))["name"] == "Café"
    (project / "sops/cafe.md").write_bytes("# Café\r\n\r\n1. Press both buttons.\r\n".encode("utf-16-be").join([b"\xfe\xff", b""]))
    assert avops(["sop", "check"]) == 1
    assert "+1. Press both buttons." in capsys.readouterr().out


def test_check_says_which_recipes_it_cannot_compare(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "recipes").mkdir()
    for number, file in enumerate(("stdin", "../away.md")):
        text = f"name: R{number}\nsop: {{file: {file}, sha256: '{'0' * 64}'}}\nact: [{{manual: x}}]\n"
        (project / f"recipes/r{number}.yaml").write_text(text, encoding="utf-8")
    assert avops(["sop", "check"]) == 0
    shown = capsys.readouterr().out
    assert "recipes/r1.yaml: '../away.md' is not in the project, so it is not compared" in shown
    assert "0 up to date, 0 stale, 2 not compared" in shown


# What is written beside.


def test_a_team_has_agents_for_phases_with_steps_and_may_read_what_it_puts_back(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/loud.md").write_text("# Loud\n\n1. Set the volume of the Zoom Room to 30.\n", encoding="utf-8")
    assert convert("sops/loud.md", "--agents") == 0
    assert sorted(file.name for file in (project / "agents").iterdir()) == ["bot.yaml", "loud-act.yaml", "none.yaml"]
    agent = yaml.safe_load((project / "agents/loud-act.yaml").read_text(encoding="utf-8"))
    assert agent["tools"] == {"zoom": ["get_room", "set_volume"]} or agent["tools"] == {"zoom": ["set_volume", "get_room"]}
    assert set(yaml.safe_load((project / "workflows/loud.yaml").read_text(encoding="utf-8"))["agents"].values()) == {"Loud Act"}
    capsys.readouterr()
    avops(["lint", "agents", "workflows"])
    shown = capsys.readouterr().out
    assert "AV504" not in shown
    assert "AV101" not in shown


def test_nothing_to_scaffold_is_not_called_complete(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert("sops/look.md", "--scaffold-tools") == 0
    shown = capsys.readouterr().err
    assert "every system" not in shown
    assert "avops tool new NAME" in shown


# A run at once.


def run(*arguments: str, agent: str = "Bot") -> int:
    return avops(["sop", "run", "-q", "--agent", agent, *arguments])


def test_inputs_come_from_the_room_list(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sops/look.md", "--room", "HQ-1", "--mock", "--json") == 1  # it verifies nothing
    shown = capsys.readouterr()
    assert json.loads(shown.out)["steps"][0]["arguments"] == {"room_id": "zr-1"}
    assert "input room_id: 'zr-1', the zoom_id of HQ-1 in the room list" in shown.err
    assert run("sops/look.md", "--room", "HQ-1", "-i", "room_id=other", "--mock", "--json") == 1
    assert json.loads(capsys.readouterr().out)["steps"][0]["arguments"] == {"room_id": "other"}


def test_a_list_without_the_tools_column_gives_the_rooms_key(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "rooms.csv").write_text("room,name\nHQ-1,Boardroom\n", encoding="utf-8")
    assert run("sops/look.md", "--room", "hq-1", "--mock", "--json") == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["steps"][0]["arguments"] == {"room_id": "HQ-1"}
    assert "'HQ-1', the key of HQ-1" in shown.err


def test_a_name_in_an_sop_is_not_the_rooms(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/greet.md").write_text("# Greet\n\n1. Welcome [name] in [room name].\n", encoding="utf-8")
    assert run("sops/greet.md", "--room", "HQ-1") == 2
    shown = capsys.readouterr().err
    assert "input room_name: 'Boardroom'" in shown
    assert "the input 'name' is missing for 'Greet'" in shown
    assert "hint: -i name=…\n" in shown


def test_what_is_missing_is_named_and_nothing_is_attached(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/loud.md").write_text("# Loud\n\n1. Set the volume of the Zoom Room.\n", encoding="utf-8")
    assert run("sops/loud.md") == 2
    shown = capsys.readouterr().err
    assert "the inputs 'room_id', 'zoom_level' are missing for 'Loud'" in shown
    assert "-i room_id=… -i zoom_level=…; --room KEY takes those" in shown
    assert (project / "agents/bot.yaml").read_text(encoding="utf-8") == AGENT
    assert avops(["runs", "list"]) == 0
    assert "Loud" not in capsys.readouterr().out


def test_a_person_is_asked_for_what_is_missing(project: Path) -> None:
    (project / "sops/loud.md").write_text("# Loud\n\n1. Set the volume of the Zoom Room.\n", encoding="utf-8")
    arguments = ("sop", "run", "sops/loud.md", "-q", "--agent", "Bot", "--room", "HQ-1", "--mock")
    code, shown = at_terminal(project, "loud\n40\nlater\n", *arguments)
    assert code == 4, shown
    assert "input room_id: 'zr-1'" in shown
    assert "expected an integer, got 'loud'" in shown
    assert '"level": 40' in shown


def test_a_recipe_whose_run_is_refused_is_not_left_with_the_agent(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "agents/none.yaml").read_bytes()
    assert run("sops/look.md", "--room", "HQ-1", "--mock", agent="None") == 1
    shown = capsys.readouterr()
    assert "Run 1 refused" in shown.out
    assert "Took 'Look' out of agents/none.yaml again: it was not run" in shown.err
    assert (project / "agents/none.yaml").read_bytes() == before
    attached = before + b"recipes: [Look]\n"
    (project / "agents/none.yaml").write_bytes(attached)
    assert run("sops/look.md", "--room", "HQ-1", "--mock", agent="None") == 1
    assert (project / "agents/none.yaml").read_bytes() == attached
    assert run("sops/look.md", "--room", "HQ-9") == 2
    assert (project / "agents/bot.yaml").read_text(encoding="utf-8") == AGENT


def test_empty_standard_input_is_named_as_such(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed(monkeypatch, " \n")
    assert convert("-") == 1
    assert "standard input has no text" in capsys.readouterr().err


def test_nothing_is_written_where_the_text_cannot_be_kept(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = tmp_path / "away.md"
    away.write_text(SOP, encoding="utf-8")
    monkeypatch.setattr("os.access", lambda path, mode: Path(path).name != "sops")
    assert convert(str(away)) == 2
    assert "'sops/' cannot be written" in capsys.readouterr().err
    assert not (project / "recipes").exists()
