"""What `avops doctor` looks at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from avops.cli.main import run
from avops.wiring.diagnosis import _fits, diagnose
from avops.wiring.workspace import open_workspace


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def looked(capsys) -> dict[str, dict]:
    run(["doctor", "--json"])
    return {finding["what"]: finding for finding in json.loads(capsys.readouterr().out)}


def test_a_new_project_is_well_but_for_the_schedule_that_nobody_ticks(tmp_path, monkeypatch, capsys):
    assert run(["init", str(tmp_path / "p"), "--yes"]) == 0
    monkeypatch.chdir(tmp_path / "p")
    capsys.readouterr()
    findings = looked(capsys)
    wrong = {what for what, finding in findings.items() if not finding["is_well"]} - {"terminal"}
    assert wrong == {"last tick"}
    assert findings["last tick"]["mend"] == "avops schedule install --cron"


def test_broken_files_damage_and_missing_secrets_are_told_with_what_mends_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    run(["init", str(tmp_path / "p"), "--yes"])
    monkeypatch.chdir(tmp_path / "p")
    (tmp_path / "p/recipes/broken.yaml").write_text("name: [", encoding="utf-8")
    (tmp_path / "p/.avops").mkdir()
    (tmp_path / "p/.avops/avops.db").write_bytes(b"no database" * 500)
    tool = "name: chat\nkind: http\nbase_url: https://chat.example\nauth: {type: bearer, token: env:NO_SUCH_TOKEN}\n"
    tool += "actions: {a: {request: {path: /}}}\n"
    (tmp_path / "p/tools/chat.yaml").write_text(tool, encoding="utf-8")
    capsys.readouterr()
    findings = looked(capsys)
    assert "recipes/broken.yaml" in findings["recipes"]["seen"]
    assert not findings["database"]["is_well"]
    assert "NO_SUCH_TOKEN" in findings["tool chat"]["seen"]
    assert findings["tool chat"]["mend"] == "avops trust"


def test_outside_a_project_it_says_how_to_make_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["doctor"]) == 1
    assert "hint: avops init" in capsys.readouterr().out


def test_it_looks_at_the_packages_the_clock_the_files_the_model_and_mock_mode(tmp_path, monkeypatch, capsys):
    run(["init", str(tmp_path / "p"), "--yes", "--mock", "--provider", "openai", "--model", "m"])
    monkeypatch.chdir(tmp_path / "p")
    (tmp_path / "p/.env").write_text("A=1\n", encoding="utf-8")
    (tmp_path / "p/.env").chmod(0o644)
    (tmp_path / "p/rooms.csv").write_text("room\nA\nA\n", encoding="utf-8")
    capsys.readouterr()
    findings = looked(capsys)
    assert findings["packages"]["is_well"]
    assert findings["packages"]["seen"].startswith("avops ")
    assert findings["clock"]["is_well"]
    assert findings["terminal"]["seen"].endswith("not a terminal")
    assert (findings[".env"]["is_well"], findings[".env"]["mend"]) == (False, "chmod 600 .env")
    assert not findings["rooms"]["is_well"]
    assert "OPENAI_API_KEY" in findings["model"]["seen"] + findings["model"]["mend"]
    assert findings["mock mode"]["seen"].startswith("all tools")
    (tmp_path / "p/.env").write_text("OPENAI_API_KEY=sk-not-a-real-key-1234\n", encoding="utf-8")
    (tmp_path / "p/.env").chmod(0o600)
    findings = looked(capsys)
    assert findings[".env"]["is_well"]
    assert (findings["model"]["is_well"], findings["model"]["seen"]) == (True, "openai:m")
    assert "1234" not in json.dumps(findings)


def test_everything_that_is_wrong_has_a_command_that_mends_it(tmp_path, monkeypatch, capsys):
    run(["init", str(tmp_path), "--yes", "--provider", "anthropic"])
    monkeypatch.chdir(tmp_path)
    for name in ("recipes/a.yaml", "tools/zoom.yaml", "rooms.csv", ".env"):
        (tmp_path / name).write_text("{{", encoding="utf-8")
    capsys.readouterr()
    wrong = [finding for finding in looked(capsys).values() if not finding["is_well"]]
    assert {"recipes", "tools", "rooms", ".env", "model", "last tick"} <= {finding["what"] for finding in wrong}
    assert all(finding["mend"] for finding in wrong)
    (tmp_path / "avops.yaml").write_text("name: [", encoding="utf-8")
    broken = looked(capsys)
    assert broken["settings"]["mend"] == "avops lint avops.yaml"


def test_a_clock_that_is_behind_the_last_tick_is_told(tmp_path, monkeypatch):
    run(["init", str(tmp_path), "--yes", "--mock"])
    monkeypatch.chdir(tmp_path)
    assert run(["tick"]) == 0
    workspace = open_workspace(tmp_path)
    now = datetime.now(UTC)
    found = {finding.what: finding for finding in diagnose(workspace, now - timedelta(hours=2))}
    assert not found["clock"].is_well
    assert found["clock"].seen.endswith("behind the last tick")
    later = {finding.what: finding for finding in diagnose(workspace, now + timedelta(minutes=1))}
    assert later["clock"].is_well
    assert later["last tick"].is_well


@pytest.mark.parametrize(
    ("version", "bounds", "fits"),
    [
        ("0.28.0", "<0.29,>=0.16", True),
        ("0.29", "<0.29,>=0.16", False),
        ("4", ">=4.0", True),
        ("2.9", ">=2.12", False),
        ("3.0.54rc1", ">=3.0.53", True),
        ("1.0", "", True),
        ("1.0", "~=9.9", True),
    ],
)
def test_versions_are_compared_by_their_numbers(version, bounds, fits):
    assert _fits(version, bounds) is fits
