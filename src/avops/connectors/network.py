"""TCP and TLS connections to addresses that were checked, on asyncio's transports.

A host name is resolved here, every address is checked, and the connection goes to an address that was checked, so
that an answer of the name server that changes between check and use leads nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, cast

from avops.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_TIMEOUT_S = 5.0
# A resolver's first address may be one nobody listens on (IPv6 on a network without it).
MAX_ADDRESSES = 4
# Above this the transport stops reading until what it has was taken.
HIGH_WATER = 256 * 1024


class Wire(asyncio.Protocol):
    """One connection. It has no time limits of its own: whoever calls a tool bounds the call."""

    def __init__(self) -> None:
        self.arrived = bytearray()
        self.ended = False
        """True once the other side has closed, or the connection broke."""
        self._transport: asyncio.Transport
        self._reader: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    async def read(self) -> bytes:
        """What has arrived, at least one byte; empty when nothing will come any more."""
        if not self.arrived and not self.ended:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        data = bytes(self.arrived)
        self.arrived.clear()
        if not self.ended and not self._transport.is_reading():
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """Sends, and waits while the other side takes nothing; a connection that broke shows when it is read."""
        self._transport.write(data)
        if self._writable is not None:
            await asyncio.shield(self._writable)

    def abort(self) -> None:
        """Drops the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        if len(self.arrived) > HIGH_WATER:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        self.ended = True
        _wake(self._reader)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = True
        _wake(self._reader)
        self.resume_writing()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        waiting, self._writable = self._writable, None
        _wake(waiting)


async def connect(host: str, port: int, *, private: bool, tls: Callable[[], ssl.SSLContext] | None = None) -> Wire:
    """A connection to one of the host's addresses, tried in the resolver's order, within `CONNECT_TIMEOUT_S` altogether.

    With `tls` it is encrypted, and the certificate is checked against `host`. Raises ToolError, whose `happened` is "no".
    """
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            addresses = await resolve(host, port)
            for address in addresses:
                check_address(host, address, private=private)
            for address in addresses[:-1]:
                try:
                    async with asyncio.timeout(CONNECT_TIMEOUT_S / len(addresses)):
                        return await _connect(address, port, host, tls)
                except ssl.SSLError:
                    raise
                except OSError:  # TimeoutError is one too
                    continue
            return await _connect(addresses[-1], port, host, tls)
    except TimeoutError:
        message, hint = f"accepted no connection within {CONNECT_TIMEOUT_S:.0f} s", "is it switched on and on this network?"
    except (ssl.SSLError, ConnectionAbortedError, ConnectionResetError) as error:
        reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or "it broke the connection off"
        message, hint = f"makes no secure connection: {reason}", "is its certificate valid for the host in 'base_url'?"
    except OSError:
        message, hint = f"accepts no connection on port {port}", "is it running, and is 'base_url' right?"
    raise ToolError(f"'{host}' {message}", hint=hint)


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


async def _connect(address: str, port: int, host: str, tls: Callable[[], ssl.SSLContext] | None) -> Wire:
    loop = asyncio.get_running_loop()
    if tls is None:
        _, wire = await loop.create_connection(Wire, address, port)
    else:
        _, wire = await loop.create_connection(Wire, address, port, ssl=tls(), server_hostname=host)
    return wire


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
