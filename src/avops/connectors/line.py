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
    telnet: bool = False
    """Telnet commands stand between the text, and are answered."""


class TelnetNegotiation:
    """Takes the Telnet commands out of what arrives, and refuses every option (RFC 854, RFC 855).

    A refused option leaves a plain line: WILL is answered with DONT, DO with WONT.
    """

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """The bytes that are no commands, and the answer to those that are; a command that is not complete waits."""
        data, text, answer, at = self._rest + data, bytearray(), bytearray(), 0
        while at < len(data):
            if data[at] != _IAC:
                text.append(data[at])
                at += 1
                continue
            command = data[at + 1 : at + 2]
            if command in _NEGOTIATIONS:
                option = data[at + 2 : at + 3]
                if not option:
                    break
                answer += bytes([_IAC]) + _NEGOTIATIONS[command] + option if _NEGOTIATIONS[command] else b""
                at += 3
            elif command == _BEGIN:
                end = data.find(bytes([_IAC]) + _END, at)
                if end < 0:
                    at = len(data) if len(data) - at > _MAX_PARAMETER else at
                    break
                at = end + 2
            elif command:
                text += bytes([_IAC]) if command[0] == _IAC else b""
                at += 2
            else:
                break
        self._rest = data[at:]
        return bytes(text), bytes(answer)


_IAC = 255
_MAX_PARAMETER = 1024  # no option that a device asks for has a longer one
_BEGIN, _END = b"\xfa", b"\xf0"  # SB and SE: what stands between them is a parameter of an option
_WILL, _WONT, _DO, _DONT = b"\xfb", b"\xfc", b"\xfd", b"\xfe"
_NEGOTIATIONS = {_WILL: _DONT, _WONT: b"", _DO: _WONT, _DONT: b""}


class Line:
    """Messages over one connection."""

    def __init__(self, wire: Wire, framing: Framing) -> None:
        self._wire = wire
        self._framing = framing
        self._buffer = bytearray()
        self._telnet = TelnetNegotiation() if framing.telnet else None
        self._owed = b""

    @property
    def ended(self) -> bool:
        """True once the device has closed the connection."""
        return self._wire.ended

    async def send(self, data: bytes) -> None:
        """Sends the bytes as they are, after what is owed to the negotiation."""
        owed, self._owed = self._owed, b""
        await self._wire.write(owed + data)

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
        self._add(bytes(self._wire.arrived))
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
        self._add(data)
        if self._owed:
            await self.send(b"")

    def _add(self, data: bytes) -> None:
        if self._telnet is not None:
            data, answer = self._telnet.take(data)
            self._owed += answer
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
