"""`show` and `recipe validate`, in a project as `avops init` makes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avops.cli.main import run as avops


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert avops(["init", ".", "--yes"]) == 0
    capsys.readouterr()
    return tmp_path


@pytest.mark.parametrize(
    ("noun", "name", "near"),
    [
        ("agent", "SupportBot", "SuportBot"),
        ("recipe", "Display Fix", "Dispaly Fix"),
        ("tool", "zoom", "zom"),
        ("workflow", "Morning Systems Check", "Morning Check"),
    ],
)
def test_a_document_is_shown_and_a_name_that_nothing_has_is_told(
    project: Path, noun: str, name: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert avops([noun, "show", name]) == 0
    assert name in capsys.readouterr().out
    assert avops([noun, "show", name.upper(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == name
    assert avops([noun, "show", near]) == 2
    assert f"'{near}'" in capsys.readouterr().err


def test_a_recipe_is_validated(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops(["recipe", "validate", "Display Fix"]) == 0
    file = project / "recipes/display-fix.yaml"
    file.write_text(file.read_text().replace("tool: display.set_power", "tool: display.set_powr"))
    capsys.readouterr()
    assert avops(["recipe", "validate", "recipes/display-fix.yaml"]) == 1
    said = capsys.readouterr()
    assert "set_powr" in said.out + said.err


def test_a_recipe_is_edited(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "sed -i s/av-support$/av-team/")
    assert avops(["recipe", "edit", "Display Fix"]) == 0
    assert "owner: av-team\n" in (project / "recipes/display-fix.yaml").read_text()
