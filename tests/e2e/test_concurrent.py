"""Fifty `avops run` on one database: none is turned away, and no row is lost."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 50
TOOL = """
name: room
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, request: {path: /}, mock: {power: "on"}}
  set: {effect: write, request: {method: PUT, path: /}, mock: {}}
"""
RECIPE = """
name: X
intake:
  - {id: s, for_each: [1, 2, 3, 4, 5], parallel: 5, tool: room.get}
act:
  - {tool: room.set, undo: none, why: it is a mock}
verify:
  - {reading: {tool: room.get}, check: reading.power == 'on'}
"""
STEPS = 8
# Each child calls the command line's entry as the `avops` program does; they are forked from one process that has
# run it once, so that all are under way at the same time.
FORKED = """
import os, sys
from avops.cli.main import run
if run(["run", "Bot", "X", "--mock"]):
    sys.exit("the first run failed")
children = []
for number in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        out = os.open(f"out-{number}", os.O_CREAT | os.O_WRONLY)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.exit(run(["run", "Bot", "X", "--mock"]))
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""


def test_fifty_runs_at_once_share_one_database(tmp_path: Path) -> None:
    for name, text in {
        "avops.yaml": "name: test\n",
        "agents/bot.yaml": "name: Bot\ntools: {room: '*'}\n",
        "tools/room.yaml": TOOL,
        "recipes/x.yaml": RECIPE,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    failed = subprocess.run([sys.executable, "-c", FORKED, str(RUNS)], cwd=tmp_path, check=False).returncode
    told = [file.read_text(encoding="utf-8") for file in sorted(tmp_path.glob("out-*"))]

    assert failed == 0, next(text for text in told if "success" not in text)
    assert not [text for text in told if "locked" in text]
    numbers = sorted(int(found[1]) for text in told if (found := re.search(r"Run (\d+) success", text)))
    assert numbers == list(range(2, RUNS + 2))
    with closing(sqlite3.connect(tmp_path / ".avops" / "avops.db")) as connection:
        assert connection.execute("SELECT status, count(*) FROM runs GROUP BY 1").fetchall() == [("success", RUNS + 1)]
        kept = connection.execute("SELECT run_id, count(*) FROM steps WHERE status = 'ok' GROUP BY 1").fetchall()
        assert kept == [(number, STEPS) for number in range(1, RUNS + 2)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
