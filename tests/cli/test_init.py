"""`avops init`: what it makes, keeps, asks and shows, also on a real terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from avops.cli.main import run
from avops.project.documents import load_document
from avops.project.starter import Choices, State, survey

if TYPE_CHECKING:
    from pathlib import Path

FIX = "recipes/display-fix.yaml"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "TZ"):
        monkeypatch.delenv(name, raising=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def settings(folder: Path):
    return load_document("settings", (folder / "avops.yaml").read_text(encoding="utf-8"), "avops.yaml").required()


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def on_terminal(folder: Path, *arguments: str, answers: str, **environment: str) -> tuple[int, str]:
    """The exit code of `avops init` and all that stood on its terminal; the answers are typed ahead."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "avops", "init", *arguments],
        cwd=folder,
        env={**os.environ, "TERM": "dumb", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        os.write(ours, answers.encode())
        shown = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            shown += part
        else:
            process.kill()
            pytest.fail(f"it still waits for an answer: {shown.decode()}")
        code = process.wait()
    os.close(ours)
    return code, shown.decode().replace("\r\n", "\n")


def test_it_says_what_it_made_and_what_to_try_next(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["init", "rooms", "--yes"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Made 10 agents, 8 recipes, 4 workflows, 5 tools, 4 SOPs, 2 articles.\n")
    made = re.search(r"^(\d+) files made, 0 kept, 0 as they were, 0 restored$", out, re.MULTILINE)
    assert made is not None
    assert int(made[1]) == len(contents(tmp_path / "rooms"))
    assert err.splitlines() == [
        "next:",
        "  cd rooms",
        "  avops lint",
        "  avops sim &",
        "  avops run Zoom_Room_Agent 'Display Fix' --room HQ-1",
    ]


def test_a_second_run_changes_nothing_and_says_so(tmp_path, capsys):
    run(["init", str(tmp_path), "--yes", "--mock", "--provider", "anthropic", "--timezone", "Asia/Tokyo"])
    before = contents(tmp_path)
    stamps = {path: (tmp_path / path).stat().st_mtime_ns for path in before}
    capsys.readouterr()
    for again in ([], ["--mock"], ["--reset"], ["--provider", "anthropic", "--timezone", "asia/tokyo"]):
        assert run(["init", str(tmp_path), "--yes", *again]) == 0
        assert capsys.readouterr().out == f"Nothing to do: {len(before)} files are as the starter has them.\n"
    assert contents(tmp_path) == before
    assert {path: (tmp_path / path).stat().st_mtime_ns for path in before} == stamps


def test_files_that_a_person_edited_or_had_before_are_kept_and_named(tmp_path, capsys):
    mine = {
        FIX: "name: Mine\n",
        ".gitignore": "/.avops\n",
        ".vscode/settings.json": "{}\n",
        ".pre-commit-config.yaml": "repos: []\n",
        ".github/workflows/avops.yml": "on: push\n",
    }
    for path, text in mine.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert run(["init", str(tmp_path), "--yes"]) == 0
    out, err = capsys.readouterr()
    for path, text in mine.items():
        assert (tmp_path / path).read_text(encoding="utf-8") == text
        assert f"kept     {path} (it differs from the starter's)" in out
    assert "hint: .gitignore does not name '.env', which is not for git" in err
    assert "'.avops/'" not in err


def test_a_reset_shows_what_is_lost_and_keeps_a_copy_of_it(tmp_path, capsys):
    run(["init", str(tmp_path), "--yes", "--ci", "github"])
    clean = contents(tmp_path)
    recipe = tmp_path / FIX
    edited = recipe.read_text(encoding="utf-8").replace("within: 90s", "within: 7s")
    mine = {FIX: edited.encode(), "rooms.csv": b"room\nM\xfcnchen\n", "avops.yaml": clean["avops.yaml"] + b"mock: [zoom]\n"}
    mine[".gitignore"] = b"build/\n"
    mine["recipes/own.yaml"] = b"name: Own\n"
    for path, content in mine.items():
        (tmp_path / path).write_bytes(content)
    (tmp_path / "tools/zoom.yaml").unlink()
    capsys.readouterr()
    assert run(["init", str(tmp_path), "--yes", "--reset"]) == 0
    out = capsys.readouterr().out
    assert f"{FIX}: 1 of its lines will be lost\n  -     within: 7s\n" in out
    assert out.index("will be lost") < out.index(f"restored {FIX}")
    backup = re.search(rf"restored {FIX} \(your text is in (\S+)/{FIX}\)", out)
    assert backup is not None
    assert backup[1].startswith(".avops/backups/starter-")
    assert {name: (tmp_path / backup[1] / name).read_bytes() for name in (FIX, "rooms.csv")} == {
        name: mine[name] for name in (FIX, "rooms.csv")
    }
    after = contents(tmp_path)
    assert after[FIX] == clean[FIX]
    assert after["rooms.csv"] == clean["rooms.csv"]
    assert after["tools/zoom.yaml"] == clean["tools/zoom.yaml"]
    for path in ("avops.yaml", ".gitignore", "recipes/own.yaml"):
        assert after[path] == mine[path], path
    recipe.write_text("name: Again\n", encoding="utf-8")
    run(["init", str(tmp_path), "--yes", "--reset"])
    copies = sorted(path.read_text(encoding="utf-8") for path in tmp_path.glob(f".avops/backups/*/{FIX}"))
    assert copies == sorted([edited, "name: Again\n"])


def test_a_reset_whose_copy_cannot_be_written_restores_nothing(tmp_path, capsys):
    run(["init", str(tmp_path), "--yes"])
    (tmp_path / FIX).write_text("name: Mine\n", encoding="utf-8")
    (tmp_path / ".avops").write_text("a file in the way", encoding="utf-8")
    assert run(["init", str(tmp_path), "--yes", "--reset"]) == 3
    assert "nothing is restored" in capsys.readouterr().err
    assert (tmp_path / FIX).read_text(encoding="utf-8") == "name: Mine\n"


def test_what_was_chosen_stands_in_the_settings_and_only_that_changes_later(tmp_path, capsys):
    run(["init", str(tmp_path), "--yes", "--mock", "--provider", "OpenAI", "--model", "m-1", "--timezone", "europe/lisbon"])
    made = settings(tmp_path)
    assert (made.provider, made.model, made.mock, made.timezone) == ("openai", "m-1", True, "Europe/Lisbon")
    file = tmp_path / "avops.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("name: AV Operations", "name: Ours   # by hand"), encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["init", str(tmp_path), "--yes", "--no-mock", "--provider", "none", "--model", ""]) == 0
    assert "changed  avops.yaml (provider taken out, model taken out, mock: false)" in capsys.readouterr().out
    expected = before.replace("provider: openai\n", "").replace("model: m-1\n", "").replace("mock: true", "mock: false")
    assert file.read_text(encoding="utf-8") == expected


def test_an_empty_project_stays_empty_and_has_no_findings(tmp_path, monkeypatch, capsys):
    assert run(["init", str(tmp_path), "--yes", "--seed", "empty"]) == 0
    assert capsys.readouterr().out.startswith("Made 1 agent.\n")
    before = contents(tmp_path)
    assert run(["init", str(tmp_path), "--yes"]) == 0
    assert contents(tmp_path) == before
    monkeypatch.chdir(tmp_path)
    assert run(["lint", "--profile", "strict", "--no-cache"]) == 0
    (tmp_path / "rooms.csv").write_text("room\nA\n", encoding="utf-8")
    assert run(["init", ".", "--yes", "--reset"]) == 0
    assert (tmp_path / "rooms.csv").read_text(encoding="utf-8") == "room\nA\n"


def test_ci_goes_where_the_remote_is_and_a_second_kind_is_not_added(tmp_path):
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "git@gitlab.example:av/rooms.git")
    run(["init", str(tmp_path), "--yes"])
    assert (tmp_path / ".gitlab-ci.yml").exists()
    git(tmp_path, "remote", "set-url", "origin", "https://github.com/av/rooms.git")
    run(["init", str(tmp_path), "--yes"])
    assert not (tmp_path / ".github").exists()
    run(["init", str(tmp_path), "--yes", "--ci", "github"])
    assert (tmp_path / ".github/workflows/avops.yml").exists()


def test_below_the_top_of_a_repository_no_ci_file_is_written(tmp_path, capsys):
    git(tmp_path, "init", "-q")
    run(["init", str(tmp_path / "av" / "rooms"), "--yes"])
    made = contents(tmp_path / "av" / "rooms")
    assert not [path for path in made if "github" in path or "gitlab" in path or "pre-commit" in path]
    assert ".gitignore" in made
    assert "avops help ci" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "file", "schema"), [("github", ".github/workflows/avops.yml", "github-workflows"), ("gitlab", ".gitlab-ci.yml", "gitlab-ci")]
)
def test_the_ci_files_are_what_their_ci_reads_and_call_commands_that_are_there(tmp_path, place, file, schema):
    from avops.cli.table import COMMANDS

    run(["init", str(tmp_path), "--yes", "--ci", place])
    text = (tmp_path / file).read_text(encoding="utf-8")
    called = set(re.findall(r"avops (\w+)", re.sub(r"name: .*|#.*", "", text)))
    assert called == {"lint", "diff", "test"} <= set(COMMANDS)
    from avops.project.yaml_text import read_yaml

    data = read_yaml(text)
    assert isinstance(data, dict)
    steps = data["jobs"]["avops"]["steps"] if place == "github" else data["avops"]["script"]
    assert len(steps) >= 5


