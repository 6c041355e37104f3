"""From an action's `request` and the arguments of a call to one HTTP request, within what a manifest may say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from avops.connectors.http_body import FilePlan, plan_file, render_file
from avops.connectors.rendering import ABSENT, prepare
from avops.errors import AvopsError, ToolError
from avops.expression import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from avops.connectors.rendering import Rendering
    from avops.model.tool import HttpAction

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
# These frame the message or choose who answers; a manifest that could set them could smuggle a second request.
_OWN_HEADERS = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPlan:
    """An action's request with its templates parsed."""

    method: str
    path: tuple[str, ...]
    """Literal and argument name in turn."""
    query: Rendering
    headers: Rendering
    json: Rendering | None
    form: Rendering | None
    file: FilePlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedRequest:
    """One request, ready to be sent below the base URL."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


def plan_request(name: str, action: HttpAction) -> RequestPlan:
    """The plan of an action's request; AvopsError, naming the place, for one that cannot be served."""
    request = action.request
    where = f"action '{name}': request"
    if "{{" in request.path:
        raise AvopsError(f"{where}.path: '{request.path}' holds '{{{{'", hint="write {argument} in a path: it is percent-encoded")
    if not request.path.startswith("/") or _CONTROL.search(request.path) or set(request.path) & set(" ?#"):
        raise AvopsError(f"{where}.path: '{request.path}' is not a path", hint="start with '/', and put parameters under 'query'")
    path = tuple(_PLACE.split(request.path))
    for argument in path[1::2]:
        if argument not in action.input:
            known = ", ".join(sorted(action.input)) or "nothing"
            raise AvopsError(f"{where}.path: '{argument}' is no argument of the action; expected one of: {known}")
    check_header_names(request.headers, f"{where}.headers")
    return RequestPlan(
        method=request.method,
        path=path,
        query=prepare(request.query, action.input, f"{where}.query"),
        headers=prepare(request.headers, action.input, f"{where}.headers"),
        json=prepare(request.json_, action.input, f"{where}.json") if "json_" in request.model_fields_set else None,
        form=prepare(request.form, action.input, f"{where}.form") if request.form is not None else None,
        file=plan_file(request.file, action.input, f"{where}.file") if request.file is not None else None,
    )


def check_header_names(names: Iterable[str], where: str) -> None:
    """AvopsError, naming the place, for a header that a manifest may not set."""
    for name in names:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise AvopsError(f"{where}: '{name}' cannot be set by a tool's file")


async def render_request(plan: RequestPlan, arguments: Mapping[str, object], root: Path | None) -> RenderedRequest:
    """The request for these arguments; files are read below `root`.

    ToolError (nothing happened) when a value does not fit its place.
    """
    try:
        query, headers = plan.query.render(arguments), plan.headers.render(arguments)
        json_value = plan.json.render(arguments) if plan.json else ABSENT
        form = plan.form.render(arguments) if plan.form else ABSENT
    except ExpressionError as error:
        raise ToolError(f"the request cannot be made: {error.message}", hint=error.hint) from None
    assert isinstance(query, dict)
    assert isinstance(headers, dict)
    target = render_path(plan.path, arguments)
    if pairs := _pairs(query):
        target = f"{target}?{urlencode(pairs)}"
    lines = [(name, header_value(name, value)) for name, value in headers.items() if value is not None]
    body: bytes | None = None
    own: list[tuple[str, str]] = []
    if json_value is not ABSENT:
        body = json.dumps(json_value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        own.append(("Content-Type", "application/json"))
    elif isinstance(form, dict):
        body = urlencode(_pairs(form)).encode()
        own.append(("Content-Type", "application/x-www-form-urlencoded"))
    elif plan.file is not None:
        body, media_type = await render_file(plan.file, arguments, root)
        own.append(("Content-Type", media_type))
    return RenderedRequest(method=plan.method, target=target, headers=(*own, *lines), body=body)


def render_path(parts: tuple[str, ...], arguments: Mapping[str, object]) -> str:
    """The path with its arguments percent-encoded, each within its one segment.

    ToolError for a value that is missing or empty, `.` or `..` (which mean another path), or holds control characters.
    """
    pieces = list(parts)
    for index in range(1, len(parts), 2):
        name = parts[index]
        value = arguments.get(name)
        if value is None or isinstance(value, list | dict):
            raise ToolError(f"the path needs a value for '{name}'")
        text = _text(value)
        if text.strip() in ("", ".", "..") or _CONTROL.search(text):
            raise ToolError(f"'{_shown(text)}' cannot stand in a path as '{name}'")
        pieces[index] = quote(text, safe="")
    return "".join(pieces)


def header_value(name: str, value: object) -> str:
    """A header's value; ToolError for control characters (a line break would begin another header) and non-Latin text."""
    text = _text(value)
    if _CONTROL.search(text):
        raise ToolError(f"the header '{name}' cannot hold control characters")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise ToolError(f"the header '{name}' can hold Latin letters only") from None
    return text.strip()


def _pairs(fields: Mapping[str, object]) -> list[tuple[str, str]]:
    """Form fields: a list gives one field per entry, null none."""
    pairs: list[tuple[str, str]] = []
    for name, value in fields.items():
        entries = value if isinstance(value, list) else [value]
        pairs.extend((name, _text(entry)) for entry in entries if entry is not None)
    return pairs


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[:60])
