"""Tokens for HTTP tools: fetched when first needed, kept until shortly before they expire, renewed when refused.

RFC 6749 4.4 (client credentials) and 6 (refresh tokens); for Zoom accounts developers.zoom.us, "Server-to-Server OAuth".
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from avops.connectors.http_answer import AnswerPlan, judge
from avops.connectors.http_origin import Origin
from avops.connectors.http_request import RenderedRequest, header_value
from avops.errors import AvopsError, ToolError
from avops.model.http import OAuthAccountAuth, OAuthClientAuth, OAuthRefreshAuth

if TYPE_CHECKING:
    from datetime import datetime

    from avops.model.http import OAuth
    from avops.ports import Clock, SecretSource

# A token that says nothing of its life is taken for a short one.
DEFAULT_LIFE_S = 300
MAX_LIFE_S = 24 * 3600
# So long before its end, or a tenth of its life if that is less, a token is not used any more.
MARGIN_S = 60
# `lost` says no: whatever became of the token, the action itself was not asked for.
_PLAN = AnswerPlan(ok=None, error=None, result=None, lost="no")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: str
    fresh_until: datetime


class TokenSource:
    """The bearer token of one tool. Calls at the same time share one request for it, and its failure."""

    def __init__(self, tool: str, auth: OAuth, secrets: SecretSource, clock: Clock, *, private: bool) -> None:
        self._tool = tool
        self._auth = auth
        self._secrets = secrets
        self._clock = clock
        self._origin = Origin(auth.token_url, private=private)
        self._token: _Token | None = None
        self._lock = asyncio.Lock()
        self._failures = 0
        self._failure: ToolError | None = None

    async def token(self) -> str:
        """A token that should be good; ToolError, with `happened` "no", when there is none to be had."""
        known = self._known()
        if known is not None:
            return known
        before = self._failures
        async with self._lock:
            known = self._known()
            if known is not None:
                return known
            if self._failure is not None and self._failures > before:
                raise self._failure
            try:
                self._token = await self._fetch()
            except ToolError as error:
                self._failure = error
                self._failures += 1
                raise
            return self._token.value

    def reject(self, value: str) -> None:
        """The service refused this token: it is not used again. Nothing happens when it was replaced meanwhile."""
        if self._token is not None and self._token.value == value:
            self._token = None

    async def close(self) -> None:
        """Closes the connections."""
        await self._origin.close()

    def _known(self) -> str | None:
        return self._token.value if self._token is not None and self._clock.now() < self._token.fresh_until else None

    async def _fetch(self) -> _Token:
        headers, fields = self._request()
        target = self._origin.path or "/"
        form = (*headers, ("Content-Type", "application/x-www-form-urlencoded"))
        request = RenderedRequest(method="POST", target=target, headers=form, body=urlencode(fields).encode())
        try:
            answer = await self._origin.send(self._origin.name, request, target, lost="no")
            data = judge(self._origin.name, _PLAN, answer, self._clock.now())
        except ToolError as error:
            hint = "check " + ", ".join(_references(self._auth)) if _was_refused(error) else error.hint
            raise ToolError(f"'{self._tool}' has no token: {error.message}", hint=hint, retry_after_s=error.retry_after_s) from None
        return self._read(data)

    def _read(self, data: object) -> _Token:
        value = data.get("access_token") if isinstance(data, dict) else None
        if (
            not isinstance(data, dict)
            or not isinstance(value, str)
            or not value
            or str(data.get("token_type", "bearer")).lower() != "bearer"
        ):
            raise ToolError(f"'{self._tool}' has no token: '{self._origin.name}' answered without a bearer token")
        self._secrets.remember(value)
        header_value("Authorization", value)  # refuses one that cannot be sent
        life_s = _seconds(data.get("expires_in"))
        return _Token(value=value, fresh_until=self._clock.now() + timedelta(seconds=life_s - min(MARGIN_S, life_s / 10)))

    def _request(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        auth = self._auth
        try:
            client, secret = self._secrets.resolve(auth.client_id), self._secrets.resolve(auth.client_secret)
            # RFC 6749, 2.3.1: identifier and secret are form-encoded before they are joined.
            pair = f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()
            basic = [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]
            named = {"client_id": client, "client_secret": secret}
            if isinstance(auth, OAuthAccountAuth):
                return basic, {"grant_type": "account_credentials", "account_id": self._secrets.resolve(auth.account)}
            if isinstance(auth, OAuthRefreshAuth):
                return [], {"grant_type": "refresh_token", "refresh_token": self._secrets.resolve(auth.refresh_token)} | named
            fields = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
            return (basic, fields) if auth.send == "basic" else ([], fields | named)
        except AvopsError as error:
            raise ToolError(error.message, hint=error.hint) from None


def _was_refused(error: ToolError) -> bool:
    """Whether the service refused the secrets (RFC 6749, 5.2: a 400 or 401)."""
    return "answered 400" in error.message or "answered 401" in error.message


def _references(auth: OAuthClientAuth | OAuthAccountAuth | OAuthRefreshAuth) -> list[str]:
    values = auth.model_dump().values()
    return [value for value in values if isinstance(value, str) and value.startswith(("env:", "keyring:"))]


def _seconds(value: object) -> float:
    """The life of a token; some services write the number as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return DEFAULT_LIFE_S
    return min(float(value), MAX_LIFE_S)
