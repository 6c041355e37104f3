"""`docs/tutorial.md` is true from its first command to its last: what it says is typed, is typed here, in its order."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from avops.cli.main import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DONE_BY_THE_SITE = ("avops init av-ops", "cd av-ops")
WAITS = re.compile(r"avops run .*'Zoom Room Reset'")
"""The one command that waits for a person: exit code 4."""
ROOMS = ("HQ-1", "HQ-2", "HQ-4", "LIS-1")
"""The rooms of the page, and those that the starter's files name; the others would only take time."""


def test_the_tutorial_is_true_from_end_to_end(site, monkeypatch, capfd):
    """In this process, against a simulator in another: a process for each command would take most of the time."""
    monkeypatch.chdir(site.folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", site.environment["XDG_CONFIG_HOME"])
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
            code = run(shlex.split(line)[1:])
            assert code == (4 if WAITS.match(line) else 0), f"{line}\n{capfd.readouterr()}"
    assert set(DONE_BY_THE_SITE) < set(typed)
    runs = printed(capfd, "runs", "list", "--json", "--limit", "50")
    assert {each["status"] for each in runs} == {"success"}
    assert {each["recipe"] for each in runs} == {"Display Fix", "Zoom Room Reset", "Morning displays"}
    (morning,) = [each for each in runs if each["workflow"] == "Morning Displays"]
    children = printed(capfd, "runs", "list", "--json", "--parent", str(morning["id"]))
    assert {(each["room"], each["status"]) for each in children} == {(room, "success") for room in ROOMS}
    assert run(["sop", "check"]) == 0


def printed(capfd, *arguments: str) -> list[dict[str, object]]:
    """The JSON array that a command prints."""
    capfd.readouterr()
    assert run(list(arguments)) == 0
    rows: list[dict[str, object]] = json.loads(capfd.readouterr().out)
    return rows
