"""HTTP/1.1 over connections to one origin: messages of the plainest form by `http_plain`, all others by h11; the pool
reuses the connections.

A general client's pool looks at all its connections on every request and takes several locks; with 100 rooms at once
that costs more than the requests. Here an idle connection is a list's last entry, and a request is one write. With the
engine around it, httpx2 cannot run 100 rooms at once within 1.5 times the ideal. `docs/dependencies.md` has the figures.
"""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from avops.connectors.http_plain import end_of_head, read_head, write_head
from avops.connectors.network import connect

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from avops.connectors.http_plain import Head
    from avops.connectors.network import Wire

MAX_CONNECTIONS = 100
# Servers commonly drop idle connections after 2 to 5 seconds. A request that meets the drop would have an unknown
# outcome, so connections are given up before that.
KEEPALIVE_S = 1.5
# Enough for any header block; h11's own limit for what comes before the body.
MAX_HEAD = 100 * 1024


class LostAnswerError(Exception):
    """The request was sent, wholly or partly, and no readable answer came back: it may have been carried out."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; the values of its headers may hold Latin letters only."""

    method: str
    target: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    head: bytes | None
    """As it is sent, when it has the plainest form."""

    def for_h11(self) -> h11.Request:
        """Raises h11.LocalProtocolError for a request that HTTP cannot carry."""
        return h11.Request(method=self.method, target=self.target.encode(), headers=list(self.headers))


class _Connection:
    """One connection and the state of its conversation."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._idle_since = 0.0
        self._may_go_on = False
        """The last answer came whole, nothing followed it, and the other side keeps the connection."""

    async def exchange(self, request: Request, max_bytes: int) -> tuple[Head | h11.Response, bytes | None]:
        """The answer and its body, None for a longer one; LostAnswerError when none came."""
        self._may_go_on = False
        if request.head is None:
            return await self._judged_exchange(request, max_bytes, b"")
        await self._wire.write(request.head + request.body)
        data = bytearray(await self._wire.read())
        while (end := end_of_head(data)) is None and 0 < len(data) < MAX_HEAD and (more := await self._wire.read()):
            data += more
        head = None if end is None else read_head(data[:end])
        if end is None or head is None or head.length > max_bytes:
            return await self._judged_exchange(request, max_bytes, bytes(data))
        size = end + head.length
        while len(data) < size:
            if not (more := await self._wire.read()):
                raise LostAnswerError(_WHY_ENDED)
            data += more
        # Bytes after the answer would be taken for the answer to the next request.
        self._may_go_on = len(data) == size
        return head, bytes(data[end:size])

    async def _judged_exchange(self, request: Request, max_bytes: int, arrived: bytes) -> tuple[h11.Response, bytes | None]:
        """The same, written and read by h11; `arrived` are the first bytes of the answer when the request was sent already."""
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        events: list[h11.Event] = [request.for_h11(), *([h11.Data(data=request.body)] if request.body else []), h11.EndOfMessage()]
        message = b"".join(http.send(event) or b"" for event in events)
        if request.head is None:
            await self._wire.write(message)
        else:
            http.receive_data(arrived)
        response: h11.Response | None = None
        answer = bytearray()
        ended = request.head is not None and not arrived
        while True:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError:
                raise LostAnswerError(_WHY_ENDED if ended else "answered with something that is not HTTP") from None
            if event is h11.NEED_DATA:
                data = await self._wire.read()
                ended = not data
                http.receive_data(data)
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                answer += event.data
                if len(answer) > max_bytes:
                    assert response is not None
                    return response, None
            elif isinstance(event, h11.EndOfMessage):
                assert response is not None
                done = http.our_state is h11.DONE and http.their_state is h11.DONE
                self._may_go_on = done and not http.trailing_data[0]
                return response, bytes(answer)
            elif not isinstance(event, h11.InformationalResponse):
                raise LostAnswerError(_WHY_ENDED)

    def rest(self, now: float) -> bool:
        """Makes the connection ready for another request; False when it cannot be used again."""
        self._idle_since = now
        return self._may_go_on and not self._wire.ended and not self._wire.arrived

    def is_fresh(self, now: float) -> bool:
        """True while an idle connection may be used: not closed, not spoken on, and not idle for long."""
        return not self._wire.ended and not self._wire.arrived and now - self._idle_since < KEEPALIVE_S

    def drop(self) -> None:
        self._wire.abort()


_WHY_ENDED = "dropped the connection before its answer was complete"


class ConnectionPool:
    """At most `MAX_CONNECTIONS` connections to one origin, of which the one used last is reused first."""

    def __init__(self, host: str, port: int, *, secure: bool, private: bool) -> None:
        self._host = host
        self._port = port
        self._secure = secure
        self._private = private
        self._idle: list[_Connection] = []
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._closed = False

    async def send(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, max_bytes: int
    ) -> tuple[Head | h11.Response, bytes | None]:
        """The answer and its body, None for a body above `max_bytes`.

        Raises h11.LocalProtocolError for a request that HTTP cannot carry, ToolError when no connection is made, and
        LostAnswerError. When the awaiting task is cancelled the connection is dropped.
        """
        lines = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        request = Request(method, target, lines, body, write_head(method, target, lines))
        if request.head is None:
            request.for_h11()  # one that cannot be sent is refused before a connection is made
        async with self._slots:
            connection = await self._take()
            keep = False
            try:
                answer = await connection.exchange(request, max_bytes)
                keep = not self._closed and connection.rest(asyncio.get_running_loop().time())
            finally:
                if keep:
                    self._idle.append(connection)
                else:
                    connection.drop()
            return answer

    async def close(self) -> None:
        """Drops the idle connections; those in use are dropped when their request ends."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.drop()
        await asyncio.sleep(0)  # the loop closes a dropped connection's socket in its next round

    async def _take(self) -> _Connection:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh(now):
                return connection
            connection.drop()
        wire = await connect(self._host, self._port, private=self._private, tls=tls_context if self._secure else None)
        return _Connection(wire)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The one TLS context of the process (making one takes 15 ms): the system's certificates, or SSL_CERT_FILE's."""
    import httpcore2

    context = httpcore2.default_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
