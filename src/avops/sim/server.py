"""The simulator's HTTP server: asyncio and h11 on the loopback interface.

`Site` says what there is, `Fleet` what it does, `routes` what the paths mean. This module reads requests, lets the
faults strike, keeps the journal and writes the answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import h11

from avops.errors import AvopsError, UsageError
from avops.sim.devices import start_device
from avops.sim.faults import Fault, FaultKind, fault_from_data, fault_from_text
from avops.sim.fleet import Fleet, RejectedError
from avops.sim.routes import find_operation
from avops.sim.site import load_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avops.sim.device import SimulatedDevice
    from avops.sim.routes import Operation
    from avops.sim.site import Site

MAX_BODY = 1024 * 1024
HUGE = 5 * 1024 * 1024
_DONE_FIRST = (FaultKind.SLOW, FaultKind.DROP_AFTER, FaultKind.CUT, FaultKind.GARBAGE, FaultKind.BROKEN_JSON, FaultKind.HUGE)


@dataclass(slots=True, kw_only=True)
class Entry:
    """One state-changing request in the journal; `done` turns true when the fleet has carried it out."""

    seq: int
    at: datetime
    request_id: str
    operation: str
    method: str
    path: str
    room: str | None
    body: object
    done: bool = False

    def as_data(self) -> dict[str, object]:
        """The entry as `GET /journal` gives it."""
        return {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "request_id": self.request_id,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "room": self.room,
            "body": self.body,
            "done": self.done,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it was read."""

    method: str
    path: str
    query: dict[str, str]
    request_id: str | None
    body: bytes

    def data(self) -> dict[str, object]:
        """The JSON object in the body, empty without one; RejectedError with 400 for anything else."""
        if not self.body:
            return {}
        try:
            data = json.loads(self.body)
        except (ValueError, RecursionError):
            raise RejectedError(400, "the body is not JSON") from None
        if not isinstance(data, dict):
            raise RejectedError(400, "the body is not a JSON object")
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back. `raw`: not HTTP at all; `cut`: only half of the body; `drop`: nothing."""

    status: int = 200
    data: object = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    after_s: float = 0.0
    raw: bytes | None = None
    cut: bool = False
    drop: bool = False


class Simulator:
    """A running simulator; `port` is where it listens on the loopback interface, `url` its base URL."""

    def __init__(self, site: Site, now: Callable[[], datetime]) -> None:
        self.site = site
        self.fleet = Fleet(site, now)
        self.fleet.dark = self._is_dark
        self.faults: list[Fault] = []
        self.journal: list[Entry] = []
        self.port = 0
        self.requests = 0
        self.devices: dict[str, SimulatedDevice] = {}
        """The site's devices that speak their own protocol, by name."""
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, host: str, port: int) -> None:
        """Listens; AvopsError when the port is taken."""
        try:
            self._server = await asyncio.start_server(self._accept, host, port, backlog=1024)
        except OSError as error:
            raise AvopsError(f"the simulator cannot listen on {host}:{port}: {error.strerror}", hint="choose another --port") from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stops listening and drops every connection; safe to call twice."""
        server, self._server = self._server, None
        await asyncio.gather(*(device.close() for device in self.devices.values()))
        if server is not None:
            server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if server is not None:
            await server.wait_closed()

    def answer(self, request: Request) -> Answer:
        """What a request gets, its effects included."""
        self.requests += 1
        try:
            if request.path in ("/faults", "/state", "/journal"):
                return Answer(data=self._control(request))
            operation, parts = find_operation(request.method, request.path)
            data = request.data()
            room = self._room_key(operation, parts, data)
        except RejectedError as rejected:
            return _rejection(rejected)
        except UsageError as error:
            return _rejection(RejectedError(400, error.message))
        entry = self._enter(request, operation, room, data) if operation.changes else None
        struck = next(
            (f for f in self.faults if f.kind is not FaultKind.DISPLAY_DARK and f.concerns(room, operation.name) and f.use()), None
        )
        if struck is not None and struck.kind not in _DONE_FIRST:
            return _refusing(struck, self.site.delay_s)
        try:
            answer = Answer(
                status=operation.status, data=operation.handle(self.fleet, parts, request.query, data), after_s=self.site.delay_s
            )
        except RejectedError as rejected:
            return _rejection(rejected)
        if entry is not None:
            entry.done = True
        return _spoiling(struck, answer) if struck is not None else answer

    def _control(self, request: Request) -> object:
        match request.method, request.path:
            case "GET", "/journal":
                return {"entries": [entry.as_data() for entry in self.journal], "count": len(self.journal)}
            case "GET", "/faults":
                pass
            case "POST", "/faults":
                self.faults.append(fault_from_data(request.data()))
            case "DELETE", "/faults":
                self.faults.clear()
            case "POST", "/state":
                values = request.data()
                return self.fleet.change(str(values.pop("room", "")), values)
            case _:
                raise RejectedError(405, f"{request.method} is not allowed on '{request.path}'")
        return {"faults": [fault.as_data() for fault in self.faults]}

    def _room_key(self, operation: Operation, parts: tuple[str, ...], data: dict[str, object]) -> str | None:
        if operation.by_room:
            return self.fleet.find(parts[0]).spec.room
        room = data.get("room")
        return None if room is None else str(room)

    def _enter(self, request: Request, operation: Operation, room: str | None, data: dict[str, object]) -> Entry:
        seq = len(self.journal) + 1
        entry = Entry(
            seq=seq,
            at=self.fleet.now(),
            request_id=request.request_id or f"sim-{seq}",
            operation=operation.name,
            method=request.method,
            path=request.path,
            room=room,
            body=data,
        )
        self.journal.append(entry)
        return entry

    def _is_dark(self, room: str) -> bool:
        return any(f.kind is FaultKind.DISPLAY_DARK and f.concerns(room, "set_power") and f.use() for f in self.faults)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(ConnectionError, h11.RemoteProtocolError):
                await self._converse(reader, writer)
        except asyncio.CancelledError:
            pass  # close() ends the conversation, and asyncio's streams would log a cancelled handler
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers requests on one connection until either side ends it."""
        connection = h11.Connection(h11.SERVER)
        while True:
            request = await _read(connection, reader, writer)
            if request is None:
                return
            answer = self.answer(request)
            if answer.after_s:
                await asyncio.sleep(answer.after_s)
            if answer.drop:
                writer.transport.abort()
                return
            writer.write(_encode(connection, answer))
            await writer.drain()
            if answer.raw is not None or answer.cut or connection.our_state is not h11.DONE:
                return
            connection.start_next_cycle()


