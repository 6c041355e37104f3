"""Tools of kind `wol`: the magic packet that wakes a device (AMD, Magic Packet Technology, publication 20213, 1995).

Six bytes FF, then the MAC address sixteen times, as a UDP datagram to a broadcast address, by custom to port 9.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from avops.connectors.device import ConnectedDevices, DeviceConnector
from avops.connectors.network import resolve
from avops.errors import ToolError
from avops.model.tool import WakeOnLanTool
from avops.ports import HealthReport

if TYPE_CHECKING:
    from avops.connectors.device import Order


def magic_packet(mac: str) -> bytes:
    """The packet for a MAC address, written with `:`, with `-` or with nothing between its bytes."""
    return b"\xff" * 6 + bytes.fromhex(mac.replace(":", "").replace("-", "")) * 16


class WakeOnLanDevices(ConnectedDevices[WakeOnLanTool]):
    """A `Tool` that sends magic packets."""

    async def perform(self, order: Order) -> object:
        """Sends one packet; that it left this machine is all that is known."""
        port = order.device.port
        address = (await resolve(order.device.host, port))[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            try:
                await asyncio.get_running_loop().sock_sendto(
                    sender, magic_packet(str(order.arguments["mac"])), (address, order.device.port)
                )
            except OSError as error:
                hint = "'host' is a broadcast address of a network that this machine is in"
                raise ToolError(f"the packet to '{order.device}' cannot be sent: {error.strerror}", hint=hint) from None
        return {"sent": True}

    async def health(self) -> HealthReport:
        """Nothing answers a magic packet, so that there is nothing to ask."""
        return HealthReport(ok=True, latency_s=0.0, detail="nothing was asked: no device answers a magic packet")


class WakeOnLanConnector(DeviceConnector[WakeOnLanTool]):
    """Makes tools of kind `wol`."""

    manifest_type = WakeOnLanTool
    tool_type = WakeOnLanDevices
