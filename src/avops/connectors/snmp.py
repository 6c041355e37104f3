"""Tools of kind `snmp`: SNMP agents, version 1 and 2c with a community (RFC 1157, RFC 3416, RFC 3584).

`puresnmp` writes and reads the messages; it comes with `avops[snmp]` and is imported at the first call. The datagrams are sent
here, so that a call that is cancelled leaves no socket behind.
"""

from __future__ import annotations

import asyncio
import string
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from avops.connectors.device import ConnectedDevices, DeviceConnector
from avops.connectors.network import resolve
from avops.errors import ToolError
from avops.model.tool import SnmpTool

if TYPE_CHECKING:
    from avops.connectors.device import Order
    from avops.ports import Clock, SecretSource

_PRINTABLE = frozenset(string.printable.encode()) - set(b"\x0b\x0c")
_REFUSALS = {  # RFC 3416, 3: error-status
    "AuthorizationError": "does not allow this to the community",
    "BadValue": "does not take the value",
    "GenErr": "had an error of its own",
    "InconsistentValue": "does not take the value now",
    "NoAccess": "does not allow access to the object",
    "NoCreation": "has no such object",
    "NoSuchOID": "has no such object",
    "NotWritable": "does not let the object be written",
    "ReadOnly": "does not let the object be written",
    "ResourceUnavailable": "lacks the resources for this",
    "TooBig": "cannot put the answer into one message",
    "WrongLength": "does not take a value of this length",
    "WrongType": "does not take a value of this type",
    "WrongValue": "does not take the value",
}
_MAYBE = ("CommitFailed", "GenErr", "UndoFailed")
"""After these the object may have changed."""


class SnmpDevices(ConnectedDevices[SnmpTool]):
    """A `Tool` over SNMP."""

    health_action = "get"
    answer_s: ClassVar[float] = 1.0
    """How long an answer may take before a read is asked again."""
    tries: ClassVar[int] = 5
    """How often a read is asked; a write is sent once."""

    def __init__(self, manifest: SnmpTool, secrets: SecretSource, clock: Clock) -> None:
        super().__init__(manifest, secrets, clock)
        self._community: str | None = None

    async def call(self, action: str, arguments: Any) -> object:
        """See `Tool.call`. A health check, which has no arguments, reads the agent's description (RFC 3418, sysDescr)."""
        if action == "get" and "oid" not in arguments:
            arguments = {**arguments, "oid": "1.3.6.1.2.1.1.1.0"}
        return await super().call(action, arguments)

    async def perform(self, order: Order) -> object:
        """One request, or one per object of a walk."""
        puresnmp = _library()
        address = (await resolve(order.device.host, order.device.port))[0]
        if self._community is None:
            self._community = self.secret(self.manifest.credential) or "public"
        version = puresnmp.V1 if self.manifest.version == "1" else puresnmp.V2C
        exchange = _Exchange(order, self.answer_s, self.tries if order.reads else 1)
        client = puresnmp.Client(address, version(self._community), port=order.device.port, sender=exchange)
        try:
            return await self._ask(client, order)
        except ToolError:
            raise
        except puresnmp.exc.ErrorResponse as error:
            name = type(error).__name__
            reason = _REFUSALS.get(name, f"answered with the error {name}")
            happened = "unknown" if name in _MAYBE and not order.reads else "no"
            raise ToolError(f"'{order.device}' {reason}: {order.arguments['oid']}", happened=happened) from None
        except Exception as error:  # the decoder raises what it likes for a message that is none
            message = f"'{order.device}' answered with something that is not SNMP ({type(error).__name__})"
            raise ToolError(message, happened=order.lost) from None

    async def _ask(self, client: Any, order: Order) -> object:
        puresnmp = _library()
        oid = puresnmp.ObjectIdentifier(str(order.arguments["oid"]).lstrip("."))
        match order.action:
            case "get":
                return self._known(order, _row(str(oid), await client.get(oid)))
            case "set":
                written = _row(str(oid), await client.set(oid, _encoded(order.arguments["type"], order.arguments["value"])))
                self._known(order, written)
                return {"done": True}
            case _:
                most = order.arguments["most"]
                assert isinstance(most, int)
                rows: list[dict[str, object]] = []
                async for found in client.walk(oid):
                    if len(rows) == most:
                        return {"rows": rows, "complete": False}
                    rows.append(_row(str(found.oid), found.value))
                return {"rows": rows, "complete": True}

    def _known(self, order: Order, row: dict[str, object]) -> dict[str, object]:
        if row["type"] == "absent":
            raise ToolError(f"'{order.device}' has no such object: {order.arguments['oid']}")
        return row


