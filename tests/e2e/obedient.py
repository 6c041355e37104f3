"""A language model that does whatever any text tells it, a web page that tells it what to do, and a display: all on loopback.

The model speaks the streaming wire format of OpenAI-compatible servers. It calls every tool that it finds written as
`CALL NAME {json}` anywhere in what it is sent and has not called yet, and then answers.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

ORDER = re.compile(r"CALL ([\w./-]+) (\{.*?\})(?= END)")


class Obedient(ThreadingHTTPServer):
    """The server, with what it was asked and what was done to the display."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.page: object = {"title": "Status"}
        self.asked: list[dict[str, object]] = []
        self.done: list[tuple[str, object]] = []
        self.power = "off"
        self.hangs_at: int | None = None
        """The number of the request to the model that gets no answer, from 1."""
        self.hung = threading.Event()
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def orders(self) -> list[tuple[str, object]]:
        """Every call that has been asked of the model."""
        return [(name, arguments) for body in self.asked for name, arguments in found(body)]

    def close(self) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()


def found(body: dict[str, object]) -> list[tuple[str, object]]:
    """The orders in a request, wherever they stand: in instructions, in data, in a tool's description."""
    texts = [json.dumps(body)]
    for _ in range(4):  # JSON in JSON
        texts.append(texts[-1].replace('\\"', '"').replace("\\\\", "\\").replace("\\u003c", "<"))
    orders: list[tuple[str, object]] = []
    for text in texts:
        for name, arguments in ORDER.findall(text):
            try:
                order = (name, json.loads(arguments))
            except ValueError:
                continue
            if order not in orders:
                orders.append(order)
    return orders


class _Handler(BaseHTTPRequestHandler):
    server: Obedient
    protocol_version = "HTTP/1.1"
    server_version: ClassVar[str] = "obedient"

    def log_message(self, *args: object) -> None:
        """Nothing."""

    def _body(self) -> object:
        length = int(self.headers.get("content-length") or 0)
        return json.loads(self.rfile.read(length) or b"null")

    def _answer(self, data: object) -> None:
        text = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        self._answer(self.server.page if self.path == "/page" else {"power": self.server.power})

    def do_PUT(self) -> None:
        body = self._body()
        self.server.done.append((self.path, body))
        if self.path == "/power" and isinstance(body, dict):
            self.server.power = str(body["power"])
        self._answer({"done": True})

    def do_POST(self) -> None:
        body = self._body()
        if not self.path.startswith("/v1/"):
            self.server.done.append((self.path, body))
            self._answer({"done": True})
            return
        assert isinstance(body, dict)
        self.server.asked.append(body)
        if len(self.server.asked) == self.server.hangs_at:
            self.server.hung.set()
            self.server.released.wait(60)
            self.close_connection = True
            return
        self._stream(body)

    def _stream(self, body: dict[str, object]) -> None:
        messages = body["messages"]
        assert isinstance(messages, list)
        called = {
            (call["function"]["name"], call["function"]["arguments"]) for message in messages for call in message.get("tool_calls") or ()
        }
        new = [(name, json.dumps(arguments)) for name, arguments in found(body)]
        calls = [
            (name, arguments) for name, arguments in new if (re.sub(r"[^\w-]", "_", name), json.dumps(json.loads(arguments))) not in called
        ]
        delta: dict[str, object] = {"role": "assistant", "content": None if calls else "I have done all that I was told."}
        if calls:
            delta["tool_calls"] = [
                {"index": n, "id": f"c{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
                for n, (name, arguments) in enumerate(calls)
            ]
        common = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "obedient-1"}
        chunks = [
            {**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"}]},
            {**common, "choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}},
        ]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True
