"""What an MCP server over streamable HTTP is reached through: checked addresses, bounded answers, failures in words.

The SDK gives one failed request to every request of its session. Here each failure becomes the JSON-RPC error of its
own request, so that it fails one call, and says what was wrong.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx2

from avops.connectors.foreign_text import one_line
from avops.connectors.http_connection import tls_context
from avops.connectors.network import CONNECT_TIMEOUT_S, check_address, resolve
from avops.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

MAX_BODY = 4 * 1024 * 1024
MAX_SHOWN = 300
SESSION_HEADER = "mcp-session-id"  # MCP 2025-11-25, Transports, "Session Management"

# Of our own, in JSON-RPC's range for implementations (JSON-RPC 2.0, 5.1): what happened to a request.
NOT_SENT = -32091
LOST = -32092
SESSION_GONE = -32093


def open_client(headers: Sequence[tuple[str, str]], *, private: bool) -> httpx2.AsyncClient:
    """A client whose every request goes to a checked address; it waits for answers as long as its caller does."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(private=private),
        headers=[*headers, ("Accept-Encoding", "identity")],
        timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,
    )


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Connects to addresses that were checked, and answers for a server that cannot be reached or answers no MCP.

    `private` allows private addresses. Only answers to POST requests are made up: what else fails is no call of anybody's.
    """

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpx2.AsyncHTTPTransport(verify=tls_context())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer: a stream of events as it comes, any other read to its end."""
        try:
            response = await self._sent(request)
        except ToolError as error:
            return _refusal(request, NOT_SENT, f"cannot be reached: {error.message}", error.hint)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            if "SSL" in str(error):
                message = f"makes no secure connection: {_words(error)}"
                return _refusal(request, NOT_SENT, message, "is its certificate valid for the host in 'url'?")
            return _refusal(request, NOT_SENT, "accepts no connection", "is it running, and is 'url' right?")
        except httpx2.TransportError as error:
            return _refusal(request, LOST, f"gave no answer: {_words(error)}")
        try:
            return await _judged(request, response)
        except httpx2.TransportError as error:
            return _refusal(request, LOST, f"broke its answer off: {_words(error)}")
        finally:
            if not _is_stream(response):
                await response.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        """The beginning of the answer from the first address that takes a connection."""
        host, port = request.url.host, request.url.port or {"http": 80, "https": 443}[request.url.scheme]
        addresses = await resolve(host, port)
        for address in addresses:
            check_address(host, address, private=self._private)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_to(request, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_to(request, addresses[-1]))


def _to(request: httpx2.Request, address: str) -> httpx2.Request:
    """The request to an address of its host: the name stays in the Host header, and in what the certificate must say."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


async def _judged(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    if _is_stream(response):
        return httpx2.Response(response.status_code, headers=response.headers, stream=_Events(request, response))
    if response.headers.get("content-encoding", "identity") != "identity":
        return _refusal(request, LOST, "compressed its answer although it was asked not to")
    body = await _bounded(response)
    if body is None:
        return _refusal(request, LOST, f"answered with more than {MAX_BODY // 1024} KiB")
    if response.status_code < 400:
        return httpx2.Response(response.status_code, headers=response.headers, content=body)
    return _judged_error(request, response, body)


def _judged_error(request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
    status = response.status_code
    said, is_whole = _rpc_error(body)
    # Servers should answer 404 (MCP 2025-11-25, Transports, "Session Management"); many answer 400 and say so in words.
    if SESSION_HEADER in request.headers and (status == 404 or (status == 400 and "session" in said.lower())):
        return _refusal(request, SESSION_GONE, "ended the session", status=404)
    if is_whole:
        return httpx2.Response(status, headers=response.headers, content=body)
    words = one_line(said or body.decode("utf-8", "replace"))[:MAX_SHOWN]
    hint = "check 'auth' of the tool, and its secret" if status in (401, 403) else None
    return _refusal(request, NOT_SENT if status < 500 else LOST, f"answered {status}{f': {words}' if words else ''}", hint, status=status)


class _Events(httpx2.AsyncByteStream):
    """A stream of events; where it breaks off, one more event says so, and the caller need not wait for a second try.

    The SDK would try twice to continue a stream that broke, a second apart each.
    """

    def __init__(self, request: httpx2.Request, response: httpx2.Response) -> None:
        self._request = request
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.stream:  # type: ignore[union-attr]  # an asynchronous client's answers are asynchronous
                yield chunk
        except httpx2.TransportError as error:
            if self._request.method != "POST":
                raise
            message = _error(LOST, f"broke its answer off: {_words(error)}", None, json.loads(self._request.content).get("id"))
            yield f"\n\nevent: message\ndata: {json.dumps(message)}\n\n".encode()

    async def aclose(self) -> None:
        await self._response.aclose()


async def _bounded(response: httpx2.Response) -> bytes | None:
    """The body; None for one above `MAX_BODY`."""
    body = bytearray()
    stream: AsyncIterator[bytes] = response.aiter_raw()
    async for chunk in stream:
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _is_stream(response: httpx2.Response) -> bool:
    return response.status_code < 300 and str(response.headers.get("content-type", "")).lower().startswith("text/event-stream")


def _rpc_error(body: bytes) -> tuple[str, bool]:
    """The message of a JSON-RPC error, and whether the SDK can read it; some servers leave out the `id`."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return "", False
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return "", False
    is_whole = (
        data.get("jsonrpc") == "2.0" and "id" in data and isinstance(error.get("code"), int) and isinstance(error.get("message"), str)
    )
    return str(error.get("message", "")), is_whole


def _refusal(request: httpx2.Request, code: int, message: str, hint: str | None = None, *, status: int = 502) -> httpx2.Response:
    """The answer that makes the SDK fail this one request with our words."""
    if request.method != "POST":
        return httpx2.Response(status)
    return httpx2.Response(status, json=_error(code, message, hint, None))


def _error(code: int, message: str, hint: str | None, request_id: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message, "data": {"hint": hint}}}


def _words(error: Exception) -> str:
    return one_line(str(error))[:MAX_SHOWN] or type(error).__name__
