"""`avops sop` as a person uses it: whole commands in a small project."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from avops.cli.main import run as avops
from avops.model.agent import Agent
from avops.model.recipe import Recipe
from avops.model.workflow import Workflow
from avops.project.documents import load_document

TOOL = """
name: display
kind: http
base_url: http://127.0.0.1:1
private: true
description: Displays
actions:
  get_power:
    description: Read whether the display is on
    effect: read
    input: {host: {type: string}}
    request: {path: /p}
    output: {type: object, properties: {power: {enum: ["on", "off"]}}}
    mock: {power: "on"}
  set_power:
    description: Turn the display on or off
    effect: write
    input: {host: {type: string}, power: {enum: ["on", "off"]}}
    request: {method: PUT, path: /p}
    mock: {}
"""
AGENT = "# The one who may.\nname: Bot  # short\ntools: {display: [get_power, set_power]}\nrecipes:\n  # the first\n  - Other\n"
SOP = """# Wake the display

1. Check the display power at 10.0.0.7.
2. Turn on the display at 10.0.0.7.
3. Post the result in Slack.
4. Check that the display at 10.0.0.7 is on.
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"avops.yaml": "name: Test\n", "tools/display.yaml": TOOL, "agents/bot.yaml": AGENT, "sops/wake.md": SOP}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def recipe(project: Path) -> Path:
    return project / "recipes/wake-the-display.yaml"


def test_convert_writes_a_draft_and_says_what_became_of_each_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops(["sop", "convert", "sops/wake.md"]) == 0
    made = Recipe.model_validate(yaml.safe_load(recipe(project).read_text(encoding="utf-8")))
    assert made.draft
    shown = capsys.readouterr()
    assert "Wrote recipes/wake-the-display.yaml: 4 steps, 3 of them bound to tools" in shown.out
    assert "sops/wake.md:4  step       2. Turn on the display at 10.0.0.7." in shown.err
    assert "1 heading, 4 step" in shown.err
    assert "no tool of this project: Slack" in shown.err


def test_quiet_lists_no_lines(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 0
    assert "sops/wake.md:" not in capsys.readouterr().err


def test_standard_input_is_printed(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SOP.encode())))
    assert avops(["sop", "convert", "-", "-o", "-", "-q"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["sop"]["file"] == "stdin"
    assert not (project / "recipes").exists()


def test_an_edited_recipe_is_not_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 0
    edited = recipe(project).read_text(encoding="utf-8").replace("draft: true", "draft: false")
    recipe(project).write_text(edited, encoding="utf-8")
    capsys.readouterr()
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 1
    assert recipe(project).read_text(encoding="utf-8") == edited
    assert "is not what avops wrote" in capsys.readouterr().err
    assert avops(["sop", "convert", "-q", "--force", "sops/wake.md"]) == 0
    assert recipe(project).with_name("wake-the-display.yaml.bak").read_text(encoding="utf-8") == edited
    shown = capsys.readouterr().err
    assert "-draft: false\n+draft: true" in shown


def test_a_second_backup_does_not_replace_the_first(project: Path) -> None:
    for text in ("one: 1\n", "two: 2\n"):
        recipe(project).parent.mkdir(exist_ok=True)
        recipe(project).write_text(text, encoding="utf-8")
        assert avops(["sop", "convert", "-q", "--force", "sops/wake.md"]) == 0
    assert recipe(project).with_name("wake-the-display.yaml.bak").read_text(encoding="utf-8") == "one: 1\n"
    assert recipe(project).with_name("wake-the-display.yaml.2.bak").read_text(encoding="utf-8") == "two: 2\n"


def test_a_recipe_that_nobody_edited_follows_its_sop(project: Path) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 0
    (project / "sops/wake.md").write_text(SOP + "5. Check the volume.\n", encoding="utf-8")
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 0
    assert "Check the volume" in recipe(project).read_text(encoding="utf-8")
    assert not recipe(project).with_name("wake-the-display.yaml.bak").exists()


def test_several_files_are_converted_though_one_has_no_steps(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/none.md").write_text("This page has moved.\n", encoding="utf-8")
    (project / "sops/two.md").write_text("# Two\n\n1. Press the button.\n", encoding="utf-8")
    assert avops(["sop", "convert", "-q", "sops/none.md", "sops/wake.md", "sops/two.md"]) == 1
    assert sorted(path.name for path in (project / "recipes").iterdir()) == ["two.yaml", "wake-the-display.yaml"]
    assert "'sops/none.md' has no procedure" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Café: réinitialiser l’écran", "cafe-reinitialiser-lecran"),
        ("会議室の準備", "会議室の準備"),
        ("🎤", "kaigi"),
        ("A name that says everything about the room, its displays, its microphones and its cameras", None),
    ],
)
def test_the_file_has_the_name_that_lint_asks_for(
    project: Path, title: str, written: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "sops" / "kaigi.md").write_text(
        f"# {title}\n\n1. Restart the codec.\n2. Check that the picture is back.\n", encoding="utf-8"
    )
    assert avops(["sop", "convert", "sops/kaigi.md"]) == 0
    assert written is None or (project / "recipes" / f"{written}.yaml").exists()
    avops(["lint"])
    assert "AV905" not in capsys.readouterr().out


def test_one_name_is_for_one_file(project: Path) -> None:
    assert avops(["sop", "convert", "sops/wake.md", "sops/wake.md", "--name", "X"]) == 2


def test_outside_a_project_it_asks_where_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text(SOP, encoding="utf-8")
    assert avops(["sop", "convert", "a.md"]) == 2
    assert avops(["sop", "convert", "-q", "a.md", "-o", "out.yaml"]) == 0
    assert (tmp_path / "out.yaml").exists()
    assert not (tmp_path / ".avops").exists()


def test_a_document_without_the_extra_says_how_to_get_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "markitdown", None)
    (project / "old.docx").write_bytes(b"PK")
    assert avops(["sop", "convert", "old.docx"]) == 2
    assert "pip install 'avops[documents]'" in capsys.readouterr().err


