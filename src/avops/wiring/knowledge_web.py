"""The web as a scout sees it: one request to one checked address, over the connections that tools use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import ToolError

if TYPE_CHECKING:
    from avops.connectors.http_connection import ConnectionPool
    from avops.kb.hosts import Address
    from avops.kb.pages import Raw


class PooledWeb:
    """Pages over the HTTP connector's own connections.

    Each name is resolved once per connection, its addresses are checked, and the connection goes to an address that was
    checked: a name that points into the private network, or that changes between check and use, leads nowhere. Only an
    address that names this machine itself, and that a person allowed as such, may be one of this machine's.
    """

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, int], ConnectionPool] = {}

    async def get(self, address: Address, max_bytes: int) -> Raw:
        """The answer, wherever it leads."""
        import h11

        from avops import __version__
        from avops.connectors.http_connection import ConnectionPool, LostAnswerError
        from avops.kb.pages import Raw

        key = (address.scheme, address.host, address.port)
        if key not in self._pools:
            secure = address.scheme == "https"
            self._pools[key] = ConnectionPool(address.host, address.port, secure=secure, private=address.is_loopback)
        host = f"[{address.host}]" if ":" in address.host else address.host
        usual = address.port == (443 if address.scheme == "https" else 80)
        headers = [
            ("Host", host if usual else f"{host}:{address.port}"),
            ("User-Agent", f"avops/{__version__} (kb scout)"),
            ("Accept", "text/html, text/plain;q=0.8"),
            ("Accept-Encoding", "identity"),
            ("Accept-Language", "en;q=0.9, *;q=0.5"),
        ]
        try:
            response, body = await self._pools[key].send("GET", address.target, headers, b"", max_bytes)
        except LostAnswerError as error:
            raise ToolError(f"{address.host} {error}") from None
        except h11.LocalProtocolError as error:
            raise ToolError(f"the request cannot be sent: {error}") from None
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Raw(status=response.status_code, headers=named, body=body)

    async def close(self) -> None:
        """Drops the connections."""
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()
