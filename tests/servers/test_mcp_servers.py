"""`avops tool` against MCP servers that others wrote: all their tools are listed, and calls get their real answers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from datetime import datetime
from pathlib import Path

import pytest

from avops.connectors.registry import open_tool
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.wiring import open_workspace

EVERYTHING = [
    "echo",
    "get_annotated_message",
    "get_env",
    "get_resource_links",
    "get_resource_reference",
    "get_structured_content",
    "get_sum",
    "get_tiny_image",
    "gzip_file_as_resource",
    "simulate_research_query",
    "toggle_simulated_logging",
    "toggle_subscriber_updates",
    "trigger_long_running_operation",
]


def discovered(avops, server: str, *more: str) -> list[str]:
    code, _, err = avops("tool", "add", "server", "--mcp", server, *more)
    assert code == 0, err
    code, out, err = avops("tool", "discover", "server", "--accept-hints", "--json")
    assert code == 0, err
    actions = json.loads(out)
    assert all(action["accepted"] for action in actions)
    code, out, err = avops("lint", "tools")
    assert code == 0, out + err
    return sorted(action["action"] for action in actions)


def answer(avops, action: str, *arguments: str) -> object:
    code, out, err = avops("tool", "call", "server", action, *arguments, "--json", "--yes")
    assert code == 0, out + err
    return json.loads(out)["answer"]


def check_everything(avops) -> None:
    assert answer(avops, "get_sum", "a=2", "b=40") == {"text": "The sum of 2 and 40 is 42."}
    assert answer(avops, "echo", "message=HDMI 2") == {"text": "Echo: HDMI 2"}
    weather = answer(avops, "get_structured_content", "location=New York")
    assert isinstance(weather, dict)
    assert sorted(weather) == ["conditions", "humidity", "temperature"]
    picture = answer(avops, "get_tiny_image")
    assert isinstance(picture, dict)
    assert picture["content"][0]["mimeType"] == "image/png"
    code, out, err = avops("tool", "health", "server", "--json")
    assert code == 0, err
    assert json.loads(out)[0]["detail"] == "lists 13 tools"


def test_the_reference_server_as_a_program(avops, everything):
    assert discovered(avops, f"{everything} stdio") == EVERYTHING
    check_everything(avops)


def test_the_reference_server_over_http(avops, everything_http):
    assert discovered(avops, everything_http[0], "--private") == EVERYTHING
    check_everything(avops)


def test_the_time_server(avops, time_python):
    assert discovered(avops, f"{time_python} -m mcp_server_time --local-timezone UTC") == ["convert_time", "get_current_time"]
    now = answer(avops, "get_current_time", "timezone=Europe/Berlin")
    assert isinstance(now, dict)
    assert now["timezone"] == "Europe/Berlin"
    assert datetime.fromisoformat(now["datetime"]).tzinfo is not None
    converted = answer(avops, "convert_time", "source_timezone=Europe/Berlin", "time=12:00", "target_timezone=Asia/Tokyo")
    assert isinstance(converted, dict)
    assert converted["target"]["timezone"] == "Asia/Tokyo"
    code, out, _ = avops("tool", "call", "server", "get_current_time", "timezone=Nowhere/Land", "--json")
    assert code == 1
    assert "Invalid timezone" in json.loads(out)["error"]


@pytest.mark.parametrize("over", ["program", "http"])
def test_a_server_killed_in_a_call_fails_that_call(avops, everything, everything_http, over):
    url, server = everything_http
    discovered(avops, f"{everything} stdio" if over == "program" else url, "--private")
    manifest = open_workspace().tool("server").required()

    async def main() -> None:
        tool = open_tool(manifest, EnvironmentSecrets({}), Path.cwd())
        slow = asyncio.create_task(tool.call("trigger_long_running_operation", {"duration": 60, "steps": 60}))
        await tool.call("get_sum", {"a": 1, "b": 1})
        os.kill(tool._session.program._transport.get_pid() if over == "program" else server, signal.SIGKILL)
        async with asyncio.timeout(10):
            with pytest.raises(ToolError):
                await slow
        if over == "program":
            assert await tool.call("get_sum", {"a": 1, "b": 1}) == {"text": "The sum of 1 and 1 is 2."}
        await tool.close()

    asyncio.run(main())
