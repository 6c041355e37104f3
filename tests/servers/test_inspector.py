"""`avops mcp serve` under the MCP inspector: what it lists, and a recorded run that it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.servers.conftest import installed

AVOPS = [sys.executable, "-m", "avops"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    subprocess.run([*AVOPS, "init", str(tmp_path / "rooms"), "--yes"], check=True, capture_output=True)
    return tmp_path / "rooms"


def inspected(project: Path, *arguments: str) -> dict[str, object]:
    servers = project.parent / "servers.json"
    command, *rest = [*AVOPS, "mcp", "serve", "--mock", "--yes"]
    servers.write_text(json.dumps({"mcpServers": {"avops": {"command": command, "args": rest}}}), encoding="utf-8")
    inspector = [str(installed("node_modules/.bin/mcp-inspector")), "--cli", "--config", str(servers), "--server", "avops", *arguments]
    environment = {**os.environ, "PYTHONUTF8": "1", "MCP_INSPECTOR_SECRET_STORE": "memory"}
    done = subprocess.run(inspector, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_the_inspector_lists_recipes_as_tools(project: Path) -> None:
    tools = inspected(project, "--method", "tools/list")["tools"]
    assert isinstance(tools, list)
    by_name = {tool["name"]: tool for tool in tools}
    assert {"run_display_fix", "run_daily_av_systems_check", "list_runs", "show_run"} <= set(by_name)
    assert by_name["run_display_fix"]["inputSchema"]["required"] == ["room"]


def test_the_inspector_starts_a_run_that_is_recorded(project: Path) -> None:
    result = inspected(project, "--method", "tools/call", "--tool-name", "run_display_fix", "--tool-arg", "room=HQ-1")
    run = result["structuredContent"]["run"]  # type: ignore[index]  # the protocol's own shape
    assert run["simulated"] == "all"
    assert run["trigger"] == "mcp"
    found = inspected(project, "--method", "tools/call", "--tool-name", "list_runs")
    assert [each["id"] for each in found["structuredContent"]["result"]["runs"]] == [run["id"]]  # type: ignore[index]  # see above
