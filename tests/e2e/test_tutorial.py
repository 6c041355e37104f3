"""`docs/tutorial.md` is true from its first command to its last: what it says is typed, is typed here, in its order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DONE_BY_THE_SITE = ("avops init av-ops", "cd av-ops")
WAITS = re.compile(r"avops run .*'Zoom Room Reset'")
"""The one command that waits for a person: exit code 4."""
ROOMS = ("HQ-1", "HQ-2", "HQ-4", "LIS-1")
"""The rooms of the page, and those that the starter's files name; the others would only take time."""


def test_the_tutorial_is_true_from_end_to_end(site):
    reset = site.folder / "recipes" / "zoom-room-reset.yaml"
    reset.write_text(re.sub(r"wait: \d+s", "wait: 1s", reset.read_text(encoding="utf-8")), encoding="utf-8")
    rooms = site.folder / "rooms.csv"
    listed = rooms.read_text(encoding="utf-8").splitlines(keepends=True)
    rooms.write_text("".join(line for line in listed if line.startswith(("room,", *(f"{room}," for room in ROOMS)))), encoding="utf-8")
    typed = []
    for kind, block in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        if kind:
            (site.folder / kind.split()[1]).write_text(block, encoding="utf-8")
            continue
        for line in block.splitlines():
            typed.append(line)
            if line in DONE_BY_THE_SITE:
                continue
            if line == "avops sim":
                site.simulate()
                continue
            done = site.avops(*shlex.split(line)[1:], merged=True)
            assert done.returncode == (4 if WAITS.match(line) else 0), f"{line}\n{done.stdout}"
    assert set(DONE_BY_THE_SITE) < set(typed)
    runs = json.loads(site.avops("runs", "list", "--json", "--limit", "50").stdout)
    assert {run["status"] for run in runs} == {"success"}
    assert {run["recipe"] for run in runs} == {"Display Fix", "Zoom Room Reset", "Morning displays"}
    (morning,) = [run for run in runs if run["workflow"] == "Morning Displays"]
    each = json.loads(site.avops("runs", "list", "--json", "--parent", str(morning["id"])).stdout)
    assert {(run["room"], run["status"]) for run in each} == {(room, "success") for room in ROOMS}
    assert site.avops("sop", "check").returncode == 0
