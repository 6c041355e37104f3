"""From an HTTP answer to an action's result, or to a ToolError that says what is known of the action.

A 4xx was rejected, so nothing happened; a 429 or a 503 with `Retry-After` was put off (RFC 9110, 10.2.3). Any other
5xx, a redirect of a write and an answer that cannot be read leave open whether a write was carried out.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn, TypeVar

from avops.connectors.foreign_text import one_line
from avops.errors import AvopsError, ToolError
from avops.expression import ExpressionError, parse_expression, parse_template
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from avops.expression import Expression, Template
    from avops.model.tool import HttpAction

MAX_BODY = 4 * 1024 * 1024
MAX_MESSAGE = 300
Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlan:
    """How an action's answer is judged. `lost` is what is known of the action when its answer is lost."""

    ok: Expression | None
    error: Template | None
    result: Template | None
    lost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; header names are lower-case, a body above `MAX_BODY` is None."""

    status: int
    headers: dict[str, str]
    body: bytes | None


def plan_answer(name: str, action: HttpAction) -> AnswerPlan:
    """The plan of an action's answer; AvopsError, naming the place, for an expression that cannot be used."""
    where = f"action '{name}'"
    plan = AnswerPlan(
        ok=None if action.ok is None else _parsed(parse_expression, action.ok, f"{where}: ok"),
        error=None if action.error is None else _parsed(parse_template, action.error, f"{where}: error"),
        result=None if action.result is None else _parsed(parse_template, action.result, f"{where}: result"),
        lost="no" if action.effect is Effect.READ else "unknown",
    )
    for key, parsed in (("ok", plan.ok), ("error", plan.error), ("result", plan.result)):
        for use in parsed.names if parsed is not None else ():
            if use.path[0] not in ("body", "headers", "status"):
                raise AvopsError(f"{where}: {key}: '{use.path[0]}' is not defined there; expected one of: body, headers, status")
    return plan


def make_answer(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes | None) -> Answer:
    """An answer as httpcore2 gives it; of a header that is there twice the last counts."""
    return Answer(status=status, headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}, body=body)


def judge(tool: str, plan: AnswerPlan, answer: Answer, now: datetime) -> object:
    """The action's result; ToolError for an answer that says anything but success."""
    scope = check(tool, plan, answer, now)
    try:
        return scope["body"] if plan.result is None else plan.result.render(scope)
    except ExpressionError as error:
        raise _unexpected(tool, plan, error) from None


def check(tool: str, plan: AnswerPlan, answer: Answer, now: datetime) -> dict[str, object]:
    """`status`, `headers` and `body` of an answer that says success; ToolError for any other."""
    if answer.body is None:
        raise ToolError(f"'{tool}' answered with more than {MAX_BODY // 1024 // 1024} MiB", happened=plan.lost)
    text_only = not 200 <= answer.status < 300
    body = _body(tool, plan, answer, lenient=text_only)
    scope = {"status": answer.status, "headers": answer.headers, "body": body}
    if text_only:
        _refuse(tool, plan, answer, scope, now)
    try:
        if plan.ok is not None and not plan.ok.test(scope):
            raise ToolError(f"'{tool}' answered with an error: {_message(plan, body, scope)}")
    except ExpressionError as error:
        raise _unexpected(tool, plan, error) from None
    return scope


def _unexpected(tool: str, plan: AnswerPlan, error: ExpressionError) -> ToolError:
    return ToolError(f"the answer of '{tool}' is not what its file expects: {error.message}", happened=plan.lost)


def clean(text: str) -> str:
    """A service's words in one line of at most `MAX_MESSAGE` characters."""
    line = one_line(text[: 4 * MAX_MESSAGE])
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"


def _parsed(parse: Callable[[str], Parsed], text: str, where: str) -> Parsed:
    try:
        return parse(text)
    except ExpressionError as error:
        raise AvopsError(f"{where}: {error.message}", hint=error.hint) from None


def _refuse(tool: str, plan: AnswerPlan, answer: Answer, scope: dict[str, object], now: datetime) -> NoReturn:
    """Raises the ToolError of a status outside 2xx."""
    status = answer.status
    happened, hint = "no", None
    retry_after_s = retry_after(answer.headers.get("retry-after"), now) if status in (429, 503) else None
    if 300 <= status < 400:
        # A 307 or 308 asks to send the request again; the others often follow a write that was carried out.
        happened = "no" if status in (307, 308) else plan.lost
        raise ToolError(
            f"'{tool}' answered {status}: it points to '{clean(answer.headers.get('location', ''))}'",
            hint="set 'base_url' to the address that answers",
            happened=happened,
        )
    if status >= 500 and retry_after_s is None:
        happened = plan.lost
    if status in (401, 403):
        hint = f"check the secret in 'auth' of '{tool}', and what it is allowed to do"
    raise ToolError(
        f"'{tool}' answered {status}: {_message(plan, scope['body'], scope)}", hint=hint, happened=happened, retry_after_s=retry_after_s
    )


def retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds of a `Retry-After` header, a number or a date; None without a usable one."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp())


def _body(tool: str, plan: AnswerPlan, answer: Answer, *, lenient: bool) -> object:
    """The body as data: JSON, `{}` for none, `{"text": …}` for anything that does not say it is JSON."""
    raw = answer.body or b""
    try:
        raw = _unpacked(raw, answer.headers.get("content-encoding", "identity").lower())
        if not raw:
            return {}
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind.endswith(("/json", "+json")) or (not kind and raw.lstrip()[:1] in (b"{", b"[")):
            return _JSON.decode(raw.decode(json.detect_encoding(raw), "surrogatepass"))
        return {"text": raw.decode("utf-8", "replace")}
    except (ValueError, RecursionError, zlib.error) as error:
        if lenient:
            return {"text": raw.decode("utf-8", "replace")}
        detail = "it is nested too deeply" if isinstance(error, RecursionError) else clean(str(error))
        raise ToolError(f"the answer of '{tool}' cannot be read: {detail}", happened=plan.lost) from None


def _unpacked(raw: bytes, encoding: str) -> bytes:
    """Some services compress although `Accept-Encoding: identity` was sent."""
    if encoding == "identity":
        return raw
    if encoding not in ("gzip", "deflate"):
        raise ValueError(f"the encoding '{encoding}' was not asked for")
    unpacked = zlib.decompressobj(wbits=47).decompress(raw, MAX_BODY + 1)
    if len(unpacked) > MAX_BODY:
        raise ValueError(f"it is larger than {MAX_BODY // 1024 // 1024} MiB")
    return unpacked


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"'{name}' is not JSON")


_JSON = json.JSONDecoder(parse_constant=_no_constant)
"""Made once: `json.loads` makes one for each text that it reads in another way than its own."""


def _message(plan: AnswerPlan, body: object, scope: dict[str, object]) -> str:
    """The service's own message: what `error` says, or what services commonly call it."""
    if plan.error is not None:
        try:
            return clean(str(plan.error.render(scope)))
        except ExpressionError:
            pass  # the error was another than the manifest knows; look in the usual places
    return clean(_common_message(body)) or "it gave no reason"


def _common_message(body: object) -> str:
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return _common_message(body[0]) if body else ""
    if isinstance(body, dict):
        for key in ("error", "errors", "message", "detail", "description", "title", "text"):
            if found := _common_message(body.get(key)):
                return found
    return ""
