"""One session with an MCP server, kept open by a task of its own, whoever calls.

The SDK's client belongs to the task that opened it: it must be closed there, and what goes wrong in the background ends
that task. So the task is ours, and callers only wait for their answers.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import mcp_types
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from avops import __version__
from avops.connectors.foreign_text import one_line
from avops.connectors.mcp_http import LOST, MAX_BODY, NOT_SENT, SESSION_GONE, open_client
from avops.connectors.mcp_program import program_streams, start_program
from avops.connectors.mcp_tools import ServerTool
from avops.errors import AvopsError, ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx2

    from avops.connectors.mcp_program import ProgramPlan, ServerProgram

# Below the default `timeout` of a tool, so that a server that does not start says why.
START_TIMEOUT_S = 20.0
MAX_TOOLS = 1000
MAX_PAGES = 100
MAX_SHOWN = 1000

# JSON-RPC 2.0, 5.1: the server refused the request without carrying it out.
_REFUSED = frozenset({mcp_types.PARSE_ERROR, mcp_types.INVALID_REQUEST, mcp_types.METHOD_NOT_FOUND, mcp_types.INVALID_PARAMS})

# The SDK tells its log of every odd message; without a handler Python would print that on the terminal.
logging.getLogger("mcp").addHandler(logging.NullHandler())
logging.getLogger("client").addHandler(logging.NullHandler())


class SessionGoneError(Exception):
    """The server has forgotten the session, and carried nothing out: a new session may ask again."""


class McpSession:
    """A session that is opened by `start`, and ended by `close`, by the server's end, or by what breaks it."""

    def __init__(self, name: str, enter: Callable[[McpSession, AsyncExitStack], Any]) -> None:
        self._name = name
        self._enter = enter
        self._stop = asyncio.Event()
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._ready.add_done_callback(lambda future: future.exception())
        self._task = asyncio.create_task(self._live())
        # Also for a task that was cancelled before it ran.
        self._task.add_done_callback(lambda task: self._fail(ToolError(f"the session with '{name}' was closed")))
        self.program: ServerProgram | None = None
        self.tools_changed = False
        """The server has said that its tools are others now."""

    @property
    def ended(self) -> bool:
        """True when nothing can be asked any more."""
        return self._task.done() or self._stop.is_set() or (self.program is not None and self.program.exited.is_set())

    @property
    def closed(self) -> bool:
        """True when nothing of it is left."""
        return self._task.done()

    async def start(self) -> None:
        """Returns when the session is open; ToolError, with "no", when it cannot be opened."""
        await asyncio.shield(self._ready)

    async def tools(self) -> list[ServerTool]:
        """All tools that the server lists; ToolError when it does not say, or lists more than `MAX_TOOLS`."""
        self.tools_changed = False
        client = await asyncio.shield(self._ready)
        found: list[mcp_types.Tool] = []
        cursor = None
        for _ in range(MAX_PAGES):
            try:
                page = await client.list_tools(cursor=cursor)
            except Exception as error:
                raise await self.translated(error, "no") from None
            found += page.tools
            cursor = page.next_cursor
            if cursor is None and len(found) <= MAX_TOOLS:
                return [_as_data(tool) for tool in found]
            if len(found) > MAX_TOOLS:
                break
        raise ToolError(f"'{self._name}' lists more than {MAX_TOOLS} tools")

    async def call(self, tool: str, arguments: Mapping[str, object], lost: str) -> mcp_types.CallToolResult:
        """What the server answers; ToolError when it answers none, with `lost` where it may have carried the call out."""
        client = await asyncio.shield(self._ready)
        try:
            return await client.call_tool(tool, dict(arguments))
        except Exception as error:
            raise await self.translated(error, lost) from None

    async def close(self) -> None:
        """Ends the session and the program behind it; returns when both have ended."""
        self._stop.set()
        if not self._ready.done():
            self._task.cancel()
        await asyncio.wait([self._task])

    async def hear(self, message: object) -> None:
        """Notes that the server's tools have changed."""
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self.tools_changed = True

    async def translated(self, error: BaseException, lost: str) -> ToolError | SessionGoneError:
        """What went wrong, in words; `lost` where the request may have been carried out."""
        error = leaf(error)
        if isinstance(error, ToolError | SessionGoneError):
            return error
        if isinstance(error, MCPError):
            if error.code == SESSION_GONE:
                self._stop.set()
                return SessionGoneError()
            if error.code == mcp_types.CONNECTION_CLOSED and self.program is not None:
                self._stop.set()
                return ToolError(f"the server of '{self._name}' {await self.program.epitaph()}", happened=lost)
            return self._answered(error, lost)
        if isinstance(error, ValidationError):
            return ToolError(f"'{self._name}' answered with something that is not MCP", happened=lost)
        words = one_line(str(error))[:MAX_SHOWN] or type(error).__name__
        return ToolError(f"'{self._name}': {words}", happened=lost)

    def _answered(self, error: MCPError, lost: str) -> ToolError:
        words = one_line(error.message)[:MAX_SHOWN]
        if error.code in (NOT_SENT, LOST):
            hint = error.data.get("hint") if isinstance(error.data, dict) else None
            happened = "no" if error.code == NOT_SENT else lost
            return ToolError(f"'{self._name}' {words}", hint=hint if isinstance(hint, str) else None, happened=happened)
        return ToolError(f"'{self._name}' answered: {words}", happened="no" if error.code in _REFUSED else lost)

    async def _live(self) -> None:
        """Opens the session, keeps it until it is to end, and closes it: all in one task."""
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(START_TIMEOUT_S):
                    client = await self._enter(self, stack)
                self._ready.set_result(client)
                await self._until_it_ends()
        except TimeoutError:
            complaint = f": {self.program.complaint}" if self.program is not None and self.program.complaint else ""
            self._fail(ToolError(f"'{self._name}' did not begin to speak MCP within {START_TIMEOUT_S:.0f} s{complaint}"))
        except asyncio.CancelledError:
            pass  # whoever waits is told when the task is done
        except BaseException as error:
            translated = await self.translated(error, "no")
            self._fail(translated if isinstance(translated, ToolError) else ToolError(f"'{self._name}' ended the session"))
        finally:
            self._stop.set()

    def _fail(self, error: AvopsError) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)

    async def _until_it_ends(self) -> None:
        ends = [asyncio.create_task(self._stop.wait())]
        if self.program is not None:
            ends.append(asyncio.create_task(self.program.exited.wait()))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in ends:
                waiting.cancel()


