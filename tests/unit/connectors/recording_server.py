"""An HTTP server on the loopback interface that keeps every request and answers what a test says."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request; header names are lower-case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Recorder:
    """What was asked, and where."""

    url: str
    seen: list[Seen] = field(default_factory=list)

    def asked(self, path: str) -> list[Seen]:
        return [request for request in self.seen if request.path == path]


class HandClock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@asynccontextmanager
async def recording(answer: Callable[[Seen], Reply]) -> AsyncIterator[Recorder]:
    tasks: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *lines = head.decode("latin-1").split("\r\n")[:-2]
                method, target, _ = line.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (entry.partition(":") for entry in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                seen = Seen(method=method, target=target, headers=headers, body=body)
                recorder.seen.append(seen)
                reply = answer(seen)
                content = b"" if reply.data is None else json.dumps(reply.data).encode()
                fields = {"Content-Type": "application/json", "Content-Length": str(len(content))} | reply.headers
                text = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
                writer.write(f"HTTP/1.1 {reply.status} X\r\n{text}\r\n".encode() + content)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    recorder = Recorder(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield recorder
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
