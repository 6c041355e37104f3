"""One program from its start to its end, in a process group of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.connectors.foreign_text import one_line
from avops.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MAX_OUTPUT = 1024 * 1024
MAX_COMPLAINT = 2000
# How long a program may take to tidy up after SIGTERM.
GRACE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended; a negative `exit_code` is a signal. `complaint` is the end of what it wrote to standard error."""

    exit_code: int
    output: bytes
    complaint: str


async def run_process(argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], stdin: bytes | None, lost: str) -> Finished:
    """How the program ended.

    ToolError with "no" when it could not be started, with `lost` when it printed more than `MAX_OUTPUT`. When the
    awaiting task is cancelled, the whole group gets SIGTERM and, after `GRACE_S`, SIGKILL. The program has ended when its
    output is closed: one that leaves something running must close it there.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ToolError(f"'{argv[0]}' cannot be started: {getattr(error, 'strerror', None) or error}") from None
    try:
        _, output, complaint = await asyncio.gather(_feed(process, stdin), _read_output(process), _read_complaint(process))
        exit_code = await process.wait()
    except BaseException:
        await _end(process)
        raise
    if output is None:
        raise ToolError(f"'{argv[0]}' printed more than {MAX_OUTPUT // 1024} KiB", happened=lost)
    return Finished(exit_code=exit_code, output=output, complaint=complaint)


async def _feed(process: asyncio.subprocess.Process, stdin: bytes | None) -> None:
    if process.stdin is None or stdin is None:
        return
    with contextlib.suppress(ConnectionError):  # a program need not read all it is given
        process.stdin.write(stdin)
        await process.stdin.drain()
    process.stdin.close()


async def _read_output(process: asyncio.subprocess.Process) -> bytes | None:
    assert process.stdout is not None
    output = bytearray()
    while chunk := await process.stdout.read(65536):
        output += chunk
        if len(output) > MAX_OUTPUT:
            _signal(process, signal.SIGKILL)
            while await process.stdout.read(65536):
                pass  # a pipe that is not read to its end is never closed
            return None
    return bytes(output)


async def _read_complaint(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    tail = b""
    while chunk := await process.stderr.read(65536):
        tail = (tail + chunk)[-MAX_COMPLAINT:]
    return one_line(tail.decode("utf-8", "replace"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the group: asks first, then does not ask."""
    try:
        _signal(process, signal.SIGTERM)
        await _wait(process)
    finally:
        _signal(process, signal.SIGKILL)
    await _wait(process)


async def _wait(process: asyncio.subprocess.Process) -> None:
    """Waits for the end, at most `GRACE_S`: something that left the group may hold the output open for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