def open_program(name: str, plan: ProgramPlan) -> McpSession:
    """A session with a program, which is started now; whether it could be shows in `start`."""

    async def enter(session: McpSession, stack: AsyncExitStack) -> Client:
        session.program = await start_program(plan)
        return await _client(session, stack, program_streams(session.program))

    return McpSession(name, enter)


def open_service(name: str, url: str, headers: Sequence[tuple[str, str]], *, private: bool) -> McpSession:
    """A session with a service over streamable HTTP."""

    async def enter(session: McpSession, stack: AsyncExitStack) -> Client:
        http: httpx2.AsyncClient = await stack.enter_async_context(open_client(headers, private=private))
        return await _client(session, stack, streamable_http_client(url, http_client=http, max_sse_event_size=MAX_BODY))

    return McpSession(name, enter)


def open_transport(name: str, transport: Any) -> McpSession:
    """A session over whatever the SDK's client takes: a server of this process, or a transport."""

    async def enter(session: McpSession, stack: AsyncExitStack) -> Client:
        return await _client(session, stack, transport)

    return McpSession(name, enter)


async def _client(session: McpSession, stack: AsyncExitStack, transport: Any) -> Client:
    info = mcp_types.Implementation(name="avops", version=__version__)
    return await stack.enter_async_context(Client(transport, cache=None, client_info=info, message_handler=session.hear))


def _as_data(tool: mcp_types.Tool) -> ServerTool:
    return ServerTool(
        name=tool.name,
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        hints={} if tool.annotations is None else tool.annotations.model_dump(mode="json", by_alias=True, exclude_none=True),
    )


def leaf(error: BaseException) -> BaseException:
    """The exception inside nested groups of one; of several, the first that is not a cancellation."""
    while isinstance(error, BaseExceptionGroup):
        inner = error.exceptions
        error = next((each for each in inner if not isinstance(each, asyncio.CancelledError)), inner[0])
    return error