def test_the_page_is_one_file_with_both_sides(project: Path) -> None:
    (project / "sops/wake.md").write_text(SOP.replace("Wake", "<script>alert(1)</script> Wake"), encoding="utf-8")
    assert avops(["sop", "convert", "-q", "sops/wake.md", "--name", "Wake", "--report", "page.html"]) == 0
    page = (project / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert 'id="s4" data-steps="1"' in page
    assert 'href="#s4"' in page
    assert "src=" not in page
    assert "http-equiv" in page


def test_agents_may_call_what_their_phase_calls_and_nothing_else(project: Path) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md", "--agents"]) == 0
    texts = {path.stem.rpartition("-")[2]: path.read_text(encoding="utf-8") for path in (project / "agents").glob("wake-*.yaml")}
    agents: dict[str, Agent] = {phase: load_document("agent", text, phase).required() for phase, text in texts.items()}
    assert agents["act"].tools == {"display": ["set_power"]}
    assert agents["verify"].tools == {"display": ["get_power"]}
    flow = load_document("workflow", (project / "workflows/wake-the-display.yaml").read_text(encoding="utf-8"), "w").required()
    assert isinstance(flow, Workflow)
    assert flow.agents is not None
    assert flow.agents.act == agents["act"].name
    assert avops(["lint", "agents", "workflows", "--select", "agent-may-not"]) == 0


def test_skeletons_are_manifests_and_leave_what_is_there(project: Path) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md", "--scaffold-tools"]) == 0
    target = project / "tools/slack.yaml"
    load_document("tool", target.read_text(encoding="utf-8"), "tools/slack.yaml").required()
    target.write_text(target.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert avops(["sop", "convert", "-q", "--force", "sops/wake.md", "--scaffold-tools"]) == 0
    assert target.read_text(encoding="utf-8").endswith("# mine\n")


def test_check_shows_what_changed_and_which_steps_it_touches(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 0
    assert avops(["sop", "check"]) == 0
    (project / "sops/wake.md").write_text(SOP.replace("Turn on", "Turn off"), encoding="utf-8")
    capsys.readouterr()
    assert avops(["sop", "check"]) == 1
    shown = capsys.readouterr().out
    assert "-2. Turn on the display at 10.0.0.7.\n+2. Turn off the display at 10.0.0.7." in shown
    assert "recipes/wake-the-display.yaml: 'sops/wake.md' has changed; it touches act 1" in shown
    (project / "sops/wake.md").unlink()
    assert avops(["sop", "check"]) == 1
    assert "its SOP 'sops/wake.md' is gone" in capsys.readouterr().out


def test_check_asks_git_where_no_copy_was_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops(["sop", "convert", "-q", "sops/wake.md"]) == 0
    for arguments in (["init", "-q"], ["add", "sops"], ["commit", "-q", "-m", "one"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True, cwd=project)
    shutil.rmtree(project / ".avops")
    (project / "sops/wake.md").write_text(SOP.replace("Turn on", "Turn off"), encoding="utf-8")
    capsys.readouterr()
    assert avops(["sop", "check"]) == 1
    assert "+2. Turn off the display" in capsys.readouterr().out
    shutil.rmtree(project / ".git")
    assert avops(["sop", "check"]) == 1
    assert "neither git nor" in capsys.readouterr().out


def test_run_attaches_the_recipe_and_runs_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = "# Wake\n\n1. Turn on the display at 10.0.0.7.\n2. Check that the display at 10.0.0.7 is on.\n"
    (project / "sops/short.md").write_text(short, encoding="utf-8")
    code = avops(["sop", "run", "sops/short.md", "--agent", "Bot", "--mock", "-q"])
    shown = capsys.readouterr()
    assert code == 4, shown.err  # a draft's write waits for a person
    assert "Run 1 waiting" in shown.out
    assert (project / "agents/bot.yaml").read_text(encoding="utf-8") == AGENT + "  - Wake\n"
    assert avops(["sop", "run", "sops/short.md", "--agent", "Nobody"]) == 2


class _Reader:
    """Stands where the optional package would: gives the text it was made with, or fails as readers of foreign formats do."""

    text = "# Wake\n\n1. Turn on the display at 10.0.0.7.  \n"

    def __init__(self, **_: object) -> None:
        pass

    def convert_local(self, path: str) -> _Reader:
        if "broken" in path:
            raise RuntimeError("File conversion failed:\n - no /Root object\n")
        return self

    @property
    def text_content(self) -> str:
        return self.text


def test_a_document_becomes_text_that_its_steps_cite(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "markitdown", SimpleNamespace(MarkItDown=_Reader))
    (project / "Old manual.docx").write_bytes(b"PK")
    (project / "broken.pdf").write_bytes(b"%PDF")
    assert avops(["sop", "convert", "-q", "Old manual.docx"]) == 0
    assert (project / "sops/old-manual-docx.md").read_text(encoding="utf-8") == "# Wake\n\n1. Turn on the display at 10.0.0.7.\n"
    made = yaml.safe_load((project / "recipes/wake.yaml").read_text(encoding="utf-8"))
    assert made["act"][0]["source"] == "sops/old-manual-docx.md:3"
    assert avops(["sop", "check"]) == 0
    assert avops(["sop", "convert", "-q", "broken.pdf"]) == 1
    assert "cannot be read as a pdf document: no /Root object" in capsys.readouterr().err
    (project / "sops/old-manual-docx.md").write_text("1. Mine.\n", encoding="utf-8")
    assert avops(["sop", "convert", "-q", "Old manual.docx"]) == 1
    assert (project / "sops/old-manual-docx.md").read_text(encoding="utf-8") == "1. Mine.\n"


def test_an_sop_that_is_not_utf8_is_read_with_its_accents_and_a_warning(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sops/salle.md").write_bytes("# Salle\n\n1. Turn on the display of the café.\n".encode("cp1252"))
    assert avops(["sop", "convert", "-q", "sops/salle.md"]) == 0
    assert "warning: sops/salle.md:3: this is not UTF-8" in capsys.readouterr().err
    assert "café" in (project / "recipes/salle.yaml").read_text(encoding="utf-8")
    (project / "sops/salle.md").write_bytes("# Salle\n\n1. Turn on the display of the théâtre.\n".encode("cp1252"))
    assert avops(["sop", "check"]) == 1
    said = capsys.readouterr().out
    assert "-1. Turn on the display of the café." in said
    assert "+1. Turn on the display of the théâtre." in said


def test_nothing_is_written_through_a_folder_that_leads_out_of_the_project(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    shutil.rmtree(project / "recipes", ignore_errors=True)
    (project / "recipes").symlink_to(outside, target_is_directory=True)
    assert avops(["sop", "convert", "sops/wake.md"]) == 2
    assert "lies outside the project, through a link" in capsys.readouterr().err
    assert list(outside.iterdir()) == []
