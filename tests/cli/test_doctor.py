"""What `avops doctor` looks at."""

from __future__ import annotations

import json

from avops.cli.main import run


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
