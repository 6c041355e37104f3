"""Tools whose devices hold a conversation on one connection: kept open, shared by all runs, one command at a time.

A connection that was dropped is opened again for the next command. A read that meets a drop is asked once more on a new
connection; a write that was sent and not answered is never repeated: nobody knows whether it was done.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from avops.connectors.device import ConnectedDevices, M, hint_of
from avops.connectors.line import BrokenLineError, Framing, Line
from avops.connectors.network import CONNECT_TIMEOUT_S, connect
from avops.errors import ToolError

if TYPE_CHECKING:
    from avops.connectors.device import Device, Order
    from avops.ports import Clock, SecretSource

MAX_KEPT = 200
"""How many connections one tool keeps; the one that was quiet longest makes room for a new one."""


class Session:
    """A conversation after its greeting; subclasses say how a command is put and its answer known."""

    def __init__(self, line: Line) -> None:
        self.line = line


S = TypeVar("S", bound=Session)
Handler = Callable[[S, Mapping[str, object]], Awaitable[object]]
"""What an action does in a session: it raises ToolError for what the device refused, BrokenLineError for what it did not say."""


class LineDevices(ConnectedDevices[M], Generic[M, S]):
    """Devices with a session each."""

    framing: ClassVar[Framing]
    quiet_s: ClassVar[float] = 30.0
    """After so long without a command `keep_alive` is called."""
    greeting_timeout_s: ClassVar[float] = CONNECT_TIMEOUT_S
    handlers: ClassVar[Mapping[str, Handler[Any]]]  # a class variable cannot be generic; each subclass has its own session

    def __init__(self, manifest: M, secrets: SecretSource, clock: Clock) -> None:
        super().__init__(manifest, secrets, clock)
        self._kept: dict[Device, _Kept[M, S]] = {}

    async def perform(self, order: Order) -> object:
        """The handler's result, on the device's one connection."""
        handler = self.handlers[order.action]
        return await self._connection(order.device).run(lambda session: handler(session, order.arguments), order)

    async def close(self) -> None:
        """Drops all connections."""
        kept, self._kept = self._kept, {}
        await asyncio.gather(*(each.close() for each in kept.values()))

    @abstractmethod
    async def open_session(self, line: Line, device: Device) -> S:
        """The session after greeting and login; ToolError when the device refuses. Its time is bounded."""

    async def keep_alive(self, session: S) -> bool:
        """Says something harmless, so that the device keeps the connection; False gives it up instead."""
        return False

    def _connection(self, device: Device) -> _Kept[M, S]:
        known = self._kept.pop(device, None) or _Kept(self, device)
        self._kept[device] = known  # the one used last stands last
        if len(self._kept) > MAX_KEPT:
            quiet = next((each for each in self._kept.values() if not each.busy), None)
            if quiet is not None:
                self._kept.pop(quiet.device).drop()
        return known


class _Kept(Generic[M, S]):
    """The one connection to a device."""

    def __init__(self, tool: LineDevices[M, S], device: Device) -> None:
        self.device = device
        self._tool = tool
        self._turn = asyncio.Lock()
        self._session: S | None = None
        self._upkeep: asyncio.Task[None] | None = None
        self._commands = 0

    @property
    def busy(self) -> bool:
        """True while a command is under way."""
        return self._turn.locked()

    async def run(self, talk: Callable[[S], Awaitable[object]], order: Order) -> object:
        """What `talk` gives. Whatever else happens than an answer, the connection is dropped."""
        async with self._turn:
            self._commands += 1
            was_open = self._session is not None and not self._session.line.ended
            try:
                return await self._talk(talk)
            except BrokenLineError as error:
                if not (was_open and order.reads):
                    raise self._lost(error, order) from None
            try:
                return await self._talk(talk)
            except BrokenLineError as error:
                raise self._lost(error, order) from None

    async def close(self) -> None:
        """Drops the connection and waits for its upkeep to end."""
        upkeep = self._upkeep
        self.drop()
        if upkeep is not None:
            await asyncio.gather(upkeep, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes a dropped connection's socket in its next round

    def drop(self) -> None:
        """Drops the connection at once."""
        if self._session is not None:
            self._session.line.abort()
            self._session = None
        if self._upkeep is not None and self._upkeep is not asyncio.current_task():
            self._upkeep.cancel()
        self._upkeep = None

    async def _talk(self, talk: Callable[[S], Awaitable[object]]) -> object:
        session = self._session
        if session is None or session.line.ended:
            self.drop()
            session = self._session = await self._open()
            self._upkeep = asyncio.create_task(self._keep(session))
        answered = False
        try:
            session.line.forget()
            result = await talk(session)
            answered = True
        except ToolError:
            answered = True
            raise
        finally:
            if not answered:
                self.drop()
        return result

    async def _open(self) -> S:
        """A new session. What goes wrong here did so before any command was sent."""
        try:
            wire = await connect(self.device.host, self.device.port, private=True)
        except ToolError as error:
            raise hint_of(error) from None
        line = Line(wire, self._tool.framing)
        opened = False
        try:
            async with asyncio.timeout(self._tool.greeting_timeout_s):
                session = await self._tool.open_session(line, self.device)
            opened = True
            return session
        except TimeoutError:
            waited = f"{self._tool.greeting_timeout_s:g} s"
            message = f"'{self.device}' accepted the connection and did not get as far as a login within {waited}"
            raise ToolError(message, hint="it may be starting up, or have no connection left for avops") from None
        except BrokenLineError as error:
            raise ToolError(f"'{self.device}' {error} when avops connected", hint="it may be starting up") from None
        finally:
            if not opened:
                line.abort()

    async def _keep(self, session: S) -> None:
        """Keeps a quiet connection open, or gives it up, as the protocol asks."""
        clock, seen = self._tool.clock, -1
        while True:
            seen = self._commands
            await clock.sleep(self._tool.quiet_s)
            if self._commands != seen or self.busy:
                continue
            async with self._turn:
                kept = False
                with contextlib.suppress(BrokenLineError, ToolError, TimeoutError):
                    async with asyncio.timeout(CONNECT_TIMEOUT_S):
                        kept = not session.line.ended and await self._tool.keep_alive(session)
                if not kept:
                    self.drop()
                    return

    def _lost(self, error: BrokenLineError, order: Order) -> ToolError:
        return ToolError(f"'{self.device}' {error}", happened=order.lost)
