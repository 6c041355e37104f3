"""One connection to a device as a sequence of messages, each of a bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avops.connectors.network import Wire


class BrokenLineError(Exception):
    """The connection ended or says what cannot be understood; whatever was asked has no answer."""


@dataclass(frozen=True, slots=True)
class Framing:
    """What ends a message on the way in, and how long one may be. Blank messages are skipped.

    With several ends any of them ends a message, so that a device may send CR, LF or both.
    """

    ends: bytes
    max_bytes: int = 64 * 1024


class Line:
    """Messages over one connection."""

    def __init__(self, wire: Wire, framing: Framing) -> None:
        self._wire = wire
        self._framing = framing
        self._buffer = bytearray()

    @property
    def ended(self) -> bool:
        """True once the device has closed the connection."""
        return self._wire.ended

    async def send(self, data: bytes) -> None:
        """Sends the bytes as they are; an earlier message of the device must have been taken before."""
        await self._wire.write(data)

    async def receive(self) -> bytes:
        """The next message, without its end; BrokenLineError when none will come."""
        while True:
            message = self._next()
            if message is not None:
                return message
            await self._more()

    async def receive_until(self, *marks: bytes) -> bytes:
        """All that arrives up to and with one of the marks, across the ends of messages: for prompts, which have none."""
        while True:
            found = [(self._buffer.find(mark), mark) for mark in marks if mark in self._buffer]
            if found:
                at, mark = min(found)
                taken = bytes(self._buffer[: at + len(mark)])
                del self._buffer[: at + len(mark)]
                return taken
            await self._more()

    def forget(self) -> None:
        """Drops all messages that have arrived whole: what a device says by itself is no answer to what comes next."""
        self._buffer += self._wire.arrived
        self._wire.arrived.clear()
        while self._next() is not None:
            pass

    def abort(self) -> None:
        """Drops the connection."""
        self._wire.abort()

    async def _more(self) -> None:
        if len(self._buffer) > self._framing.max_bytes:
            raise BrokenLineError(f"sent more than {self._framing.max_bytes:,} bytes without an end")
        data = await self._wire.read()
        if not data:
            raise BrokenLineError("closed the connection before it answered")
        self._buffer += data

    def _next(self) -> bytes | None:
        """The next whole message that is not blank, None when there is none yet."""
        while True:
            ends = [at for at in (self._buffer.find(end) for end in self._framing.ends) if at >= 0]
            if not ends:
                return None
            message = bytes(self._buffer[: min(ends)])
            del self._buffer[: min(ends) + 1]
            if len(message) > self._framing.max_bytes:
                raise BrokenLineError(f"sent a message of more than {self._framing.max_bytes:,} bytes")
            if message.strip():
                return message
