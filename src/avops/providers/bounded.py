"""A connection whose answers are bounded in size. Imports the HTTP client: only to be imported when a model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from avops.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of one answer; the longest that models give today is about a hundredth of it, with all that surrounds the text."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Hands requests on. An answer beyond `MAX_ANSWER`, or a packed one, which could unfold to any size, is a ModelError."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, with a stream that counts."""
        response = await self._inner.handle_async_request(request)
        packed = response.headers.get("content-encoding", "identity")
        if packed != "identity":
            await response.aclose()
            raise ModelError(
                f"'{request.url.netloc.decode()}' answers packed as '{packed}', which was not asked for", hint="unpack it there"
            )
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Counted(response.stream, request.url.netloc.decode())
        return response

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, host: str) -> None:
        self._stream = stream
        self._host = host

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_ANSWER:
                message = f"the answer of '{self._host}' is longer than {MAX_ANSWER // (1024 * 1024)} MiB"
                raise ModelError(message, hint="is 'base_url' that of a model server?")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
