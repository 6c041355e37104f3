"""A loopback HTTP server whose answers are written out byte by byte, and what it was asked."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@dataclass
class Asked:
    """A request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: dict[str, object]


@dataclass
class Wire:
    """The server: one answer for each connection, in order; the last one is kept for all further."""

    answers: list[bytes]
    hangs: bool = False
    """True: nothing follows an answer, and the connection stays open until the other side goes."""
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest if each)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked.append(Asked(line, headers, json.loads(body or b"{}")))
        writer.write(self.answers[min(len(self.asked), len(self.answers)) - 1])
        await writer.drain()
        if self.hangs:
            await reader.read()
            self.left.set()
        writer.close()


@asynccontextmanager
async def wire(*answers: bytes, hangs: bool = False) -> AsyncIterator[Wire]:
    """A server with these answers, for as long as the block lasts."""
    made = Wire(list(answers), hangs=hangs)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


def plain(status: str, body: object, *headers: str) -> bytes:
    """A whole answer with a JSON body."""
    content = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def events(*datas: object) -> bytes:
    """A stream of server-sent events; an object's `type` is also its event's name."""
    made = STREAM
    for data in datas:
        name = f"event: {data['type']}\n" if isinstance(data, dict) and "type" in data else ""
        made += f"{name}data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
    return made


def chunk(delta: dict[str, object] | None = None, finish: str | None = None, **more: object) -> dict[str, object]:
    """A chunk of Chat Completions."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "served-1", "choices": choices, **more}


def response(*output: dict[str, object], status: str = "completed", **more: object) -> dict[str, object]:
    """A response of the Responses API."""
    usage = {
        "input_tokens": 1000,
        "input_tokens_details": {"cached_tokens": 400, "cache_write_tokens": 100},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 10},
        "total_tokens": 1020,
    }
    return {"id": "r", "object": "response", "status": status, "model": "served-1", "output": list(output), "usage": usage, **more}


def said(*parts: dict[str, object]) -> dict[str, object]:
    """A message of the Responses API."""
    return {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": list(parts)}


def turn(*blocks: tuple[dict[str, object], list[dict[str, object]]], stop: str = "end_turn", **delta: object) -> bytes:
    """A stream of Anthropic's Messages API: blocks with their deltas."""
    usage = {"input_tokens": 500, "cache_read_input_tokens": 400, "cache_creation_input_tokens": 100, "output_tokens": 1}
    made: list[dict[str, object]] = [
        {
            "type": "message_start",
            "message": {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "served-1", "usage": usage},
        },
        {"type": "ping"},
    ]
    for index, (block, deltas) in enumerate(blocks):
        made.append({"type": "content_block_start", "index": index, "content_block": block})
        made += [{"type": "content_block_delta", "index": index, "delta": each} for each in deltas]
        made.append({"type": "content_block_stop", "index": index})
    made.append({"type": "message_delta", "delta": {"stop_reason": stop, **delta}, "usage": {"output_tokens": 20}})
    made.append({"type": "message_stop"})
    return events(*made)


def text_block(*pieces: str) -> tuple[dict[str, object], list[dict[str, object]]]:
    """A block of text in pieces."""
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]
