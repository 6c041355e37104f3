"""One service that HTTP requests go to: its connections, the headers that every request has, and redirects that stay there."""

from __future__ import annotations

import itertools
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import h11

from avops import __version__
from avops.connectors.http_answer import MAX_BODY, make_answer
from avops.connectors.http_connection import ConnectionPool, LostAnswerError
from avops.errors import AvopsError, ToolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.connectors.http_answer import Answer
    from avops.connectors.http_request import RenderedRequest

_WITH_BODY = ("PATCH", "POST", "PUT")


class Origin:
    """The service behind a URL. `path` is the URL's own path, without a slash at its end."""

    def __init__(self, url: str, *, private: bool) -> None:
        """Raises AvopsError for a URL that names no service."""
        self._url = urlsplit(url.rstrip("/"))
        try:
            host = (self._url.hostname or "").encode("idna").decode()
            port = self._url.port or {"http": 80, "https": 443}[self._url.scheme]
        except (UnicodeError, ValueError):
            raise AvopsError(f"'{url}' is not the address of a service") from None
        if "YOUR-" in url:
            raise AvopsError(f"'{url}' is an example", hint="write your own address there")
        self.path = self._url.path
        self._fixed = (
            ("Host", self._url.netloc),
            ("User-Agent", f"avops/{__version__}"),
            ("Accept", "application/json, */*"),
            ("Accept-Encoding", "identity"),
        )
        first = uuid.uuid4().hex[:20]
        self._request_ids = (f"{first}{number:012x}" for number in itertools.count(1))
        self._pool = ConnectionPool(host, port, secure=self._url.scheme == "https", private=private)

    @property
    def name(self) -> str:
        """Host and port, as a person reads them."""
        return self._url.netloc

    async def send(self, tool: str, request: RenderedRequest, target: str, *, auth: Sequence[tuple[str, str]] = (), lost: str) -> Answer:
        """One answer to one request at a target; of two headers with one name the later counts.

        Raises ToolError; `lost` is what is then known of the action when only the answer is missing.
        """
        lines = _merged([*self._fixed, ("X-Request-Id", next(self._request_ids)), *request.headers, *auth])
        content = request.body or b""
        if request.body is not None or request.method in _WITH_BODY:
            lines.append(("Content-Length", str(len(content))))
        try:
            response, answer = await self._pool.send(request.method, target, lines, content, MAX_BODY)
        except h11.LocalProtocolError as error:
            raise ToolError(f"the request to '{tool}' cannot be sent: {error}") from None
        except LostAnswerError as error:
            raise ToolError(f"'{tool}' {error}", happened=lost) from None
        return make_answer(response.status_code, response.headers, answer)

    def within(self, target: str, link: str) -> str | None:
        """The target that a link leads to from another target, or None when it leads to another origin, or nowhere."""
        try:
            there = urlsplit(urljoin(f"{self._url.scheme}://{self._url.netloc}{target}", link))
            port = there.port
        except ValueError:
            return None
        if (there.scheme, there.hostname, port) != (self._url.scheme, self._url.hostname, self._url.port) or not there.path:
            return None
        return f"{there.path}?{there.query}" if there.query else there.path

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.close()


def _merged(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list({name.lower(): (name, value) for name, value in headers}.values())
