"""A small project in a git repository, with a branch on which it is changed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "avops.yaml": "name: Small\nroles: {L2: [alice]}\n",
    "rooms.csv": "room,site,host\nA,hq,a.example\nB,hq,b.example\nC,lab,c.example\n",
    "tools/screen.yaml": """\
name: screen
kind: http
base_url: https://screens.example/v1
actions:
  look: {effect: read, request: {path: /}}
  turn: {effect: write, idempotent: true, request: {method: PUT, path: /}}
  wipe: {effect: destructive, request: {method: DELETE, path: /}}
""",
    "agents/bot.yaml": "name: Bot\ntools: {screen: [look, turn]}\napprovals: {destructive: L2}\n",
    "recipes/fix.yaml": """\
name: Fix
room: required
inputs: {level: {type: integer, default: 5}}
intake:
  - {id: seen, name: Look, tool: screen.look}
plan:
  - {name: It is dark, check: seen.power == 'off', hold: true}
act:
  - {name: Turn it on, tool: screen.turn, undo: {tool: screen.turn}}
verify:
  - {name: It is on, reading: {tool: screen.look}, check: reading.power == 'on'}
""",
    "recipes/round.yaml": "name: Round\nact:\n  - {name: Fix it, recipe: Fix}\n",
    "workflows/nightly.yaml": "name: Nightly\nagent: Bot\nrecipe: Round\ntrigger: {cron: '0 3 * * *'}\nfor_each: rooms site=hq\n",
    "workflows/other.yaml": "name: Other\nagent: Bot\nrecipe: Elsewhere\nroom: C\n",
}


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Kim", "-c", "user.email=kim@av.example", "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "repository" / "av"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    git(root.parent, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "begin")
    git(root, "switch", "-q", "-c", "change")
    monkeypatch.chdir(root)
    return root


def edit(root: Path, name: str, before: str, after: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert before in text
    (root / name).write_text(text.replace(before, after), encoding="utf-8")
