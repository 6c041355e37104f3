"""Tools of kind `ping`: whether a host answers an ICMP echo, or, without a ping program, a TCP connection.

A host that refuses the connection is there: something sent the refusal (RFC 9293, 3.5.2).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from avops.connectors.device import ConnectedDevices, DeviceConnector
from avops.connectors.network import resolve
from avops.connectors.process import run_process
from avops.model.tool import PingTool
from avops.ports import HealthReport

if TYPE_CHECKING:
    from avops.connectors.device import Order

TIMEOUT_S = 2.0
_TIME = re.compile(rb"time[=<]([0-9.]+) ?ms")


class PingDevices(ConnectedDevices[PingTool]):
    """A `Tool` that looks whether hosts answer."""

    health_action = "ping"

    async def perform(self, order: Order) -> object:
        """One echo, or one connection; ToolError only for a host that has no address."""
        address = (await resolve(order.device.host, order.device.port))[0]
        program = shutil.which("ping")
        if program is not None:
            return await _echo(program, address)
        return await _connect(address, order.device.port)

    async def health(self) -> HealthReport:
        """Well when the host answers."""
        report = await super().health()
        if not report.ok or self.manifest.host is None:
            return report
        found = await self.call("ping", {})
        if isinstance(found, dict) and not found["reachable"]:
            hint = "is it switched on and on this network?"
            return HealthReport(ok=False, latency_s=report.latency_s, detail=f"'{self.manifest.host}' does not answer", hint=hint)
        return report


async def _echo(program: str, address: str) -> object:
    """One ICMP echo by the system's program; the address is one, never a name, and cannot be read as an option."""
    argv = [program, "-n", "-c", "1", "-W", f"{TIMEOUT_S:.0f}", address]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
    finished = await run_process(argv, cwd=Path("/"), environment=environment, stdin=None, lost="no")
    match = _TIME.search(finished.output)
    reachable = finished.exit_code == 0
    return {"reachable": reachable, "latency_ms": float(match[1]) if match and reachable else None, "method": "icmp"}


async def _connect(address: str, port: int) -> object:
    started = time.perf_counter()
    reachable = True
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(address, port)
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        pass  # refused or reset by the host itself
    except OSError:  # TimeoutError is one too
        reachable = False
    latency_ms = round((time.perf_counter() - started) * 1000, 3) if reachable else None
    return {"reachable": reachable, "latency_ms": latency_ms, "method": "tcp"}


class PingConnector(DeviceConnector[PingTool]):
    """Makes tools of kind `ping`."""

    manifest_type = PingTool
    tool_type = PingDevices
