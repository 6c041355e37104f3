"""`docs/json.md` names every key that a command prints: the commands are run, and their keys looked up in their sections."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from avops.cli.main import run
from avops.cli.table import COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
OPEN = {
    "answer", "arguments", "by_status", "call", "filters", "inputs", "names", "readings", "settings", "undo", "value",
}  # fmt: skip
"""Keys below which stand names that somebody chose, or what a tool said."""


@cache
def sections() -> dict[str, str]:
    """The text of the page's sections by heading; words in backquotes may go over a line's end."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {heading: " ".join(text.split()) for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def words(*headings: str) -> set[str]:
    """What stands in backquotes in these sections."""
    return {word for heading in headings for word in re.findall(r"`([^`]+)`", sections()[heading])}


def keys(value: Any) -> set[str]:
    """Every key of every object in a value, but those below an open one."""
    if isinstance(value, list):
        return {key for each in value for key in keys(each)}
    if isinstance(value, dict):
        return set(value) | {key for name, each in value.items() if name not in OPEN for key in keys(each)}
    return set()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in mock mode with history in git, a few runs, a tick, a pause, and a question that waits."""
    root = tmp_path_factory.mktemp("json") / "project"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(root.parent / "config"))
        assert run(["init", str(root), "--yes", "--mock"]) == 0
        patch.chdir(root)
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "begin"]):
            subprocess.run(["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *arguments], check=True)
        assert run(["run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-1"]) == 0
        assert run(["run", "Zoom_Room_Agent", "Zoom Room Reset", "--room", "HQ-1", "-i", "reason=x"]) == 4
        assert run(["workflow", "disable", "Hourly Display Watch", "--reason", "displays"]) == 0
        assert run(["tick"]) == 0
        assert run(["schedule", "pause", "fair", "--until", "2d"]) == 0
        fix = root / "recipes" / "display-fix.yaml"
        fix.write_text(fix.read_text(encoding="utf-8").replace("hold: true", "hold: false").replace("90s", "80s"), encoding="utf-8")
        assert run(["export", str(root.parent / "bundle.zip")]) == 0
    return root


@pytest.mark.parametrize(
    ("line", "headings"),
    [
        ("runs list --json", ["A run"]),
        ("runs show 1 --json", ["A run"]),
        ("runs artifacts 2 --json", ["A run"]),
        ("runs compare 1 1 --json", ["Two runs", "A run"]),
        ("plan Zoom_Room_Agent display-fix --room HQ-1 --json", ["A plan"]),
        ("inbox --json", ["The inbox", "A run"]),
        ("dash --json --include-simulated", ["The dashboard", "A run"]),
        ("dash --json --by room --include-simulated", ["The dashboard", "A run"]),
        ("recipe history display-fix --json", ["The history of a recipe", "A run"]),
        ("db info --json", ["The database"]),
        ("db check --json", ["The database"]),
        ("agent list --json", ["Documents"]),
        ("recipe list --json", ["Documents"]),
        ("tool list --json", ["Documents"]),
        ("tool health --json", ["Documents"]),
        ("tool call zoom get_room room_id=zr-hq-1 --json", ["Documents"]),
        ("workflow list --json", ["Workflows", "A run"]),
        ("tick --dry-run --json", ["The schedule"]),
        ("schedule preview --json", ["The schedule"]),
        ("schedule status --json", ["The schedule"]),
        ("lint --format json", ["Lint"]),
        ("diff --json", ["Diff"]),
        ("test display-fix --json", ["Recipe tests"]),
        ("doctor --json", ["Doctor"]),
        ("settings show --json", ["The settings"]),
        ("kb list --json", ["The knowledge base"]),
        ("kb search microphone --json", ["The knowledge base"]),
        ("kb new Lamp --json", ["The knowledge base"]),
        ("export ../other.zip --json", ["Bundles"]),
        ("import ../bundle.zip --merge rename --dry-run --json", ["Bundles"]),
    ],
)
def test_the_page_names_every_key(line, headings, project, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.parent / "config"))
    monkeypatch.chdir(project)
    assert run(line.split()) in (0, 1)
    printed = json.loads(capsys.readouterr().out)
    assert printed
    assert sorted(keys(printed) - words(*headings)) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_prints_json_stands_on_the_page(name):
    """Also that a sub-command that got `--json` anew is told there."""
    command = typer.main.get_command(import_module(COMMANDS[name][0]).app)
    for sub, each in getattr(command, "commands", {"": command}).items():
        if any("--json" in option.opts for option in each.params):
            assert f"`avops {name} {sub}".rstrip() in PAGE.read_text(encoding="utf-8").replace("\n", " "), f"{name} {sub}"


async def told_over_mcp(*calls: tuple[str, dict[str, object]]) -> list[dict[str, Any]]:
    """The structured content that a client gets for each call, from a server of this project in this process."""
    import mcp

    from avops import wiring
    from avops.cli.screen import open_records
    from avops.wiring.mcp_recipes import offered_recipes
    from avops.wiring.mcp_server import Service, opened

    workspace = wiring.open_workspace()
    offered, _ = offered_recipes(workspace, agent=None, names=[])
    service = Service(workspace=workspace, recipes=offered, records=open_records, mock=True)
    async with opened(service) as server, mcp.Client(server) as client:
        return [(await client.call_tool(name, given)).structured_content or {} for name, given in calls]


def test_the_page_names_every_key_that_an_mcp_client_gets(project, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.parent / "config"))
    monkeypatch.chdir(project)
    done, waits, seen = asyncio.run(
        told_over_mcp(("run_display_fix", {"room": "HQ-2"}), ("run_zoom_room_reset", {"room": "HQ-2", "reason": "x"}), ("list_runs", {}))
    )
    assert "run" in done
    assert "waits_for" in waits
    assert set(seen) == {"result"}
    assert sorted((keys(done) | keys(waits) | set(seen)) - words("MCP results", "A run")) == []
