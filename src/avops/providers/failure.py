"""What went wrong between avops and a model server, as one sentence with what mends it, and without a secret."""

from __future__ import annotations

import email.utils
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avops.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from avops.providers.endpoint import Endpoint

LONGEST_WORDS = 300
_PASSING = frozenset({408, 409, 425, 429})
_SPENT = frozenset({"billing_error", "billing_hard_limit_reached", "insufficient_quota"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A request that failed: `message` and `hint` for people, and whether a repeat may help."""

    message: str
    hint: str | None = None
    is_passing: bool = False
    retry_after_s: float | None = None

    def error(self, tries: int = 1) -> ModelError:
        """The error that is raised after so many tries."""
        after = f", after {tries} tries" if tries > 1 else ""
        return ModelError(f"{self.message}{after}", hint=self.hint)


def judge(error: Exception, sdk: ModuleType, endpoint: Endpoint, model: str) -> Failure | None:
    """The failure behind an exception of an SDK or of its HTTP client; None for any other exception.

    Both SDKs name their exceptions alike: `APIStatusError` with `status_code`, `response` and `body`, `APITimeoutError`, and
    `APIConnectionError`, all of them `APIError`.
    """
    import httpx2

    if isinstance(error, sdk.APIStatusError):
        return _refused(error, endpoint, model)
    if isinstance(error, sdk.APITimeoutError | httpx2.TimeoutException):
        return Failure(
            message=f"'{endpoint.host}' did not answer in time", hint="try again later, or choose another model", is_passing=True
        )
    if isinstance(error, sdk.APIConnectionError | httpx2.HTTPError):
        return _unreachable(error, endpoint)
    if isinstance(error, sdk.APIError):
        return Failure(message=f"'{endpoint.host}' reports: {words(error, endpoint)}", hint="try again later")
    return None


def cut_short(error: Exception, sdk: ModuleType, endpoint: Endpoint) -> ModelError:
    """An answer that had begun: what the server said in its middle, or that it broke off."""
    if isinstance(error, sdk.APIError) and not isinstance(error, sdk.APIConnectionError):
        return reported(endpoint, words(error, endpoint))
    return broken_off(endpoint)


def broken_off(endpoint: Endpoint) -> ModelError:
    """An answer that ended before it was whole."""
    return ModelError(f"the answer of '{endpoint.host}' broke off", hint="ask again; nothing of a half answer is used")


def reported(endpoint: Endpoint, message: str | None) -> ModelError:
    """An error that came within an answer."""
    return ModelError(f"'{endpoint.host}' gave up on the answer: {_clean(message or 'it did not say why', endpoint)}", hint="ask again")


def not_understood(endpoint: Endpoint) -> ModelError:
    """An answer that is not what the API describes."""
    return ModelError(
        f"'{endpoint.host}' answered with something that is no answer of a model", hint="is 'base_url' right? avops settings show"
    )


def words(error: object, endpoint: Endpoint) -> str:
    """What the server said of an error, short, on one line and without the key."""
    body = getattr(error, "body", None)
    for key in ("error", "message", "detail"):
        if isinstance(body, dict) and key in body:
            body = body[key]
    if isinstance(body, dict):
        body = body.get("message")
    return _clean(body if isinstance(body, str) and body.strip() else str(getattr(error, "message", "") or "it did not say why"), endpoint)


def _clean(text: str, endpoint: Endpoint) -> str:
    if endpoint.key:
        text = text.replace(endpoint.key, "«redacted»")
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}…"


def _refused(error: Any, endpoint: Endpoint, model: str) -> Failure:
    status, host, headers = int(error.status_code), endpoint.host, error.response.headers
    if status == 401:
        if endpoint.key is None:
            return Failure(message=f"'{host}' wants a key", hint="avops settings set api_key env:NAME, and set NAME in the environment")
        return Failure(message=f"'{host}' refuses the key {endpoint.key_name}", hint="avops settings show says where it comes from")
    if status == 403:
        return Failure(
            message=f"the key {endpoint.key_name} may not use '{model}' at '{host}'", hint="avops settings show, or ask the account's owner"
        )
    if status == 404:
        return Failure(message=f"'{host}' has no model '{model}'", hint="avops settings set model NAME, or mend 'base_url'")
    if status == 402 or getattr(error, "code", None) in _SPENT or getattr(error, "type", None) in _SPENT:
        return Failure(message=f"the account at '{host}' has no credit left", hint="add credit at the provider")
    if 300 <= status < 400:
        return Failure(message=f"'{host}' answers from another address", hint="write that address: avops settings set base_url URL")
    if status in _PASSING or status >= 500:
        says_no = headers.get("x-should-retry") == "false"
        state = "is busy" if status in (429, 529) else "has a fault"
        delay = retry_after(headers)
        wait = f"; it asks for {delay:.0f} s" if delay is not None and delay >= 1 else ""
        return Failure(
            message=f"'{host}' {state} (status {status}{wait})",
            hint="try again later",
            is_passing=not says_no,
            retry_after_s=delay,
        )
    return Failure(
        message=f"'{host}' refuses the request (status {status}): {words(error, endpoint)}",
        hint="does the model know what was asked of it? avops settings test",
    )


def _unreachable(error: Exception, endpoint: Endpoint) -> Failure:
    cause: BaseException | None = error
    for _ in range(8):
        if isinstance(cause, ModelError):  # of our own connection
            return Failure(message=cause.message, hint=cause.hint)
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", None) or "no secure connection"
            return Failure(message=f"'{endpoint.host}' is not trusted by this machine: {reason}", hint="SSL_CERT_FILE may name your own CA")
        cause = (cause.__cause__ or cause.__context__) if cause is not None else None
    return Failure(
        message=f"'{endpoint.host}' cannot be reached", hint="is the network up, the server running, and 'base_url' right?", is_passing=True
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds a server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110 10.2.3)."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    parsed = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return None if parsed is None else max(0.0, email.utils.mktime_tz(parsed) - time.time())
