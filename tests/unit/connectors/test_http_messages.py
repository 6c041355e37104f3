"""What goes over the wire and comes back, for inputs nobody would write by hand."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.connectors.http import HttpConnector
from avops.connectors.http_answer import MAX_BODY, Answer, judge, plan_answer
from avops.connectors.http_connection import ConnectionPool, LostAnswerError
from avops.connectors.http_request import header_value, plan_request, render_request
from avops.connectors.secrets import EnvironmentSecrets
from avops.errors import ToolError
from avops.model.tool import HttpAction, HttpTool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from avops.connectors.http_request import RenderedRequest, RequestPlan

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def request_for(plan: RequestPlan, arguments: dict[str, Any]) -> RenderedRequest:
    return asyncio.run(render_request(plan, arguments, None))


def action(**values: Any) -> HttpAction:
    return HttpAction.model_validate({"effect": "read", "request": {"path": "/"}} | values)


PATH = plan_request("go", action(input={"a": {}}, request={"path": "/rooms/{a}/events"}))
HEADER = plan_request("go", action(input={"a": {}}, request={"path": "/", "headers": {"X-A": "{{ a }}"}}))
QUERY = plan_request("go", action(input={"a": {}}, request={"path": "/", "query": {"a": "{{ a }}", "b": "x{{ a }}"}}))


@given(st.text())
def test_a_value_never_leaves_its_segment(value):
    try:
        target = request_for(PATH, {"a": value}).target
    except ToolError:
        return
    before, segment, after = target.split("/")[1:]
    assert (before, after) == ("rooms", "events")
    assert unquote(segment) == value
    assert segment not in (".", "..", "")
    h11.Request(method="GET", target=target.encode(), headers=[("host", "x")])


@given(st.text())
def test_a_value_never_begins_another_header(value):
    try:
        line = header_value("X-A", value)
    except ToolError:
        return
    h11.Request(method="GET", target=b"/", headers=[("host", "x"), ("x-a", line.encode("latin-1"))])


@given(st.text())
def test_a_value_never_begins_another_query_field(value):
    target = request_for(QUERY, {"a": value}).target
    assert target.count("&") == 1
    h11.Request(method="GET", target=target.encode(), headers=[("host", "x")])


def test_a_list_gives_one_field_per_entry_and_null_none():
    assert request_for(QUERY, {"a": ["x", None, 2]}).target.startswith("/?a=x&a=2&")


@given(st.binary(max_size=200), st.sampled_from(["", "application/json", "text/html", "application/problem+json; charset=utf-8"]))
def test_any_body_is_data_or_a_tool_error(body, kind):
    plan = plan_answer("go", action())
    for status in (200, 404, 500):
        said = None
        try:
            json.dumps(judge("av", plan, Answer(status=status, headers={"content-type": kind}, body=body), NOW))
        except ToolError as error:
            said = error
        assert said is None or (said.happened == "no" and said.message.isprintable())


@pytest.mark.parametrize("body", [b"NaN", b"[" * 100_000, b"9" * 10_000, b'{"a": Infinity}', b"\xff"])
def test_json_that_is_none(body):
    with pytest.raises(ToolError, match="cannot be read"):
        judge("av", plan_answer("go", action()), Answer(status=200, headers={"content-type": "application/json"}, body=body), NOW)


def test_a_compressed_answer_is_unpacked_within_the_limit():
    plan = plan_answer("go", action())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert judge("av", plan, Answer(status=200, headers=headers, body=gzip.compress(b'{"a": 1}')), NOW) == {"a": 1}
    with pytest.raises(ToolError, match="larger than 4 MiB"):
        judge("av", plan, Answer(status=200, headers=headers, body=gzip.compress(b" " * (MAX_BODY + 1))), NOW)
    with pytest.raises(ToolError, match="'br' was not asked for"):
        judge("av", plan, Answer(status=200, headers=headers | {"content-encoding": "br"}, body=b"x"), NOW)


def test_an_answer_that_the_manifest_does_not_expect():
    plan = plan_answer("go", action(effect="write", result="{{ body.rooms[0].name }}"))
    with pytest.raises(ToolError, match="not what its file expects") as caught:
        judge("av", plan, Answer(status=200, headers={}, body=b"{}"), NOW)
    assert caught.value.happened == "unknown"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "no such room"}}, "no such room"),
        ({"errors": [{"detail": "no such room"}]}, "no such room"),
        ({"message": "two\nlines\x1b[31m"}, "two lines [31m"),
        ({"code": 7}, "it gave no reason"),
        ({"message": "x" * 1000}, "x" * 299 + "…"),
    ],
)
def test_the_services_own_words(body, message):
    answer = Answer(status=404, headers={"content-type": "application/json"}, body=json.dumps(body).encode())
    with pytest.raises(ToolError) as caught:
        judge("av", plan_answer("go", action()), answer, NOW)
    assert caught.value.message == f"'av' answered 404: {message}"


def converse(answers: list[bytes], use: Callable[[ConnectionPool], Awaitable[None]]) -> list[bytes]:
    """What the client said on each connection to a server that gives these answers, one per request, and then closes."""
    said: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said.append(b"")
        while answers:
            try:
                said[-1] += await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            writer.write(answers.pop(0))
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pool = ConnectionPool("127.0.0.1", server.sockets[0].getsockname()[1], secure=False, private=True)
        await use(pool)
        await pool.close()
        server.close()
        await server.wait_closed()

    asyncio.run(main())
    return said


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def get(pool: ConnectionPool, max_bytes: int = 1000) -> Awaitable[tuple[h11.Response, bytes | None]]:
    return pool.send("GET", "/", [("Host", "x")], b"", max_bytes)


def test_chunks_and_interim_answers():
    async def use(pool):
        assert (await get(pool))[1] == b"hello"
        assert (await get(pool))[1] == b"ok"

    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    assert len(converse([b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + chunked, OK], use)) == 1


def test_a_connection_that_the_server_will_close_is_not_used_again():
    async def use(pool):
        assert (await get(pool))[1] == b"ok"
        assert (await get(pool))[1] == b"ok"

    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert len(converse([closing, OK], use)) == 2


def test_words_that_nobody_asked_for_end_a_connection():
    async def use(pool):
        assert (await get(pool))[1] == b"ok"
        assert (await get(pool))[1] == b"ok"

    said = converse([OK + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", OK], use)
    assert len(said) == 2


@pytest.mark.parametrize("last", [b"\n\n", b"\r\n\n", b"\n\r\n"])
def test_a_device_that_ends_its_lines_with_a_bare_line_feed_is_understood(last):
    async def use(pool):
        async with asyncio.timeout(30):
            assert (await get(pool))[1] == b"ok"
            assert (await get(pool))[1] == b"ok"

    simple = b"HTTP/1.1 200 OK\nContent-Length: 2" + last + b"ok"
    assert len(converse([simple, simple], use)) == 1


def test_what_is_no_http_is_not_waited_on():
    async def use(pool):
        async with asyncio.timeout(30):
            with pytest.raises(LostAnswerError, match="not HTTP"):
                await get(pool)
            assert (await get(pool))[1] == b"ok"

    converse([b"\x15\x03\x01\x00\x02\x02\x28", OK], use)


def test_a_server_that_says_nothing():
    async def use(pool):
        with pytest.raises(LostAnswerError, match="dropped the connection"):
            await get(pool)

    converse([b""], use)


def test_a_body_that_is_too_long_ends_the_connection():
    async def use(pool):
        response, body = await get(pool, max_bytes=1)
        assert (response.status_code, body) == (200, None)
        assert (await get(pool))[1] == b"ok"

    assert len(converse([OK, OK], use)) == 2


def test_a_header_that_http_cannot_carry_is_refused_before_it_is_sent():
    async def main() -> None:
        manifest = {"name": "av", "kind": "http", "base_url": "http://127.0.0.1:9", "private": True}
        manifest["actions"] = {"go": {"input": {"a": {}}, "request": {"path": "/", "headers": {"X-A": "{{ a }}"}}}}
        tool = HttpConnector().open(HttpTool.model_validate(manifest), EnvironmentSecrets({}))
        with pytest.raises(ToolError, match="control characters"):
            await tool.call("go", {"a": "x\x01"})

    asyncio.run(main())