async def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    site: Site | None = None,
    faults: Sequence[Fault | str] = (),
    now: Callable[[], datetime] | None = None,
) -> Simulator:
    """A simulator that is listening; `.port` says where, `await .close()` ends it.

    Without a site it is that of the starter's room list. A fault may be text, as `avops sim --fault` takes it.
    """
    site = site or load_site()
    simulator = Simulator(site, now or (lambda: datetime.now(UTC)))
    known = {*simulator.fleet.rooms, None}
    for fault in (*site.faults, *faults):
        made = fault_from_text(fault) if isinstance(fault, str) else fault
        if made.room not in known:
            raise UsageError(f"there is no room '{made.room}' for the fault '{made.kind.value}'")
        simulator.faults.append(made)
    await simulator.start(host, port)
    try:
        for spec in site.devices:
            simulator.devices[spec.name] = await start_device(spec, host, now)
    except AvopsError:
        await simulator.close()
        raise
    return simulator


def _rejection(rejected: RejectedError) -> Answer:
    return Answer(status=rejected.status, data={"error": {"message": rejected.message}})


def _refusing(fault: Fault, delay_s: float) -> Answer:
    """The answer of a fault that strikes before the action."""
    message = {"error": {"message": f"simulated fault: {fault.kind.value}"}}
    match fault.kind:
        case FaultKind.BUSY:
            return Answer(status=429, data=message, headers=(("retry-after", f"{fault.seconds:.0f}"),), after_s=delay_s)
        case FaultKind.FLAPPING:
            return Answer(status=503, data=message, after_s=delay_s)
        case FaultKind.REDIRECT:
            return Answer(status=302, data=message, headers=(("location", "http://elsewhere.example/"),))
        case FaultKind.DROP_BEFORE:
            return Answer(drop=True)
        case _:
            return Answer(status=fault.status, data=message, after_s=delay_s)


def _spoiling(fault: Fault, answer: Answer) -> Answer:
    """The answer of a fault that strikes after the action."""
    match fault.kind:
        case FaultKind.SLOW:
            return Answer(status=answer.status, data=answer.data, after_s=answer.after_s + fault.seconds)
        case FaultKind.DROP_AFTER:
            return Answer(drop=True)
        case FaultKind.CUT:
            return Answer(status=answer.status, data=answer.data, cut=True)
        case FaultKind.GARBAGE:
            return Answer(raw=b"\x00\xff\x13 this is no HTTP \r\n\r\n")
        case FaultKind.BROKEN_JSON:
            return Answer(status=answer.status, body=b'{"power": "o')
        case _:
            return Answer(status=answer.status, body=b'{"padding": "' + b"x" * HUGE + b'"}')


async def _read(connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request, or None when the other side has closed."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                go_on = connection.send(h11.InformationalResponse(status_code=100, headers=[]))
                writer.write(go_on or b"")
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                return None
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            path, _, query = head.target.decode("ascii").partition("?")
            headers = dict(head.headers)
            request_id = headers.get(b"x-request-id")
            return Request(
                method=head.method.decode("ascii"),
                path=path,
                query=dict(parse_qsl(query)),
                request_id=request_id.decode("latin-1") if request_id else None,
                body=bytes(body),
            )
        else:
            return None


def _encode(connection: h11.Connection, answer: Answer) -> bytes:
    """The bytes of an answer, half of its body for a cut one."""
    if answer.raw is not None:
        return answer.raw
    body = answer.body if answer.body is not None else json.dumps(answer.data, separators=(",", ":")).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body))), *answer.headers]
    start = connection.send(h11.Response(status_code=answer.status, headers=headers))
    if answer.cut:
        return (start or b"") + body[: len(body) // 2]
    return (start or b"") + (connection.send(h11.Data(data=body)) or b"") + (connection.send(h11.EndOfMessage()) or b"")
