"""Tools of kind `mcp`: servers that speak the Model Context Protocol, as programs over stdio or services over HTTP.

There is one session per server and process, shared by all runs: it is opened by the first call, and a call after the
server's end opens the next. Every session lists the server's tools; an action is called only while what the server says
of it is what a person accepted.
"""

from __future__ import annotations

import asyncio
import json
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from avops.connectors.arguments import complete
from avops.connectors.foreign_text import one_line
from avops.connectors.headers import auth_headers
from avops.connectors.mcp_tools import pin_of
from avops.connectors.programs import find_program, program_environment
from avops.connectors.rate import RateLimit
from avops.errors import AvopsError, ToolError
from avops.model.effect import Effect
from avops.model.tool import McpTool
from avops.ports import HealthReport
from avops.project.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    import mcp_types

    from avops.connectors.mcp_session import McpSession
    from avops.connectors.mcp_tools import ServerTool
    from avops.model.tool import McpAction, ToolBase
    from avops.ports import Clock, SecretSource

HEALTH_TIMEOUT_S = 15.0
# Servers of the newest protocol announce changes only to those who subscribe, older ones when they like.
LISTING_S = 60.0
MAX_RESULT = 2 * 1024 * 1024
MAX_SHOWN = 1000


class McpConnector:
    """Makes tools of kind `mcp`."""

    def __init__(self, *, project_root: Path, clock: Clock | None = None) -> None:
        self._root = project_root
        self._clock = clock or SystemClock()

    def open(self, manifest: ToolBase, secrets: SecretSource) -> ConnectedMcpTool:
        """A tool whose server is started or contacted when it is first called."""
        if not isinstance(manifest, McpTool):
            raise AvopsError(f"'{manifest.name}' is not a tool of kind 'mcp'")
        return ConnectedMcpTool(manifest, self._clock, lambda: open_session(manifest, secrets, self._root))


def open_session(manifest: McpTool, secrets: SecretSource, root: Path) -> McpSession:
    """A new session with the manifest's server; ToolError when the SDK, the program or a secret is missing."""
    if find_spec("mcp") is None:
        raise ToolError(f"'{manifest.name}' needs the MCP SDK, which is not installed", hint="pip install 'avops[mcp]'")
    from avops.connectors.mcp_session import open_program, open_service

    if manifest.command is not None:
        from avops.connectors.mcp_program import ProgramPlan

        argv = [find_program(manifest.command[0], root), *manifest.command[1:]]
        plan = ProgramPlan(argv=argv, cwd=root, environment=program_environment(manifest.env, secrets))
        return open_program(manifest.name, plan)
    assert manifest.url is not None
    return open_service(manifest.name, manifest.url, auth_headers(manifest.auth, secrets), private=manifest.private)


