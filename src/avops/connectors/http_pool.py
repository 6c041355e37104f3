"""Connections to one origin: reused and bounded.

`httpcore2.AsyncHTTPConnection` speaks HTTP/1.1 over one connection; this pool hands the idle ones out, the one used
last first. httpcore2's own pool goes through all its connections on every request: with 100 rooms at once that costs
more than the requests.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

import httpcore2

from avops.connectors.network import CheckedNetwork

if TYPE_CHECKING:
    import ssl

MAX_CONNECTIONS = 100
CONNECT_TIMEOUT_S = 5.0
# Servers commonly drop idle connections after 2 to 5 seconds. A request that meets the drop would have an unknown
# outcome, so connections are given up before that.
KEEPALIVE_S = 1.5


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The one TLS context of the process (making one takes 15 ms): the system's certificates, or SSL_CERT_FILE's."""
    return httpcore2.default_ssl_context()


class ConnectionPool:
    """At most `MAX_CONNECTIONS` connections to one origin, of which idle ones are reused."""

    def __init__(self, origin: httpcore2.Origin, *, private: bool) -> None:
        self._origin = origin
        self._network = CheckedNetwork(private=private)
        self._idle: list[httpcore2.AsyncHTTPConnection] = []
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._closed = False

    async def send(self, request: httpcore2.Request, max_bytes: int) -> tuple[int, list[tuple[bytes, bytes]], bytes | None]:
        """Status, headers and body of the answer; None for a body above `max_bytes`, whose connection is then closed.

        Raises what httpcore2 raises, and ToolError for an address that is not allowed. When the awaiting task is
        cancelled the connection is closed.
        """
        async with self._slots:
            connection = await self._take()
            try:
                response = await connection.handle_async_request(request)
                try:
                    body = await _read(response, max_bytes)
                finally:
                    await response.aclose()
            finally:
                if connection.is_available() and not self._closed:
                    self._idle.append(connection)
                else:
                    await connection.aclose()
            return response.status, response.headers, body

    async def close(self) -> None:
        """Closes the idle connections; those in use close when their request ends."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.aclose()

    async def _take(self) -> httpcore2.AsyncHTTPConnection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        tls = tls_context() if self._origin.scheme == b"https" else None
        return httpcore2.AsyncHTTPConnection(self._origin, ssl_context=tls, keepalive_expiry=KEEPALIVE_S, network_backend=self._network)


async def _read(response: httpcore2.Response, max_bytes: int) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > max_bytes:
            return None
    return bytes(body)
