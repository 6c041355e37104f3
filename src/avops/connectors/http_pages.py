"""Lists that come in pages: how the next page is asked for, and when to stop.

Pages, items and bytes are bounded. A list that was cut off says so; a service that sends the same page again fails the call, because
no bound would tell the difference between a long list and a circle.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from avops.connectors.http_answer import MAX_BODY
from avops.errors import AvopsError, ToolError
from avops.expression import ExpressionError, parse_expression

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from avops.connectors.http_origin import Origin
    from avops.expression import Expression
    from avops.model.http import Pages

MAX_BYTES = 4 * MAX_BODY
# RFC 8288, 3: `<target>; name=value; name="value"`, then perhaps a comma and the next.
_PARAMETER = r"\s*;\s*([\w*-]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]+)))?"
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER})*)")
_PARAMETERS = re.compile(_PARAMETER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlan:
    """How an action's pages are read, with its expressions parsed."""

    manifest: Pages
    items: Expression
    next: Expression | None


def plan_pages(pages: Pages, where: str) -> PagePlan:
    """The plan of an action's pages; AvopsError, naming the place, for an expression that cannot be used."""
    return PagePlan(
        manifest=pages,
        items=_parsed(pages.items, f"{where}: pages.items"),
        next=None if pages.next is None else _parsed(pages.next, f"{where}: pages.next"),
    )


def _parsed(text: str, where: str) -> Expression:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        raise AvopsError(f"{where}: {error.message}", hint=error.hint) from None
    for use in expression.names:
        if use.path[0] not in ("body", "headers", "status"):
            raise AvopsError(f"{where}: '{use.path[0]}' is not defined there; expected one of: body, headers, status")
    return expression


class PageReader:
    """Reads one list. `ask` gives the scope (`status`, `headers`, `body`) of the answer to a target, or raises ToolError."""

    def __init__(self, tool: str, plan: PagePlan, origin: Origin, ask: Callable[[str], Awaitable[Mapping[str, object]]]) -> None:
        self._tool = tool
        self._plan = plan
        self._pages = plan.manifest
        self._counts = plan.manifest.by in ("offset", "page")
        self._origin = origin
        self._ask = ask

    async def read(self, target: str) -> dict[str, object]:
        """`{items, more}` of the list at a target. Raises ToolError for a page that cannot be read, and for a circle."""
        pages = self._pages
        items: list[object] = []
        size = 0
        before: list[object] = []
        here: str | None = self._counted(target, 0) if self._counts else target
        seen = {here}
        for number in range(1, pages.max_pages + 1):
            assert here is not None
            scope = await self._ask(here)
            found = self._items(scope)
            size += len(json.dumps(found))
            items += found
            if self._counts:
                last = len(found) < (pages.size or 1)
                here = None if last else self._counted(target, len(items) if pages.by == "offset" else number)
            else:
                here = self._followed(target, here, scope)
            if here is None:
                return {"items": items[: pages.max_items], "more": len(items) > pages.max_items}
            if here in seen or (self._counts and found == before):
                raise ToolError(f"'{self._tool}' sends the same page again and again", hint="check 'pages' of the action")
            seen.add(here)
            before = found
            if len(items) >= pages.max_items or size > MAX_BYTES:
                break
        return {"items": items[: pages.max_items], "more": True}

    def _items(self, scope: Mapping[str, object]) -> list[object]:
        try:
            found = self._plan.items.evaluate(scope)
        except ExpressionError as error:
            raise ToolError(f"the answer of '{self._tool}' is not what its file expects: {error.message}") from None
        if found is None:
            return []
        if not isinstance(found, list):
            raise ToolError(f"the answer of '{self._tool}' is not what its file expects: '{self._pages.items}' is no list")
        return list(found)

    def _counted(self, target: str, count: int) -> str:
        first = self._pages.first
        return _with(target, str(self._pages.parameter), count + ((1 if self._pages.by == "page" else 0) if first is None else first))

    def _followed(self, target: str, here: str, scope: Mapping[str, object]) -> str | None:
        """The target that a page names as the next; None on the last page."""
        link = self._next(scope)
        if link is None or link == "" or link is False:
            return None
        if self._pages.by == "cursor":
            return _with(target, str(self._pages.parameter), link)
        there = self._origin.within(here, str(link))
        if there is None:
            raise ToolError(f"'{self._tool}' has its next page at another host", hint="set 'base_url' to the address that answers")
        return there

    def _next(self, scope: Mapping[str, object]) -> object:
        if self._plan.next is None:
            headers = scope["headers"]
            return next_link(str(headers.get("link", ""))) if isinstance(headers, dict) else None
        try:
            return self._plan.next.evaluate(scope)
        except ExpressionError:
            return None  # most services leave it out on the last page


def next_link(header: str) -> str | None:
    """The target of `rel="next"` in a `Link` header."""
    for link in _LINK.finditer(header[:8192]):
        for parameter in _PARAMETERS.finditer(link[2]):
            if parameter[1].lower() == "rel" and "next" in (parameter[2] or parameter[3] or "").lower().split():
                return link[1]
    return None


def _with(target: str, parameter: str, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"{target}{'&' if '?' in target else '?'}{urlencode({parameter: text})}"
