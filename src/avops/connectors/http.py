"""Tools of kind `http`: an HTTP API described by its requests.

One tool has one pool of connections, shared by all runs of the process. See `network` for the addresses it may
connect to, `http_connection` for the wire, `http_request` for what arguments may say, `http_answer` for what an answer means.
"""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import h11

from avops import __version__
from avops.connectors.arguments import complete
from avops.connectors.http_answer import MAX_BODY, AnswerPlan, judge, make_answer, plan_answer
from avops.connectors.http_connection import ConnectionPool, LostAnswerError
from avops.connectors.http_request import RenderedRequest, RequestPlan, header_value, plan_request, render_request
from avops.connectors.rate import RateLimit
from avops.errors import AvopsError, ToolError
from avops.model.tool import BasicAuth, BearerAuth, HttpTool
from avops.ports import HealthReport
from avops.project.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.connectors.http_answer import Answer
    from avops.model.tool import HttpAction, ToolBase
    from avops.ports import Clock, SecretSource

HEALTH_TIMEOUT_S = 10.0
MAX_REDIRECTS = 3
# `lost` says no: a health check changes nothing.
_HEALTH = AnswerPlan(ok=None, error=None, result=None, lost="no")


class HttpConnector:
    """Makes tools of kind `http`."""

    def __init__(self, *, project_root: Path | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def open(self, manifest: ToolBase, secrets: SecretSource) -> ConnectedHttpTool:
        """A tool that connects when it is first called.

        Raises AvopsError, naming the action, for a manifest whose requests cannot be made.
        """
        if not isinstance(manifest, HttpTool):
            raise AvopsError(f"'{manifest.name}' is not a tool of kind 'http'")
        try:
            return ConnectedHttpTool(manifest, secrets, self._clock)
        except AvopsError as error:
            raise AvopsError(f"tool '{manifest.name}': {error.message}", hint=error.hint) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedAction:
    manifest: HttpAction
    request: RequestPlan
    answer: AnswerPlan


class ConnectedHttpTool:
    """A `Tool` over HTTP. Secrets are resolved at the first call and kept for the life of the tool."""

    def __init__(self, manifest: HttpTool, secrets: SecretSource, clock: Clock) -> None:
        self._manifest = manifest
        self._secrets = secrets
        self._clock = clock
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None
        self._actions = {
            name: _PlannedAction(manifest=action, request=plan_request(name, action), answer=plan_answer(name, action))
            for name, action in manifest.actions.items()
        }
        self._base = urlsplit(manifest.base_url.rstrip("/"))
        try:
            host = (self._base.hostname or "").encode("idna").decode()
            port = self._base.port or {"http": 80, "https": 443}[self._base.scheme]
        except (UnicodeError, ValueError):
            raise AvopsError(f"'{manifest.base_url}' is not the address of a service") from None
        self._pool = ConnectionPool(host, port, secure=self._base.scheme == "https", private=manifest.private)
        self._auth: tuple[tuple[str, str], ...] | None = None

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The result of one action; see `Tool.call`."""
        planned = self._actions.get(action)
        if planned is None:
            known = ", ".join(sorted(self._actions))
            raise ToolError(f"'{self._manifest.name}' has no action '{action}'; expected one of: {known}")
        request = render_request(planned.request, complete(planned.manifest, arguments))
        if self._limit is not None:
            await self._limit.take()
        answer = await self._exchange(request, planned.answer.lost)
        return judge(self._manifest.name, planned.answer, answer, self._clock.now())

    async def health(self) -> HealthReport:
        """Whether the service answers what its `health` says; without one, whether it answers at all."""
        started = time.perf_counter()
        ok, detail, hint = True, "", None
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                detail = await self._check()
        except AvopsError as error:
            ok, detail, hint = False, error.message, error.hint
        except TimeoutError:
            ok, detail = False, f"'{self._manifest.name}' did not answer within {HEALTH_TIMEOUT_S:.0f} s"
        return HealthReport(ok=ok, latency_s=time.perf_counter() - started, detail=detail, hint=hint)

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.close()

    async def _check(self) -> str:
        health = self._manifest.health
        if health is not None and health.action is not None:
            await self.call(health.action, {})
            return f"'{health.action}' answered"
        path = health.get if health is not None else None
        answer = await self._exchange(RenderedRequest(method="GET", target=path or "", headers=(), body=None), "no")
        if path is None:
            return f"answered {answer.status}; its file says no 'health' to look at"
        judge(self._manifest.name, _HEALTH, answer, self._clock.now())
        return f"answered {answer.status}"

    async def _exchange(self, request: RenderedRequest, lost: str) -> Answer:
        """The answer to a request. A GET follows redirects on the same host; any other redirect is an answer."""
        target = self._base.path + request.target or "/"
        answer = await self._send(request, target, lost)
        for _ in range(MAX_REDIRECTS):
            if request.method != "GET" or not 300 <= answer.status < 400 or (next_target := self._redirected(target, answer)) is None:
                break
            target = next_target
            answer = await self._send(request, target, lost)
        return answer

    async def _send(self, request: RenderedRequest, target: str, lost: str) -> Answer:
        headers = [*self._own_headers(), *request.headers]
        body = request.body or b""
        if request.body is not None or request.method in ("PATCH", "POST", "PUT"):
            headers.append(("Content-Length", str(len(body))))
        tool = self._manifest.name
        try:
            response, content = await self._pool.send(request.method, target, headers, body, MAX_BODY)
        except h11.LocalProtocolError as error:
            raise ToolError(f"the request to '{tool}' cannot be sent: {error}") from None
        except LostAnswerError as error:
            raise ToolError(f"'{tool}' {error}", happened=lost) from None
        return make_answer(response.status_code, response.headers, content)

    def _redirected(self, target: str, answer: Answer) -> str | None:
        """Where a redirect of this host leads, or None when it leads to another host, or nowhere."""
        here = f"{self._base.scheme}://{self._base.netloc}{target}"
        try:
            there = urlsplit(urljoin(here, answer.headers.get("location", "")))
            port = there.port
        except ValueError:
            return None
        if (there.scheme, there.hostname, port) != (self._base.scheme, self._base.hostname, self._base.port) or not there.path:
            return None
        return f"{there.path}?{there.query}" if there.query else there.path

    def _own_headers(self) -> list[tuple[str, str]]:
        if self._auth is None:
            try:
                self._auth = self._auth_headers()
            except AvopsError as error:
                raise ToolError(error.message, hint=error.hint) from None
        return [
            ("Host", self._base.netloc),
            ("User-Agent", f"avops/{__version__}"),
            ("Accept", "application/json, */*"),
            ("Accept-Encoding", "identity"),
            ("X-Request-Id", uuid.uuid4().hex),
            *self._auth,
        ]

    def _auth_headers(self) -> tuple[tuple[str, str], ...]:
        auth = self._manifest.auth
        if auth is None:
            return ()
        if isinstance(auth, BearerAuth):
            return (("Authorization", header_value("Authorization", f"Bearer {self._secrets.resolve(auth.token)}")),)
        if isinstance(auth, BasicAuth):
            pair = f"{auth.user}:{self._secrets.resolve(auth.password)}".encode()
            return (("Authorization", f"Basic {base64.b64encode(pair).decode()}"),)
        return ((auth.name, header_value(auth.name, self._secrets.resolve(auth.value))),)
