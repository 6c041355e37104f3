"""What the simulated devices share: a loopback server, its faults, and a journal of what it was told.

A device is a subclass that greets, splits what arrives into commands, and answers each. Nothing here knows a protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_COMMAND = 1024 * 1024
HUGE = 6 * 1024 * 1024


class DeviceFaultKind(StrEnum):
    """What goes wrong with a device."""

    DROP_BEFORE = "drop_before"
    """The connection is dropped and nothing is done."""
    DROP_AFTER = "drop_after"
    """The command is done and the connection is dropped before the answer."""
    GARBAGE = "garbage"
    """The command is done and the answer is nonsense."""
    NO_ANSWER = "no_answer"
    """The command is done and no answer comes."""
    HUGE = "huge"
    """The command is done and the answer has no end."""
    CUT = "cut"
    """The command is done and the connection is dropped in the middle of the answer."""
    NO_GREETING = "no_greeting"
    """A connection is accepted, and then nothing is said: the device is starting up."""
    REFUSED_LOGIN = "refused_login"
    """The login is refused, even with the right password."""
    FLAPPING = "flapping"
    """Every second connection is dropped as soon as it is made."""


_PER_CONNECTION = (DeviceFaultKind.NO_GREETING, DeviceFaultKind.REFUSED_LOGIN, DeviceFaultKind.FLAPPING)


@dataclass(slots=True, kw_only=True)
class DeviceFault:
    """One fault: of every command or those that hold a text, the next `times` times or always."""

    kind: DeviceFaultKind
    command: str | None = None
    times: int | None = None
    seen: int = 0

    def strikes(self, command: str = "") -> bool:
        """Counts one command or connection that the fault concerns; True when it strikes."""
        if self.times == 0 or (self.command is not None and self.command not in command):
            return False
        self.seen += 1
        if self.kind is DeviceFaultKind.FLAPPING and self.seen % 2 == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def device_fault(data: object) -> DeviceFault:
    """A fault from a site file: its kind as text, or a mapping with `kind`, `command` and `times`."""
    values: Mapping[str, object] = data if isinstance(data, dict) else {"kind": data}
    try:
        kind = DeviceFaultKind(str(values.get("kind")))
    except ValueError:
        kinds = ", ".join(sorted(kind.value for kind in DeviceFaultKind))
        raise UsageError(f"'{values.get('kind')}' is no fault of a device; expected one of: {kinds}") from None
    command, times = values.get("command"), values.get("times")
    if times is not None and not (isinstance(times, int) and times > 0):
        raise UsageError(f"'{times}' is not how many times a fault strikes")
    return DeviceFault(kind=kind, command=None if command is None else str(command), times=times)


class Conversation:
    """One connection to a simulated device, and what the device remembers of it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.logged_in = False
        self.login_refused = False
        """A fault refuses the login of this connection."""
        self.ends = False
        """The device closes the connection after this answer."""
        self.notes: dict[str, str] = {}
        self._writer = writer

    def say(self, data: bytes) -> None:
        """Sends without waiting."""
        self._writer.write(data)

    def abort(self) -> None:
        """Drops the connection."""
        self._writer.transport.abort()

    async def drain(self) -> None:
        """Waits while the other side takes nothing."""
        await self._writer.drain()


class SimulatedDevice(ABC):
    """A running device; `port` is where it listens on the loopback interface."""

    garbage = b"\xff\xfe?!\r\n\0"
    default_port = 0

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or (lambda: datetime.now(UTC))
        self.faults: list[DeviceFault] = []
        self.journal: list[str] = []
        """Every command, as it came, greetings and logins included."""
        self.port = 0
        self.connections = 0
        """How many connections were made so far."""
        self.open: list[Conversation] = []
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard = asyncio.Condition()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; AvopsError when the port is taken."""
        try:
            self._server = await asyncio.start_server(self._accept, host, port)
        except OSError as error:
            raise AvopsError(f"a simulated device cannot listen on {host}:{port}: {error.strerror}") from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stops listening and drops every connection; safe to call twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    def fail(self, kind: str, command: str | None = None, times: int | None = None) -> None:
        """Switches a fault on."""
        self.faults.append(device_fault({"kind": kind, "command": command, "times": times}))

    def say_to_all(self, data: bytes) -> None:
        """Sends to every connection what nobody asked for."""
        for conversation in self.open:
            conversation.say(data)

    def drop_all(self) -> None:
        """Drops every connection."""
        for conversation in self.open:
            conversation.abort()

    async def heard(self, text: str) -> None:
        """Returns once a command that holds the text has come in."""
        async with self._heard:
            await self._heard.wait_for(lambda: any(text in command for command in self.journal))

    @abstractmethod
    def greet(self, conversation: Conversation) -> bytes:
        """What the device says when a connection is made."""

    @abstractmethod
    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """Takes the next whole command off what has arrived; None when there is none yet."""

    @abstractmethod
    def answer(self, conversation: Conversation, command: str) -> bytes:
        """What the device answers to a command, its effects included."""

    def _struck(self, kinds: tuple[DeviceFaultKind, ...], command: str = "") -> DeviceFaultKind | None:
        return next((fault.kind for fault in self.faults if fault.kind in kinds and fault.strikes(command)), None)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        conversation = Conversation(writer)
        self.open.append(conversation)
        try:
            with contextlib.suppress(ConnectionError):
                await self._converse(reader, conversation)
        except asyncio.CancelledError:
            pass  # close() ends the conversation, and asyncio's streams would log a cancelled handler
        finally:
            self.open.remove(conversation)
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, conversation: Conversation) -> None:
        self.connections += 1
        match self._struck(_PER_CONNECTION):
            case DeviceFaultKind.FLAPPING:
                conversation.abort()
                return
            case DeviceFaultKind.NO_GREETING:
                while await reader.read(65536):
                    pass
                return
            case DeviceFaultKind.REFUSED_LOGIN:
                conversation.login_refused = True
            case _:
                pass
        conversation.say(self.greet(conversation))
        arrived = bytearray()
        while data := await reader.read(65536):
            arrived += data
            while (command := self.split(arrived, conversation)) is not None:
                if not await self._respond(conversation, command.decode("utf-8", "replace")):
                    return
            if len(arrived) > MAX_COMMAND:
                return

    async def _respond(self, conversation: Conversation, command: str) -> bool:
        """Answers one command; False when the connection has ended with it."""
        async with self._heard:
            self.journal.append(command)
            self._heard.notify_all()
        kinds = tuple(kind for kind in DeviceFaultKind if kind not in _PER_CONNECTION)
        fault = self._struck(kinds, command)
        if fault is DeviceFaultKind.DROP_BEFORE:
            conversation.abort()
            return False
        answer = self.answer(conversation, command)
        match fault:
            case DeviceFaultKind.DROP_AFTER:
                conversation.abort()
                return False
            case DeviceFaultKind.GARBAGE:
                answer = self.garbage
            case DeviceFaultKind.NO_ANSWER:
                answer = b""
            case DeviceFaultKind.HUGE:
                answer = b"x" * HUGE
            case DeviceFaultKind.CUT:
                conversation.say(answer[: max(1, len(answer) // 2)])
                return False
            case _:
                pass
        conversation.say(answer)
        await conversation.drain()
        return not conversation.ends


def split_at(arrived: bytearray, ends: bytes) -> bytes | None:
    """Takes the next command that any of the bytes ends; blank ones are skipped."""
    while True:
        found = [at for at in (arrived.find(end) for end in ends) if at >= 0]
        if not found:
            return None
        command = bytes(arrived[: min(found)])
        del arrived[: min(found) + 1]
        if command.strip():
            return command
