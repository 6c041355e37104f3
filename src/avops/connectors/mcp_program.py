"""An MCP server as a program on this machine: JSON-RPC messages, one a line, over its standard input and output.

The SDK's own transport for this keeps lines of any length in memory, passes on variables that no manifest names, and
lets the program write to our terminal. This one bounds lines, passes on what it is given, and keeps the end of what the
program complained.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import anyio
import mcp_types
from mcp.shared.message import SessionMessage

from avops.connectors.foreign_text import one_line
from avops.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

MAX_LINE = 4 * 1024 * 1024
MAX_COMPLAINT = 1000
# How long a program may take to end by itself once its input is closed, and again after SIGTERM.
GRACE_S = 2.0
# What a program that has ended wrote last may still be on its way to us.
LAST_WORDS_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPlan:
    """What is started: `argv` begins with the path of the program."""

    argv: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]


class ServerProgram(asyncio.SubprocessProtocol):
    """A running program: its output to read, and how it ended."""

    def __init__(self) -> None:
        self.output = asyncio.StreamReader(limit=MAX_LINE)
        self.exited = asyncio.Event()
        self.fault: str | None = None
        """Why we stopped listening to it."""
        self._silent = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._complaint = b""
        self._transport: asyncio.SubprocessTransport

    @property
    def complaint(self) -> str:
        """The end of what it wrote to standard error, in one line."""
        return one_line(self._complaint.decode("utf-8", "replace"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self.output.set_transport(cast("asyncio.Transport", self._transport.get_pipe_transport(1)))

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        assert isinstance(data, bytes)
        if fd == 1:
            self.output.feed_data(data)
        else:
            self._complaint = (self._complaint + data)[-MAX_COMPLAINT:]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1:
            self.output.feed_eof()
        elif fd == 2:
            self._silent.set()
        else:
            self._writable.set()

    def process_exited(self) -> None:
        self.exited.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def write(self, data: bytes) -> None:
        """Sends, and waits while the program takes nothing; BrokenPipeError when it takes nothing any more."""
        pipe = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(0))
        if pipe is None or pipe.is_closing() or self.exited.is_set():
            raise BrokenPipeError
        pipe.write(data)
        await self._writable.wait()

    async def epitaph(self) -> str:
        """How the program ended, with the last lines of its standard error; waits a moment for both."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self.exited.wait()
                await self._silent.wait()
        code = self._transport.get_returncode()
        if self.fault is not None:
            ended = self.fault
        elif code is None:
            ended = "closed its output"
        else:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        return f"{ended}: {self.complaint}" if self.complaint else ended

    async def end(self) -> None:
        """Ends the program and all it started: closes its input, then asks with SIGTERM, then does not ask."""
        pipe = self._transport.get_pipe_transport(0)
        if pipe is not None:
            pipe.close()
        try:
            await self._has_exited()
            self._signal(signal.SIGTERM)
            await self._has_exited()
        finally:
            self._signal(signal.SIGKILL)
            self._transport.close()
        await self._has_exited()

    async def _has_exited(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await self.exited.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._transport.get_pid(), number)


async def start_program(plan: ProgramPlan) -> ServerProgram:
    """The started program, at the head of a process group of its own; ToolError when it cannot be started."""
    try:
        _, program = await asyncio.get_running_loop().subprocess_exec(
            ServerProgram, *plan.argv, cwd=plan.cwd, env=dict(plan.environment), start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise ToolError(f"'{plan.argv[0]}' cannot be started: {getattr(error, 'strerror', None) or error}") from None
    return program


Incoming = SessionMessage | Exception


@asynccontextmanager
async def program_streams(
    program: ServerProgram,
) -> AsyncIterator[tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]]:
    """The SDK's two streams over a program. The first is closed once the program has ended; leaving ends the program."""
    arrives, incoming = anyio.create_memory_object_stream[Incoming](0)
    outgoing, leaves = anyio.create_memory_object_stream[SessionMessage](0)
    tasks = [asyncio.create_task(work) for work in (_read(program, arrives), _write(program, leaves), _watch(program, arrives))]
    try:
        yield incoming, outgoing
    finally:
        for task in tasks:
            task.cancel()
        try:
            await asyncio.shield(program.end())
        finally:
            await asyncio.gather(*tasks, return_exceptions=True)
            for stream in (arrives, incoming, outgoing, leaves):
                stream.close()


async def _read(program: ServerProgram, arrives: MemoryObjectSendStream[Incoming]) -> None:
    with arrives, contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        while line := await _line(program):
            try:
                message: Incoming = SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False))
            except ValueError as error:  # a server that prints something of its own; the session passes over it
                message = error
            await arrives.send(message)


async def _line(program: ServerProgram) -> bytes:
    """The next line; empty at the end, and for a line above `MAX_LINE`."""
    try:
        return await program.output.readuntil(b"\n")
    except asyncio.IncompleteReadError:
        pass
    except asyncio.LimitOverrunError:
        program.fault = f"sent a message of more than {MAX_LINE // 1024} KiB"
    return b""


async def _write(program: ServerProgram, leaves: MemoryObjectReceiveStream[SessionMessage]) -> None:
    with leaves, contextlib.suppress(OSError):
        async for outgoing in leaves:
            await program.write(outgoing.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")


async def _watch(program: ServerProgram, arrives: MemoryObjectSendStream[Incoming]) -> None:
    """Ends the conversation when the program has ended, although something it started may hold its output open."""
    await program.exited.wait()
    await asyncio.sleep(LAST_WORDS_S)
    arrives.close()
