"""Tools of kind `http`: an HTTP API described by its requests.

One tool has one pool of connections, shared by all runs of the process. See `network` for the addresses it may
connect to, `http_connection` for the wire, `http_origin` for what every request has, `http_request` and `http_body` for what
arguments may say, `http_answer` for what an answer means, `http_pages` for lists, `oauth` for tokens.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.connectors.arguments import complete
from avops.connectors.headers import auth_headers
from avops.connectors.http_answer import AnswerPlan, check, judge, plan_answer
from avops.connectors.http_origin import Origin
from avops.connectors.http_pages import PagePlan, PageReader, plan_pages
from avops.connectors.http_request import RenderedRequest, RequestPlan, check_header_names, header_value, plan_request, render_request
from avops.connectors.oauth import TokenSource
from avops.connectors.rate import RateLimit
from avops.errors import AvopsError, ToolError
from avops.model.http import OAuth
from avops.model.tool import HttpTool
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
    """Makes tools of kind `http`; bodies that are files are read below `project_root`."""

    def __init__(self, *, project_root: Path | None = None, clock: Clock | None = None) -> None:
        self._root = project_root
        self._clock = clock or SystemClock()

    def open(self, manifest: ToolBase, secrets: SecretSource) -> ConnectedHttpTool:
        """A tool that connects when it is first called.

        Raises AvopsError, naming the action, for a manifest whose requests cannot be made.
        """
        if not isinstance(manifest, HttpTool):
            raise AvopsError(f"'{manifest.name}' is not a tool of kind 'http'")
        try:
            return ConnectedHttpTool(manifest, secrets, self._clock, self._root)
        except AvopsError as error:
            raise AvopsError(f"tool '{manifest.name}': {error.message}", hint=error.hint) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedAction:
    manifest: HttpAction
    request: RequestPlan
    answer: AnswerPlan
    pages: PagePlan | None


class ConnectedHttpTool:
    """A `Tool` over HTTP. Secrets are resolved at the first call and kept for the life of the tool."""

    def __init__(self, manifest: HttpTool, secrets: SecretSource, clock: Clock, root: Path | None) -> None:
        self._manifest = manifest
        self._secrets = secrets
        self._clock = clock
        self._root = root
        self._limit = RateLimit(manifest.rate_limit, clock) if manifest.rate_limit else None
        self._actions = {name: _planned(name, action) for name, action in manifest.actions.items()}
        check_header_names(manifest.headers, "headers")
        self._headers = tuple((name, header_value(name, value)) for name, value in manifest.headers.items())
        self._origin = Origin(manifest.base_url, private=manifest.private)
        auth = manifest.auth
        self._tokens = TokenSource(manifest.name, auth, secrets, clock, private=manifest.private) if isinstance(auth, OAuth) else None
        self._auth: tuple[tuple[str, str], ...] | None = None

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The result of one action; see `Tool.call`."""
        planned = self._actions.get(action)
        if planned is None:
            known = ", ".join(sorted(self._actions))
            raise ToolError(f"'{self._manifest.name}' has no action '{action}'; expected one of: {known}")
        rendered = await render_request(planned.request, complete(planned.manifest, arguments), self._root)
        request = rendered if not self._headers else replace(rendered, headers=(*self._headers, *rendered.headers))
        if planned.pages is not None:
            return await self._read_pages(planned, planned.pages, request)
        answer = await self._exchange(request, self._origin.path + request.target, planned.answer.lost)
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
        await self._origin.close()
        if self._tokens is not None:
            await self._tokens.close()

    async def _check(self) -> str:
        health = self._manifest.health
        if health is not None and health.action is not None:
            await self.call(health.action, {})
            return f"'{health.action}' answered"
        path = health.get if health is not None else None
        request = RenderedRequest(method="GET", target=path or "", headers=self._headers, body=None)
        answer = await self._exchange(request, self._origin.path + request.target or "/", "no")
        if path is None:
            return f"answered {answer.status}; its file says no 'health' to look at"
        judge(self._manifest.name, _HEALTH, answer, self._clock.now())
        return f"answered {answer.status}"

    async def _read_pages(self, planned: _PlannedAction, pages: PagePlan, request: RenderedRequest) -> dict[str, object]:
        async def ask(target: str) -> Mapping[str, object]:
            answer = await self._exchange(request, target, planned.answer.lost)
            return check(self._manifest.name, planned.answer, answer, self._clock.now())

        return await PageReader(self._manifest.name, pages, self._origin, ask).read(self._origin.path + request.target)

    async def _exchange(self, request: RenderedRequest, target: str, lost: str) -> Answer:
        """The answer to a request. A GET follows redirects on the same host; any other redirect is an answer."""
        if self._limit is not None:
            await self._limit.take()
        answer = await self._send(request, target, lost)
        for _ in range(MAX_REDIRECTS):
            if request.method != "GET" or not 300 <= answer.status < 400:
                break
            there = self._origin.within(target, answer.headers.get("location", ""))
            if there is None:
                break
            target = there
            answer = await self._send(request, target, lost)
        return answer

    async def _send(self, request: RenderedRequest, target: str, lost: str) -> Answer:
        """One answer. A token that is refused (401: nothing was done) is renewed, and the request is sent once more."""
        token = await self._tokens.token() if self._tokens is not None else None
        answer = await self._send_as(request, target, lost, token)
        if answer.status == 401 and self._tokens is not None and token is not None:
            self._tokens.reject(token)
            answer = await self._send_as(request, target, lost, await self._tokens.token())
        return answer

    async def _send_as(self, request: RenderedRequest, target: str, lost: str, token: str | None) -> Answer:
        return await self._origin.send(self._manifest.name, request, target, auth=self._auth_headers(token), lost=lost)

    def _auth_headers(self, token: str | None) -> tuple[tuple[str, str], ...]:
        if token is not None:
            return (("Authorization", f"Bearer {token}"),)
        if self._auth is None:
            auth = self._manifest.auth
            self._auth = () if isinstance(auth, OAuth) else auth_headers(auth, self._secrets)
        return self._auth


def _planned(name: str, action: HttpAction) -> _PlannedAction:
    return _PlannedAction(
        manifest=action,
        request=plan_request(name, action),
        answer=plan_answer(name, action),
        pages=None if action.pages is None else plan_pages(action.pages, f"action '{name}'"),
    )
