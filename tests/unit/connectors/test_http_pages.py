"""Lists in pages: every way to ask for the next, and every way in which a service can go on for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.connectors.recording_server import Reply, Seen, recording

from avops.connectors.http import HttpConnector
from avops.connectors.http_pages import next_link
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import AvopsError, ToolError
from avops.model.tool import HttpTool

if TYPE_CHECKING:
    from collections.abc import Callable


def read(answer: Callable[[Seen], Reply], **pages: Any) -> tuple[object, list[Seen]]:
    """The result of one call, and what was asked for it."""

    async def main() -> tuple[object, list[Seen]]:
        async with recording(answer) as recorder:
            tool = open_tool(recorder.url, **pages)
            try:
                return await tool.call("list", {}), recorder.seen
            finally:
                await tool.close()

    return asyncio.run(main())


def open_tool(url: str, **pages: Any):
    data = {"effect": "read", "request": {"path": "/rooms", "query": {"site": "a b"}}, "pages": pages, "ok": "body != 'no'"}
    manifest = {"name": "svc", "kind": "http", "base_url": url, "private": True, "actions": {"list": data}}
    return HttpConnector().open(HttpTool.model_validate(manifest), EnvironmentSecrets({}))


def test_a_link_header_is_followed():
    def answer(request: Seen) -> Reply:
        page = int(request.query.get("page", "1"))
        links = f'<http://{request.headers["host"]}/rooms?page={page + 1}>; rel="next", </rooms?page=9>; rel=last'
        return Reply(data=[page], headers={"Link": links} if page < 3 else {})

    result, seen = read(answer, by="link")
    assert result == {"items": [1, 2, 3], "more": False}
    assert [request.target for request in seen] == ["/rooms?site=a+b", "/rooms?page=2", "/rooms?page=3"]


def test_a_cursor_is_sent_with_the_query():
    def answer(request: Seen) -> Reply:
        last = request.query.get("cursor") == "x/2"
        return Reply(data={"rooms": [len(request.query)], "meta": {} if last else {"next": "x/2"}})

    result, seen = read(answer, by="cursor", items="body.rooms", next="body.meta.next", parameter="cursor")
    assert result == {"items": [1, 2], "more": False}
    assert seen[1].target == "/rooms?site=a+b&cursor=x%2F2"


@pytest.mark.parametrize("end", ["", None, False])
def test_an_empty_cursor_ends_the_list(end):
    result, seen = read(lambda request: Reply(data={"a": [1], "next": end}), by="cursor", items="body.a", next="body.next", parameter="c")
    assert result == {"items": [1], "more": False}
    assert len(seen) == 1


def test_an_address_in_the_body_is_followed():
    def answer(request: Seen) -> Reply:
        data: dict[str, Any] = {"value": [request.target]}
        if "skip" not in request.query:
            data["@odata.nextLink"] = f"http://{request.headers['host']}/rooms?skip=1"
        return Reply(data=data)

    result, _ = read(answer, by="url", items="body.value", next="body['@odata.nextLink']")
    assert result == {"items": ["/rooms?site=a+b", "/rooms?skip=1"], "more": False}


def test_an_offset_counts_items():
    rooms = list(range(25))

    def answer(request: Seen) -> Reply:
        start = int(request.query["offset"])
        return Reply(data={"rooms": rooms[start : start + 10]})

    result, seen = read(answer, by="offset", items="body.rooms", parameter="offset", size=10)
    assert result == {"items": rooms, "more": False}
    assert [request.query["offset"] for request in seen] == ["0", "10", "20"]


def test_without_a_size_an_empty_page_is_the_last():
    def answer(request: Seen) -> Reply:
        page = int(request.query["p"])
        return Reply(data=[page] if page < 3 else [])

    result, seen = read(answer, by="page", parameter="p")
    assert result == {"items": [1, 2], "more": False}
    assert [request.query["p"] for request in seen] == ["1", "2", "3"]


def test_a_list_that_never_ends_is_cut_off_and_says_so():
    def answer(request: Seen) -> Reply:
        number = int(request.query.get("c", "0"))
        return Reply(data={"a": [number], "next": str(number + 1)})

    pages = {"by": "cursor", "items": "body.a", "next": "body.next", "parameter": "c"}
    result, seen = read(answer, **pages, max_pages=7)
    assert result == {"items": list(range(7)), "more": True}
    assert len(seen) == 7
    result, seen = read(answer, **pages, max_items=3)
    assert result == {"items": [0, 1, 2], "more": True}
    assert len(seen) == 3


def test_a_page_with_more_items_than_allowed_is_cut():
    result, _ = read(lambda request: Reply(data=list(range(9))), by="link", max_items=4)
    assert result == {"items": [0, 1, 2, 3], "more": True}


def test_pages_that_are_large_altogether_are_cut_off():
    def answer(request: Seen) -> Reply:
        number = int(request.query.get("c", "0"))
        return Reply(data={"a": ["x" * 3_000_000], "next": number + 1})

    result, seen = read(answer, by="cursor", items="body.a", next="body.next", parameter="c")
    assert isinstance(result, dict)
    assert result["more"] is True
    assert len(seen) == 6


@pytest.mark.parametrize("length", [1, 2, 3])
def test_cursors_in_a_circle_fail(length):
    def answer(request: Seen) -> Reply:
        number = int(request.query.get("c", "0"))
        return Reply(data={"a": [number], "next": number % length + 1})

    with pytest.raises(ToolError, match="same page again"):
        read(answer, by="cursor", items="body.a", next="body.next", parameter="c")


def test_a_link_to_itself_fails():
    with pytest.raises(ToolError, match="same page again"):
        read(lambda request: Reply(data=[1], headers={"Link": '</rooms?site=a+b>; rel="next"'}), by="link")


def test_a_service_that_ignores_the_offset_fails():
    with pytest.raises(ToolError, match="same page again"):
        read(lambda request: Reply(data=[1, 2]), by="offset", parameter="offset")


@pytest.mark.parametrize("there", ["http://elsewhere.example/rooms", "https://127.0.0.1/rooms", "//127.0.0.2/rooms"])
def test_a_next_page_elsewhere_is_refused(there):
    with pytest.raises(ToolError, match="another host"):
        read(lambda request: Reply(data=[1], headers={"Link": f'<{there}>; rel="next"'}), by="link")


def test_an_error_on_a_later_page_fails_the_call():
    def answer(request: Seen) -> Reply:
        return Reply(data="no") if request.query.get("c") else Reply(data={"a": [1], "next": "2"})

    with pytest.raises(ToolError, match="answered with an error"):
        read(answer, by="cursor", items="body.a", next="body.next", parameter="c")


@pytest.mark.parametrize("data", [{"rooms": {}}, {"rooms": "x"}, {"other": []}])
def test_what_is_no_list(data):
    with pytest.raises(ToolError, match="not what its file expects"):
        read(lambda request: Reply(data=data), by="link", items="body.rooms")


@pytest.mark.parametrize(
    "pages",
    [
        {"by": "cursor"},
        {"by": "cursor", "next": "body.a"},
        {"by": "link", "next": "body.a"},
        {"by": "url", "next": "body.a", "parameter": "x"},
        {"by": "offset"},
        {"by": "link", "size": 3},
    ],
)
def test_pages_that_lack_something_or_have_too_much(pages):
    with pytest.raises(ValidationError, match="pages by"):
        open_tool("http://127.0.0.1:1", **pages)


def test_pages_of_a_write_are_refused():
    action = {"effect": "record", "request": {"method": "POST", "path": "/"}, "pages": {"by": "link"}}
    with pytest.raises(ValidationError, match="'pages' is for an action of effect 'read'"):
        HttpTool.model_validate({"name": "a", "kind": "http", "base_url": "http://a", "actions": {"list": action}})


def test_an_expression_that_cannot_be_used_is_named():
    with pytest.raises(AvopsError, match=r"action 'list': pages\.items: 'rooms' is not defined"):
        open_tool("http://127.0.0.1:1", by="link", items="rooms")


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<a?b=1,2>; rel="next"', "a?b=1,2"),
        ("<a>; rel=next", "a"),
        ('<a>; title="x; rel=next"; rel="last", <b>; rel="prev next"', "b"),
        ('<a>; rel="last"', None),
        ("", None),
        ("next", None),
    ],
)
def test_link_headers(header, target):
    assert next_link(header) == target


@given(st.text(max_size=300))
def test_any_link_header_is_read(text):
    next_link(text)
