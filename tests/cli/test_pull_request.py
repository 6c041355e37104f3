"""What stands ready for pull requests: the picture in the documentation, the action, the hooks, the template."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from avops.cli.table import COMMANDS

ROOT = Path(__file__).parents[2]


def test_the_picture_shows_what_the_commands_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    from scripts.ci_picture import FILE, picture, transcript

    drawn = picture(transcript())
    if os.environ.get("AVOPS_REGENERATE") == "1":
        FILE.write_text(drawn, encoding="utf-8")
    assert drawn == FILE.read_text(encoding="utf-8"), "to accept: python scripts/ci_picture.py"
    for told in ("destructive-without-hold", "1 irreversible action added", "in 6 rooms", "expected failed, got waiting"):
        assert told in drawn.replace("\u00a0", " ")


def commands(text: str) -> list[list[str]]:
    """Every call of avops in a script or a page, as words."""
    found = re.findall(r"^[ \t-]*(?:if .*; then )?(avops [^\n#>|]*)", text, re.MULTILINE)
    return [shlex.split(re.sub(r'"?\$[({]?[^ ]*', "1", line).strip(" ;\"'`|")) for line in found]


@pytest.mark.parametrize("name", ["action.yml", "ci/gitlab.yml", ".pre-commit-hooks.yaml", "docs/ci.md", "docs/recipe-tests.md"])
def test_the_options_that_are_written_there_exist(name: str) -> None:
    from importlib import import_module

    text = (ROOT / name).read_text(encoding="utf-8").replace("entry: avops", "\navops")
    found = commands(text)
    assert found or name == "docs/ci.md"
    for _, command, *rest in found:
        known: Any = get_command(import_module(COMMANDS[command][0]).app)
        options = {option for parameter in getattr(known, "params", ()) for option in parameter.opts}
        assert {word for word in rest if word.startswith("--") and word != "--"} <= options, (name, command, rest)


def test_the_action_takes_no_text_of_a_pull_request_into_a_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert len(scripts) == 5
    assert not any("${{" in script for script in scripts), "what others write reaches a script as a variable"
    assert {step.get("shell") for step in action["runs"]["steps"] if "run" in step} == {"bash"}


def test_the_steps_of_the_action_do_what_they_say(tmp_path: Path) -> None:
    from scripts.ci_picture import pull_request

    project = tmp_path / "project"
    project.mkdir()
    pull_request(project)
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    scripts = {step["name"]: step["run"] for step in action["runs"]["steps"] if "run" in step}
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "RUNNER_TEMP": str(tmp_path),
        "AVOPS_BASE": "main",
        "AVOPS_FAIL_ON": "irreversible",
        "AVOPS_SARIF": str(tmp_path / "lint.sarif"),
        "AVOPS_MIN_COVERAGE": "80",
        "AVOPS_JUNIT": str(tmp_path / "tests.xml"),
    }

    def step(name: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", scripts[name]]
        return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)

    lint, diff, test = step("Lint"), step("Diff"), step("Test")
    assert (lint.returncode, diff.returncode, test.returncode) == (1, 1, 1), (lint.stderr, diff.stderr, test.stderr)
    assert "::error file=recipes/display-fix.yaml" in lint.stdout
    assert json.loads((tmp_path / "lint.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert "### Cannot be taken back" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert (tmp_path / "output").read_text(encoding="utf-8") == "irreversible=1\n"
    assert "got waiting" in (tmp_path / "tests.xml").read_text(encoding="utf-8")


def test_the_hooks_look_at_what_they_check() -> None:
    lint, test = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert re.search(lint["files"], "recipes/display-fix.yaml")
    assert re.search(lint["files"], "av/tools/zoom.yml")
    assert not re.search(lint["files"], "docs/ci.md")
    assert re.search(lint["files"], "recipes/display-fix.test.yaml")
    assert re.search(lint["files"], "sops/display-fix.md")
    assert "exclude" not in lint
    assert re.search(test["files"], "recipes/display-fix.test.yaml")


def test_the_template_is_read_by_a_yaml_reader() -> None:
    template = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
    assert {name for name in template if name.startswith("avops-")} == {"avops-diff", "avops-lint", "avops-test"}
