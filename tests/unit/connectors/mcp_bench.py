"""MCP servers to test against: in this process, in plain Python as a program, and over HTTP on a loopback port."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from mcp.server import MCPServer

from avops.connectors.mcp import ConnectedMcpTool, McpConnector
from avops.connectors.mcp_tools import action_data, action_name, effect_of
from avops.connectors.secrets import EnvironmentSecrets
from avops.model.tool import McpTool
from avops.project.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from avops.connectors.mcp_session import McpSession

PLAIN = Path(__file__).with_name("plain_mcp_server.py")


def plain_command(behaviour: str = "plain", *more: object) -> list[str]:
    return [sys.executable, str(PLAIN), behaviour, *map(str, more)]


def connect(manifest: Mapping[str, object], folder: Path, environment: Mapping[str, str] | None = None) -> ConnectedMcpTool:
    tool = McpTool.model_validate({"name": "server", "kind": "mcp", **manifest})
    return McpConnector(project_root=folder).open(tool, EnvironmentSecrets(environment or {}))


async def accepted(tool: ConnectedMcpTool, *, accept_hints: bool = True) -> dict[str, dict[str, object]]:
    """The actions of a manifest in which a person accepted everything that the tool's server lists."""
    actions: dict[str, dict[str, object]] = {}
    for each in await tool.tools():
        effect = effect_of(each.hints, accept_hints=accept_hints)
        actions[action_name(each.name, actions)] = action_data(tool._manifest, each, effect, accept_hints=accept_hints)
    await tool.close()
    return actions


async def connect_accepted(
    manifest: Mapping[str, object], folder: Path, environment: Mapping[str, str] | None = None, *, accept_hints: bool = True
) -> ConnectedMcpTool:
    """A tool whose every action is accepted."""
    actions = await accepted(connect(manifest, folder, environment), accept_hints=accept_hints)
    return connect({**manifest, "actions": actions}, folder, environment)


def in_process(server: MCPServer, actions: Mapping[str, object] | None = None, clock: Any = None) -> ConnectedMcpTool:
    """A tool over a server of this process."""
    from avops.connectors.mcp_session import open_transport

    manifest = McpTool.model_validate({"name": "server", "kind": "mcp", "command": ["in-process"], "actions": dict(actions or {})})

    def opener() -> McpSession:
        return open_transport("server", server)

    return ConnectedMcpTool(manifest, clock or SystemClock(), opener)


async def in_process_accepted(server: MCPServer, clock: Any = None) -> ConnectedMcpTool:
    return in_process(server, await accepted(in_process(server)), clock)


@asynccontextmanager
async def serve(app: Any, port: int = 0) -> AsyncIterator[str]:
    """The URL of an ASGI application on a loopback port."""
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve([listener]))
    while not server.started and not running.done():
        await asyncio.sleep(0)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await running
        listener.close()
