"""What every `Tool` promises, over MCP servers: as programs, and over HTTP."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError as Complaint
from mcp_types import ToolAnnotations
from tests.contract.test_tool import (  # noqa: F401 - the suite, which runs here over other tools
    Bench,
    test_a_call_gives_plain_data,
    test_a_tool_that_is_not_there_did_nothing,
    test_a_tool_works_after_a_call_that_failed,
    test_a_tool_works_after_a_call_that_was_cancelled,
    test_an_action_that_is_not_there_did_not_happen,
    test_closing_twice_is_fine,
    test_health_says_whether_the_tool_is_there,
    test_many_calls_at_once,
    test_the_mock_of_every_kind_answers_as_a_tool,
)
from tests.unit.connectors.mcp_bench import accepted, connect, plain_command, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

ACTIONS = ("broken", "read", "slow")


@asynccontextmanager
async def program_bench(folder: Path) -> AsyncIterator[Bench]:
    os.mkfifo(folder / "began")
    manifest: dict[str, object] = {"command": plain_command("plain", folder / "began")}
    actions = await accepted(connect(manifest, folder))
    actions["broken"]["effect"] = "read"
    manifest["actions"] = {name: actions[name] for name in ACTIONS}
    absent = connect({**manifest, "command": ["no-such-server-here"]}, folder)

    async def slow_began() -> None:
        await asyncio.to_thread((folder / "began").read_text)

    yield Bench(connect(manifest, folder), absent, slow_began, {"power": "on"})


@asynccontextmanager
async def service_bench(folder: Path) -> AsyncIterator[Bench]:
    began = asyncio.Event()
    server = MCPServer("av")

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def read() -> dict[str, str]:
        """Read"""
        return {"power": "on"}

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def broken() -> str:
        """Complain"""
        raise Complaint("no display")

    @server.tool()
    async def slow() -> str:
        """Never end"""
        began.set()
        await asyncio.Event().wait()
        return "never"

    async with serve(server.streamable_http_app()) as url:
        manifest: dict[str, object] = {"url": f"{url}/mcp", "private": True}
        manifest["actions"] = await accepted(connect(manifest, folder))
        async with serve(server.streamable_http_app) as gone:
            pass

        async def slow_began() -> None:
            await began.wait()

        yield Bench(connect(manifest, folder), connect({**manifest, "url": f"{gone}/mcp"}, folder), slow_began, {"power": "on"})


BENCHES = {"program": program_bench, "service": service_bench}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Callable[[Path], object]:
    return BENCHES[request.param]
