"""Connections to one origin: reused, bounded, and only to addresses that were checked.

`httpcore2.AsyncHTTPConnection` speaks HTTP/1.1 over one connection; this pool hands the idle ones out, the one used
last first. Its own pool looks at every idle socket on every request: with 100 rooms at once that cost more than the
requests.

A host name is resolved here, every address is checked, and the connection goes to an address that was checked, so
that an answer of the name server that changes between check and use leads nowhere.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
from typing import TYPE_CHECKING

import httpcore2

from avops.errors import ToolError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

MAX_CONNECTIONS = 100
CONNECT_TIMEOUT_S = 5.0
# Servers commonly drop idle connections after 2 to 5 seconds. A request that meets the drop would have an unknown
# outcome, so connections are given up before that.
KEEPALIVE_S = 1.5
# A resolver's first address may be one nobody listens on (IPv6 on a network without it).
MAX_ADDRESSES = 4


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses only; ToolError for an address that is not allowed."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the name is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to one of the host's addresses, tried in the resolver's order, all within `timeout`.

        ToolError when all refuse, so that a ConnectError from elsewhere is a failure of TLS.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = await resolve(host, port)
                for address in addresses:
                    check_address(host, address, private=self._private)
                for address in addresses[:-1]:
                    share = None if timeout is None else timeout / len(addresses)
                    try:
                        return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
                    except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                        continue
                return await self._inner.connect_tcp(addresses[-1], port, None, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from None
        except httpcore2.ConnectError:
            raise ToolError(f"'{host}' accepts no connection on port {port}", hint="is it running, and is 'base_url' right?") from None

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, at most `MAX_ADDRESSES`; ToolError when it has none."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ToolError(f"the host '{host}' is not known", hint="check 'base_url' of the tool, and the name server") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MAX_ADDRESSES]


def check_address(host: str, address: str, *, private: bool) -> None:
    """ToolError unless a tool may connect to this address.

    Public addresses always; private, loopback and link-local ones with `private`; multicast and unspecified never.
    """
    parsed = _without_wrapping(ipaddress.ip_address(address.partition("%")[0]))
    shown = f"'{host}'" if host == address else f"'{host}' ({address})"
    if parsed.is_multicast or parsed.is_unspecified:
        raise ToolError(f"{shown} is not the address of one host")
    if not private and not parsed.is_global:
        raise ToolError(f"{shown} is a private address", hint="write 'private: true' in the tool's file when it is meant")


def _without_wrapping(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside an IPv6 one that stands for it (RFC 4291 2.5.5, RFC 6052 2.1, RFC 3056 2)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    number = int(address)
    if number > 1 and number >> 32 in (0, 0xFFFF, 0x0064FF9B << 64):
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return address.sixtofour or address


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
