"""TCP and TLS streams for httpcore2, on asyncio's transports, to addresses that were checked.

httpcore2's own backend goes through anyio and asks the kernel about every idle socket; here a transport that reads
ahead knows by itself that the other side has closed. That halves the time a request takes.

A host name is resolved here, every address is checked, and the connection goes to an address that was checked, so
that an answer of the name server that changes between check and use leads nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING, cast

import httpcore2

from avops.errors import ToolError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

# A resolver's first address may be one nobody listens on (IPv6 on a network without it).
MAX_ADDRESSES = 4
# Above this the transport stops reading until what it has was taken.
HIGH_WATER = 256 * 1024


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses only; ToolError for an address that is not allowed."""

    def __init__(self, *, private: bool) -> None:
        self._private = private

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
                return await _first(addresses, port, timeout)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from None
        except OSError:
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


async def _first(addresses: list[str], port: int, within_s: float | None) -> Stream:
    """A connection to the first address that accepts one, the time shared between them."""
    loop = asyncio.get_running_loop()
    for address in addresses[:-1]:
        try:
            async with asyncio.timeout(None if within_s is None else within_s / len(addresses)):
                _, wire = await loop.create_connection(_Wire, address, port)
            return Stream(wire)
        except OSError:  # TimeoutError is one too
            continue
    _, wire = await loop.create_connection(_Wire, addresses[-1], port)
    return Stream(wire)


class _Wire(asyncio.Protocol):
    """What has arrived on a connection, and who waits for it."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.arrived = bytearray()
        self.ended = False
        self.error: Exception | None = None
        self.reader: asyncio.Future[None] | None = None
        self.writable: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        if len(self.arrived) > HIGH_WATER:
            self.transport.pause_reading()
        _wake(self.reader)

    def eof_received(self) -> bool:
        self.ended = True
        _wake(self.reader)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.ended, self.error = True, error
        _wake(self.reader)
        _wake(self.writable)

    def pause_writing(self) -> None:
        self.writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        waiting, self.writable = self.writable, None
        _wake(waiting)


class Stream(httpcore2.AsyncNetworkStream):
    """One connection. It has no time limits of its own: whoever calls a tool bounds the call."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # the name is httpcore2's
        """What has arrived, at least one byte; empty at the end. ReadError when the connection broke."""
        wire = self._wire
        if not wire.arrived and not wire.ended:
            wire.reader = asyncio.get_running_loop().create_future()
            try:
                await wire.reader
            finally:
                wire.reader = None
        if not wire.arrived:
            if wire.error is not None:
                raise httpcore2.ReadError(str(wire.error))
            return b""
        data = bytes(wire.arrived[:max_bytes])
        del wire.arrived[:max_bytes]
        if not wire.ended and not wire.transport.is_reading() and len(wire.arrived) < HIGH_WATER:
            wire.transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # the name is httpcore2's
        """Hands the bytes to the transport, and waits while it has too many; WriteError when the connection is gone."""
        wire = self._wire
        if wire.ended:
            raise httpcore2.WriteError(str(wire.error or "the other side has closed"))
        wire.transport.write(buffer)
        if wire.writable is not None:
            await asyncio.shield(wire.writable)
            if wire.error is not None:
                raise httpcore2.WriteError(str(wire.error))

    async def aclose(self) -> None:
        """Closes the connection; what was not sent yet is dropped."""
        self._wire.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the name is httpcore2's
    ) -> httpcore2.AsyncNetworkStream:
        """The same connection, encrypted; ConnectError when the handshake fails, with its reason as the cause."""
        secured = _Wire()
        try:
            async with asyncio.timeout(timeout):
                transport = await asyncio.get_running_loop().start_tls(
                    self._wire.transport, secured, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            await self.aclose()
            raise httpcore2.ConnectTimeout(str(error)) from None
        except OSError as error:  # ssl.SSLError is one
            await self.aclose()
            raise httpcore2.ConnectError(str(error)) from error
        except BaseException:
            await self.aclose()
            raise
        secured.connection_made(cast("asyncio.BaseTransport", transport))
        return Stream(secured)

    def get_extra_info(self, info: str) -> object:
        """What httpcore2 asks for: `ssl_object`, and `is_readable`, which on an idle connection means that it is closed."""
        if info == "is_readable":
            return self._wire.ended or bool(self._wire.arrived)
        return self._wire.transport.get_extra_info({"ssl_object": "ssl_object", "socket": "socket"}.get(info, info))


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