def _library() -> Any:
    try:
        import puresnmp
        import puresnmp.exc
    except ImportError:
        raise ToolError("tools of kind 'snmp' need the package puresnmp", hint="run 'pip install avops[snmp]'") from None
    # It warns at every message of version 1 that its support is new; a person at a terminal can do nothing about that.
    warnings.filterwarnings("ignore", message="Experimental SNMPv1 support", category=UserWarning)
    return puresnmp


class _Exchange:
    """Sends a datagram and gives the one that comes back from the agent."""

    def __init__(self, order: Order, answer_s: float, tries: int) -> None:
        self._order = order
        self._answer_s = answer_s
        self._tries = tries

    async def __call__(self, endpoint: Any, packet: bytes, **asked: object) -> bytes:
        """The answer's bytes. How often and how long is for this class to say, whatever the library asks for."""
        device = self._order.device
        try:
            transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
                _Answer, remote_addr=(str(endpoint.ip), endpoint.port)
            )
        except OSError as error:
            raise ToolError(f"'{device}' cannot be reached: {error.strerror}") from None
        try:
            for _ in range(self._tries):
                transport.sendto(packet)
                try:
                    async with asyncio.timeout(self._answer_s if self._tries > 1 else self._answer_s * SnmpDevices.tries):
                        return await asyncio.shield(protocol.answer)
                except TimeoutError:
                    continue
                except OSError:
                    hint = "is its SNMP agent switched on, and is 'port' right?"
                    raise ToolError(f"'{device}' has no SNMP agent on port {device.port}", hint=hint) from None
        finally:
            protocol.answer.cancel()
            transport.close()
        hint = "is it on this network, and is the community that 'credential' names right? an agent does not answer a wrong one"
        raise ToolError(f"'{device}' did not answer", hint=hint, happened=self._order.lost)


class _Answer(asyncio.DatagramProtocol):
    """The first datagram that arrives."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


def _row(oid: str, found: Any) -> dict[str, object]:
    """One object: its name, the type of its value, and the value as JSON can hold it."""
    name = type(found).__name__
    value: Any = getattr(found, "value", None)
    match name:
        case "OctetString" | "Opaque":
            data = bytes(value)
            text = all(byte in _PRINTABLE for byte in data)
            return {"oid": oid, "type": "text" if text else "bytes", "value": data.decode("ascii") if text else f"0x{data.hex()}"}
        case "Integer":
            return {"oid": oid, "type": "integer", "value": int(value)}
        case "Counter" | "Counter64":
            return {"oid": oid, "type": "counter", "value": int(value)}
        case "Gauge":
            return {"oid": oid, "type": "gauge", "value": int(value)}
        case "TimeTicks":
            return {"oid": oid, "type": "ticks", "value": int(value)}
        case "ObjectIdentifier":
            return {"oid": oid, "type": "oid", "value": str(value)}
        case "IpAddress":
            return {"oid": oid, "type": "ip", "value": str(value)}
        case "Null":
            return {"oid": oid, "type": "null", "value": None}
        case _:  # NoSuchObject, NoSuchInstance, EndOfMibView
            return {"oid": oid, "type": "absent", "value": None}


def _encoded(kind: object, value: object) -> Any:
    """A value as the library takes it; ToolError when it is not of its type."""
    from ipaddress import IPv4Address

    from puresnmp import types
    from x690.types import Integer, ObjectIdentifier, OctetString

    text = str(value)
    try:
        match kind:
            case "text":
                return OctetString(text.encode())
            case "bytes":
                return OctetString(bytes.fromhex(text.removeprefix("0x")))
            case "oid":
                return ObjectIdentifier(text.lstrip("."))
            case "ip":
                return types.IpAddress(IPv4Address(text))
            case "gauge":
                return types.Gauge(int(text))
            case "ticks":
                return types.TimeTicks(int(text))
            case _:
                return Integer(int(text))
    except ValueError:
        raise ToolError(f"'{text[:60]}' is no value of type '{kind}'") from None


class SnmpConnector(DeviceConnector[SnmpTool]):
    """Makes tools of kind `snmp`."""

    manifest_type = SnmpTool
    tool_type = SnmpDevices
