"""What the tests of changed documents share: a project whose documents name one another, and editors that are scripts."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TEXTS = {
    "avops.yaml": """timezone: Europe/Berlin
operator_agent: operator   # may use all
roles: {L2: [alice]}
mock: [room]
alerts: {agent: First Bot, notify: {say: "#av"}, ticket: {open: say.ticket, close: say.ticket}}
""",
    "agents/first-bot.yaml": """# the first line
name: "First Bot"   # quoted
tools:
  room: [get, set]   # what it needs
  say: [post, ticket]
recipes: [ Look ,  'Fix It' ]
""",
    "agents/operator.yaml": 'name: operator\ntools: {room: "*", say: "*"}\n',
    "tools/room.yaml": """name: room
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {description: Read the room, effect: read, output: {type: object}, request: {path: /}, mock: {power: "on"}}
  set: {description: Set the power, effect: write, input: {power: {type: string}}, request: {method: PUT, path: /p}, mock: {}}
""",
    "tools/say.yaml": """name: say
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  post: {effect: record, input: {channel: {type: string}, text: {type: string}}, notify: {to: channel, text: text}, request: {path: /}}
  ticket: {effect: record, request: {path: /}, mock: {id: 1}}
""",
    "recipes/look.yaml": """name: Look
verify:
  - name: It has power
    reading:
      tool: "room.get"     # read it
    check: reading.power == 'on'
""",
    "recipes/look.test.yaml": """tests:
  - name: it works
    agent: First Bot
    tools: {room.get: {power: "on"}}   # on
    expect: {status: success, reads: [room.get]}
""",
    "recipes/fix-it.yaml": """name: Fix It
act:
  - {name: Set, tool: room.set, with: {power: "on"}, undo: none, why: it cannot}
  - {name: Look again, recipe: Look}
verify:
  - {name: Tell, notify: {say: "#av", text: done}}
  - {name: A person sees it, confirm: Is it on?}
""",
    "workflows/morning.yaml": """name: Morning
# who and what
agent: First Bot
recipe: look
trigger: manual
""",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder."""
    for name, text in TEXTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def texts(project: Path) -> dict[str, str]:
    """Every YAML file of the project with its text."""
    return {file.relative_to(project).as_posix(): file.read_bytes().decode() for file in sorted(project.rglob("*.yaml"))}


def editor(project: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An editor that is a shell script with a space in its path and an option; `$2` is the file."""
    program = project / "my editor"
    program.write_text(f'#!/bin/sh\n[ "$1" = --wait ] || exit 9\n{script}\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{program}' --wait")


def at_terminal(project: Path, typed: str, *arguments: str) -> tuple[int, str]:
    """The exit code of a command on a real terminal where somebody types, and all that it showed."""
    master, slave = pty.openpty()
    program = [sys.executable, "-m", "avops", *arguments]
    with subprocess.Popen(program, cwd=project, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "dumb"}) as process:
        os.close(slave)
        os.write(master, typed.encode())
        shown = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        code = process.wait()
    os.close(master)
    return code, shown.decode("utf-8", "replace").replace("\r\n", "\n")
