"""HTTP requests to devices: one pool of connections per device, and what a status says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11

from avops.connectors.device import ConnectedDevices, M, hint_of
from avops.connectors.http_connection import ConnectionPool, LostAnswerError
from avops.errors import ToolError

if TYPE_CHECKING:
    from avops.connectors.device import Device, Order
    from avops.ports import Clock, SecretSource

MAX_BODY = 4 * 1024 * 1024


class HttpDevices(ConnectedDevices[M]):
    """Devices that are spoken to over HTTP."""

    def __init__(self, manifest: M, secrets: SecretSource, clock: Clock) -> None:
        super().__init__(manifest, secrets, clock)
        self._pools: dict[Device, ConnectionPool] = {}

    async def close(self) -> None:
        """Closes the connections."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.close()

    async def send(
        self, order: Order, method: str, target: str, *, body: bytes | None = None, headers: tuple[tuple[str, str], ...] = (), secure: bool
    ) -> tuple[int, bytes]:
        """Status and body; ToolError when there is no connection, when the answer is lost, and for statuses that say so.

        401 and 403 are a refused login; another 4xx and 503 say that nothing was done; a 5xx leaves it open.
        """
        device = order.device
        pool = self._pools.get(device)
        if pool is None:
            pool = self._pools[device] = ConnectionPool(device.host, device.port, secure=secure, private=True)
        host = f"[{device.host}]" if ":" in device.host else device.host
        own = [("Host", f"{host}:{device.port}"), ("Accept", "*/*"), ("Accept-Encoding", "identity"), *headers]
        if body is not None or method == "POST":
            own.append(("Content-Length", str(len(body or b""))))
        try:
            response, content = await pool.send(method, target, own, body or b"", MAX_BODY)
        except LostAnswerError as error:
            raise ToolError(f"'{device}' {error}", happened=order.lost) from None
        except h11.LocalProtocolError as error:
            raise ToolError(f"the request to '{device}' cannot be sent: {error}") from None
        except ToolError as error:
            raise hint_of(error) from None
        if content is None:
            raise ToolError(f"'{device}' answered with more than {MAX_BODY // (1024 * 1024)} MiB", happened=order.lost)
        self._judge(order, response.status_code)
        return response.status_code, content

    def _judge(self, order: Order, status: int) -> None:
        if status == 401:
            hint = "are 'user' and the secret that 'credential' names right?"
            raise ToolError(f"'{order.device}' refused the login", hint=hint)
        if status == 403:
            raise ToolError(f"'{order.device}' does not allow this", hint="is its HTTP interface switched on, and may the user do this?")
        if 300 <= status < 400 or status >= 500:
            happened = "no" if status == 503 else order.lost
            raise ToolError(f"'{order.device}' answered with status {status}", happened=happened)