def test_the_hooks_of_pre_commit_look_at_the_files_that_lint_reads(tmp_path):
    from avops.project.yaml_text import read_yaml

    run(["init", str(tmp_path), "--yes"])
    data = read_yaml((tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    for hook in data["repos"][0]["hooks"]:
        pattern = re.compile(hook["files"])
        for path in ("recipes/display-fix.yaml", "tools/zoom.yml", "avops.yaml", "rooms.csv"):
            assert pattern.search(path), path
        assert not pattern.search("docs/page.yaml")


def test_the_editor_has_a_schema_for_every_document(tmp_path):
    run(["init", str(tmp_path), "--yes"])
    schemas = json.loads((tmp_path / ".vscode/settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert {path.name for path in (tmp_path / "schemas").iterdir()} == {path.rpartition("/")[2] for path in schemas}
    covered = {path for patterns in schemas.values() for each in patterns for path in tmp_path.glob(each) if not each.startswith("!")}
    documents = {path for path in tmp_path.rglob("*.yaml") if not path.relative_to(tmp_path).parts[0].startswith(".")}
    assert covered == documents


@pytest.mark.parametrize(
    ("flags", "message", "hint"),
    [
        (["--provider", "opnai"], "'opnai' is no provider, expected one of: anthropic, none, openai", "did you mean 'openai'?"),
        (["--timezone", "Europe/Berln"], "'Europe/Berln' is no time zone, expected an IANA name", "did you mean 'Europe/Berlin'?"),
        (["--timezone", "berlin"], "'berlin' is no time zone", "did you mean 'Europe/Berlin'?"),
        (["--ci", "jenkins"], "'jenkins' is no place for CI, expected one of: github, gitlab, none", None),
        (["--seed", "demos"], "'demos' is no content, expected one of: demo, empty", "did you mean 'demo'?"),
    ],
)
def test_a_wrong_choice_writes_nothing(tmp_path, capsys, flags, message, hint):
    assert run(["init", str(tmp_path / "p"), "--yes", *flags]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert hint is None or hint in error
    assert not (tmp_path / "p").exists()


def test_broken_settings_are_kept_and_not_changed(tmp_path, capsys):
    run(["init", str(tmp_path), "--yes"])
    (tmp_path / "avops.yaml").write_text("name: [", encoding="utf-8")
    capsys.readouterr()
    assert run(["init", str(tmp_path), "--yes"]) == 0
    assert "kept     avops.yaml" in capsys.readouterr().out
    assert run(["init", str(tmp_path), "--yes", "--mock"]) == 3
    assert "'avops.yaml' cannot be changed before it is mended" in capsys.readouterr().err
    assert (tmp_path / "avops.yaml").read_text(encoding="utf-8") == "name: ["


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path, capsys):
    (tmp_path / FIX).mkdir(parents=True)
    assert run(["init", str(tmp_path), "--yes"]) == 3
    assert f"error: '{FIX}' cannot be read: is a directory" in capsys.readouterr().err
    assert not (tmp_path / "avops.yaml").exists()


def test_what_would_be_done_is_known_before_anything_is_written(tmp_path):
    found = survey(tmp_path, Choices(ci="github", pre_commit=True))
    assert {each.state for each in found} == {State.MISSING}
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_it_asks_and_makes_what_was_chosen(tmp_path):
    key = "sk-not-a-real-key-7Q2x"
    answers = "demo\nopnai\nopenai\nsome model\nsome-model\ny\nberlin\neurope/berlin\ngitlab\ny\n"
    code, shown = on_terminal(tmp_path, "rooms", answers=answers, OPENAI_API_KEY=key)
    assert code == 0, shown
    assert "demo   10 agents, 8 recipes, 4 workflows, 5 tools, 4 SOPs" in shown
    assert "OPENAI_API_KEY is set (environment, ends in 7Q2x)" in shown
    assert "ANTHROPIC_API_KEY is not set" in shown
    assert key not in shown
    assert "did you mean 'openai'?" in shown
    assert "'some model' is no name of a model" in shown
    assert "did you mean 'Europe/Berlin'?" in shown
    assert re.search(rf"\* \* \* \* \* cd {tmp_path}/rooms && \S+ tick", shown)
    assert "Write 53 new files, in" in shown
    assert "avops workflow run 'Morning Systems Check'" in shown
    made = settings(tmp_path / "rooms")
    assert (made.provider, made.model, made.mock, made.timezone) == ("openai", "some-model", True, "Europe/Berlin")
    assert (tmp_path / "rooms/.gitlab-ci.yml").exists()


def test_on_a_terminal_returns_take_what_is_so_and_a_second_time_change_nothing(tmp_path):
    code, shown = on_terminal(tmp_path, "rooms", answers="\n" * 6, TZ="Europe/Lisbon")
    assert code == 0, shown
    made = settings(tmp_path / "rooms")
    assert (made.provider, made.mock, made.timezone) == (None, False, "Europe/Lisbon")
    before = contents(tmp_path / "rooms")
    code, shown = on_terminal(tmp_path, "rooms", answers="\n" * 5, TZ="Asia/Tokyo")
    assert code == 0, shown
    assert "Nothing to do" in shown
    assert contents(tmp_path / "rooms") == before


@pytest.mark.parametrize(("answers", "expected"), [("\n" * 5 + "n\n", 1), ("\n\x04", 130)])
def test_on_a_terminal_a_no_and_an_end_of_input_write_nothing(tmp_path, answers, expected):
    code, shown = on_terminal(tmp_path, "rooms", answers=answers)
    assert code == expected, shown
    assert not (tmp_path / "rooms").exists()


def test_on_a_terminal_a_reset_asks_after_it_has_shown_what_goes(tmp_path):
    run(["init", str(tmp_path), "--yes"])
    (tmp_path / FIX).write_text("name: Mine\n", encoding="utf-8")
    flags = (".", "--reset", "--seed", "demo", "--provider", "none", "--no-mock", "--timezone", "America/Chicago", "--ci", "github")
    code, shown = on_terminal(tmp_path, *flags, answers="\n")
    assert code == 1, shown
    assert "  - name: Mine" in shown
    assert (tmp_path / FIX).read_text(encoding="utf-8") == "name: Mine\n"
    code, shown = on_terminal(tmp_path, *flags, answers="y\n")
    assert code == 0, shown
    assert shown.index("  - name: Mine") < shown.index("estore 1 files") < shown.index(f"restored {FIX}")
