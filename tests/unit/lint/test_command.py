"""The command: exit codes, formats, standard input, baseline, and the merge base that git knows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.unit.lint.conftest import ZOOM

from avops.cli.main import run
from avops.errors import StorageError
from avops.lint.mending import Change, write_changes

FINE = """\
# yaml-language-server: $schema=../schemas/recipe.schema.json
name: A
description: Looks
guardrails: {timeout_minutes: 5}
verify:
  - confirm: It is on
"""
WRONG = "name: A\nact:\n  - tool: zom.x\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    for path, text in {"avops.yaml": "{}\n", "tools/zoom.yaml": ZOOM, "recipes/a.yaml": FINE}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    return root


def test_fine(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "recipes"]) == 0
    assert capsys.readouterr().out == "1 file checked, nothing found\n"


def test_findings(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "recipes" / "a.yaml").write_text(WRONG)
    assert run(["lint", "--format", "concise", "--select", "AV1"]) == 1
    assert capsys.readouterr().out.splitlines()[0] == "recipes/a.yaml:3:11: error: no tool is called 'zom' [AV101 unknown-tool]"
    # The same again, which the cache tells.
    assert run(["lint", "--format", "concise", "--select", "AV1"]) == 1
    assert "unknown-tool" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["json", "github", "gitlab", "sarif", "junit", "text", "concise"])
def test_every_format(project: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (project / "recipes" / "a.yaml").write_text(WRONG)
    assert run(["lint", "--format", name]) == 1
    assert "zom" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lint", "nowhere"], 2, "there is no file or folder 'nowhere'"),
        (["lint", "--format", "pdf"], 2, "no format is called 'pdf'"),
        (["lint", "--select", "nonsense"], 2, "no rule is called 'nonsense'"),
        (["lint", "--profile", "loose"], 2, "no profile is called 'loose'"),
        (["lint", "--baseline", "gone.json"], 2, "'gone.json' cannot be read"),
        (["lint", "-", "recipes"], 2, "'-' cannot stand beside other paths"),
        (["lint", "--explain", "nonsense"], 2, "no rule is called 'nonsense'"),
    ],
)
def test_wrong_usage(project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str) -> None:
    assert run(arguments) == code
    assert said in capsys.readouterr().err


def test_no_files_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recipes").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["lint", "--no-cache"]) == 3
    assert "there is nothing to check here" in capsys.readouterr().err


def test_standard_input(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(WRONG.encode())))
    assert run(["lint", "-", "--format", "concise", "--select", "AV1"]) == 1
    assert capsys.readouterr().out.startswith("<stdin>:3:11: error: no tool is called 'zom'")


def test_a_baseline_is_written_and_then_obeyed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "recipes" / "a.yaml").write_text(WRONG)
    assert run(["lint", "--write-baseline"]) == 0
    assert "written to" in capsys.readouterr().out
    assert run(["lint"]) == 0
    assert "in the baseline" in capsys.readouterr().out
    (project / "recipes" / "b.yaml").write_text(WRONG.replace("name: A", "name: B"))
    assert run(["lint", "--format", "json"]) == 1
    assert {each["path"] for each in json.loads(capsys.readouterr().out)["findings"]} == {"recipes/b.yaml"}


def test_explain(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "--explain", "AV101"]) == 0
    assert capsys.readouterr().out.startswith("AV101 unknown-tool")
    assert run(["lint", "--explain", "all"]) == 0
    assert "AV201  undefined-name" in capsys.readouterr().out


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def test_versions_are_held_against_the_merge_base(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = project / "recipes" / "a.yaml"
    recipe.write_text("version: 2\n" + FINE)
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    git(project, "checkout", "-b", "change")
    assert run(["lint", "--select", "version-not-raised"]) == 0
    recipe.write_text("version: 2\n" + FINE + "  - confirm: It shows a picture\n")
    assert run(["lint", "--select", "version-not-raised", "--format", "concise"]) == 0
    assert "recipes/a.yaml:1:10: warning: the procedure has changed since version 2" in capsys.readouterr().out
    recipe.write_text("version: 3\n" + FINE + "  - confirm: It shows a picture\n")
    assert run(["lint", "--select", "version-not-raised", "--base", "main"]) == 0
    assert "nothing found" in capsys.readouterr().out
    assert run(["lint", "--base", "no-such-branch"]) == 2
    assert "'no-such-branch' has no commit in common" in capsys.readouterr().err


def test_code_hosts_get_paths_from_the_top_of_the_repository(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(project.parent, "init")
    (project / "recipes" / "a.yaml").write_text(WRONG)
    assert run(["lint", "--format", "github", "--select", "AV1"]) == 1
    assert capsys.readouterr().out.startswith("::error file=project/recipes/a.yaml,")


SHORT = "name: A\nact:\n  - Press restart  # firmly\n"


def test_a_diff_alone_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = project / "recipes" / "a.yaml"
    recipe.write_text(SHORT)
    assert run(["lint", "--diff", "--select", "short-form"]) == 1
    said = capsys.readouterr().out
    assert "--- a/recipes/a.yaml\n+++ b/recipes/a.yaml\n" in said
    assert "-  - Press restart  # firmly\n+  - manual: Press restart  # firmly\n" in said
    assert recipe.read_text() == SHORT


def test_a_fix_is_written_and_the_rest_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = project / "recipes" / "a.yaml"
    recipe.write_text(SHORT + "  - tool: zom.x\n")
    assert run(["lint", "--fix", "--select", "short-form,AV1", "--format", "concise"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("recipes/a.yaml:4:11: error: no tool is called 'zom'")
    assert said.err == "mended 1 file\n"
    assert recipe.read_text() == SHORT.replace("- Press", "- manual: Press") + "  - tool: zom.x\n"
    assert run(["lint", "--diff"]) in (0, 1)


def test_a_diff_shows_all_that_a_fix_will_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = project / "recipes" / "a.yaml"
    recipe.write_text("name: A\nact:\n  - Press restart\n  - notify: {slack: {{ inputs.x }}, text: hi}\ninputs: {x: {default: y}}\n")
    run(["lint", "--diff", "recipes"])
    alone = capsys.readouterr().out
    before = recipe.read_text()
    assert "+  - manual: Press restart\n" in alone
    assert '+  - notify: {slack: "{{ inputs.x }}", text: hi}\n' in alone
    assert alone.count("--- a/recipes/a.yaml") == 1
    (project / "change.patch").write_text(alone)
    subprocess.run(["git", "apply", "change.patch"], cwd=project, check=True)
    patched = recipe.read_text()
    recipe.write_text(before)
    run(["lint", "--fix", "--diff", "recipes"])
    assert capsys.readouterr().out.startswith(alone)
    assert recipe.read_text() == patched


def test_a_fix_leaves_a_link_a_link(project: Path) -> None:
    (project / "shared").mkdir()
    real = project / "shared" / "real.yaml"
    real.write_text(SHORT)
    (project / "recipes" / "a.yaml").unlink()
    (project / "recipes" / "a.yaml").symlink_to(real)
    run(["lint", "--fix", "--select", "short-form"])
    assert (project / "recipes" / "a.yaml").is_symlink()
    assert "manual: Press restart" in real.read_text()


def test_what_somebody_wrote_meanwhile_is_not_written_over(project: Path) -> None:
    recipe = project / "recipes" / "a.yaml"
    recipe.write_text(SHORT)
    change = Change(path="recipes/a.yaml", before=FINE, after=FINE + "# mended\n")
    with pytest.raises(StorageError, match=r"somebody changed 'recipes/a.yaml' meanwhile"):
        write_changes([change], project)
    assert recipe.read_text() == SHORT