class ConnectedMcpTool:
    """A `Tool` behind which stands an MCP server."""

    def __init__(self, manifest: McpTool, clock: Clock, opener: Callable[[], McpSession]) -> None:
        self._manifest = manifest
        self._clock = clock
        self._opener = opener
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None
        self._session: McpSession | None = None
        self._ended: list[McpSession] = []
        self._listed: dict[str, ServerTool] = {}
        self._listed_at: datetime | None = None
        self._listing = asyncio.Lock()

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The action's result: the server's structured content, else JSON that its text is, else `{"text": …}`."""
        planned = self._manifest.actions.get(action)
        if planned is None:
            known = ", ".join(sorted(self._manifest.actions)) or "none: avops tool discover"
            raise ToolError(f"'{self._manifest.name}' has no action '{action}'; expected one of: {known}")
        given = complete(planned, arguments)
        if self._limit is not None:
            await self._limit.take()
        from avops.connectors.mcp_session import SessionGoneError

        for _ in range(2):
            try:
                return await self._called(action, planned, given)
            except SessionGoneError:
                continue
        raise ToolError(f"'{self._manifest.name}' ended the session, twice")

    async def tools(self) -> list[ServerTool]:
        """All tools that the server lists now, in its order."""
        await self._list(await self._open())
        return list(self._listed.values())

    async def health(self) -> HealthReport:
        """Whether the server starts and lists its tools, and whether the accepted ones are still what they were."""
        started = time.perf_counter()
        ok, detail, hint = True, "", None
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                found = await self.tools()
                if self._manifest.health is not None and self._manifest.health.action is not None:
                    await self.call(self._manifest.health.action, {})
            detail = f"lists {len(found)} tools"
            if changed := sorted(name for name, action in self._manifest.actions.items() if self._problem(action)):
                ok, detail, hint = False, f"not what was accepted: {', '.join(changed)}", f"avops tool discover {self._manifest.name}"
        except AvopsError as error:
            ok, detail, hint = False, error.message, error.hint or f"avops tool show {self._manifest.name}"
        except TimeoutError:
            ok, detail = False, f"'{self._manifest.name}' did not answer within {HEALTH_TIMEOUT_S:.0f} s"
        return HealthReport(ok=ok, latency_s=time.perf_counter() - started, detail=detail, hint=hint)

    async def close(self) -> None:
        """Ends the session and its program."""
        sessions, self._session, self._ended = [*self._ended, self._session], None, []
        await asyncio.gather(*(session.close() for session in sessions if session is not None))

    async def _called(self, action: str, planned: McpAction, arguments: Mapping[str, object]) -> object:
        session = await self._open()
        async with self._listing:
            if not self._is_listed(session):
                await self._list(session)
        if problem := self._problem(planned):
            raise ToolError(f"'{self._manifest.name}.{action}' {problem}", hint=f"avops tool discover {self._manifest.name}")
        lost = "no" if planned.effect is Effect.READ else "unknown"
        result = await session.call(planned.tool, arguments, lost)
        return plain_result(f"{self._manifest.name}.{action}", result, lost)

    async def _open(self) -> McpSession:
        if self._session is None or self._session.ended:
            if self._session is not None:
                self._ended = [session for session in (*self._ended, self._session) if not session.closed]
            self._listed_at = None
            self._session = self._opener()
        session = self._session
        await session.start()
        return session

    def _is_listed(self, session: McpSession) -> bool:
        if self._listed_at is None or session.tools_changed:
            return False
        return (self._clock.now() - self._listed_at).total_seconds() < LISTING_S

    async def _list(self, session: McpSession) -> None:
        found = await session.tools()
        self._listed = {tool.name: tool for tool in found}
        self._listed_at = self._clock.now()

    def _problem(self, planned: McpAction) -> str | None:
        """Why an action must not be called; None when it is what was accepted."""
        tool = self._listed.get(planned.tool)
        if tool is None:
            return f"is gone: the server lists no tool '{one_line(planned.tool)}'"
        return None if pin_of(self._manifest, tool) == planned.pin else "is not what was accepted any more"


def plain_result(name: str, result: mcp_types.CallToolResult, lost: str) -> object:
    """The result as plain data; ToolError when the server marks it as an error, or when it is above `MAX_RESULT`."""
    blocks = [block.model_dump(mode="json", by_alias=True, exclude_none=True) for block in result.content]
    text = "\n".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
    if result.is_error:
        raise ToolError(f"'{name}' answered: {one_line(text)[:MAX_SHOWN] or 'an error without words'}", happened=lost)
    value = result.structured_content
    if value is None:
        value = _from_blocks(blocks, text)
    try:
        size = len(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError, TypeError):
        raise ToolError(f"'{name}' answered with something that is no plain data", happened=lost) from None
    if size > MAX_RESULT:
        raise ToolError(f"'{name}' answered with more than {MAX_RESULT // 1024} KiB", happened=lost)
    return value


def _from_blocks(blocks: list[dict[str, object]], text: str) -> object:
    others = [block for block in blocks if block.get("type") != "text"]
    if not others and text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return {"text": text, "content": others} if others else {"text": text}
