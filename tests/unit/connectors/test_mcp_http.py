"""MCP servers over streamable HTTP: the SDK's own server, and ones that fail in every way a service does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from mcp.server import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.unit.connectors.mcp_bench import accepted, connect, connect_accepted, serve

from avops.connectors import mcp_http
from avops.errors import ToolError


def av_server() -> MCPServer:
    server = MCPServer("av")

    @server.tool()
    async def read(room: str) -> dict[str, str]:
        """Read a room"""
        return {"room": room}

    return server


def answering(*answers: Any) -> Starlette:
    """A server that speaks an old protocol by hand: `answers` are for its tool calls, one after another."""
    left = list(answers)

    async def post(request: Request) -> Response:
        message = await request.json()
        match message["method"]:
            case "initialize":
                result = {"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}
                return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": result}, headers={"mcp-session-id": "one"})
            case "tools/list":
                tools = [{"name": "read", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": False}}]
                return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": tools}})
            case "tools/call":
                answer = left.pop(0)
                if isinstance(answer, Response):
                    return answer
                return JSONResponse({"jsonrpc": "2.0", "id": message["id"], **answer})
            case "notifications/initialized":
                return Response(status_code=202)
            case method:
                return JSONResponse({"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": -32601, "message": method}})

    return Starlette(routes=[Route("/mcp", post, methods=["POST"])])


TEXT = {"result": {"content": [{"type": "text", "text": "ok"}]}}


def run(app: Any, work: Any, tmp_path: Any, **more: object) -> None:
    async def main() -> None:
        async with serve(app) as url:
            tool = await connect_accepted({"url": f"{url}/mcp", "private": True, **more}, tmp_path)
            try:
                await work(tool)
            finally:
                await tool.close()

    asyncio.run(main())


def test_the_sdks_server_is_called(tmp_path):
    async def work(tool: Any) -> None:
        results = await asyncio.gather(*(tool.call("read", {"room": str(number)}) for number in range(8)))
        assert results == [{"room": str(number)} for number in range(8)]

    run(av_server().streamable_http_app(), work, tmp_path)


def test_a_secret_is_sent_and_its_refusal_is_explained(tmp_path):
    inner = av_server().streamable_http_app()

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (b"authorization", b"Bearer t0ken") not in scope["headers"]:
            await PlainTextResponse("no entry", status_code=401)(scope, receive, send)
            return
        await inner(scope, receive, send)

    async def main() -> None:
        async with serve(guarded) as url:
            manifest = {"url": f"{url}/mcp", "private": True, "auth": {"type": "bearer", "token": "env:AV_TOKEN"}}
            tool = await connect_accepted(manifest, tmp_path, {"AV_TOKEN": "t0ken"})
            assert await tool.call("read", {"room": "A"}) == {"room": "A"}
            await tool.close()
            wrong = connect(manifest, tmp_path, {"AV_TOKEN": "other"})
            health = await wrong.health()
            assert health.detail == "'server' answered 401: no entry"
            assert health.hint == "check 'auth' of the tool, and its secret"
            await wrong.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "message", "happened"),
    [
        ({"error": {"code": -32602, "message": "bad room"}}, "'server' answered: bad room", "no"),
        ({"error": {"code": -32603, "message": "it broke"}}, "'server' answered: it broke", "unknown"),
        (PlainTextResponse("maintenance", status_code=503), "'server' answered 503: maintenance", "unknown"),
        (PlainTextResponse("too large", status_code=413), "'server' answered 413: too large", "no"),
        ({"result": {"content": "no list"}}, "'server' answered with something that is not MCP", "unknown"),
        (PlainTextResponse("x" * 3000), "'server' answered with more than 2 KiB", "unknown"),
        (PlainTextResponse("{}", headers={"content-encoding": "gzip"}), "'server' compressed its answer although", "unknown"),
        (RedirectResponse("http://elsewhere.example/mcp", status_code=307), "'server' answered: Redirect to", "no"),
    ],
)
def test_a_failure_fails_its_own_call_in_words(tmp_path, monkeypatch, answer, message, happened):
    monkeypatch.setattr(mcp_http, "MAX_BODY", 2048)

    async def work(tool: Any) -> None:
        with pytest.raises(ToolError) as caught:
            await tool.call("read", {})
        assert message in caught.value.message
        assert caught.value.happened == happened
        assert await tool.call("read", {}) == {"text": "ok"}

    run(answering(answer, TEXT), work, tmp_path)


def test_a_stream_that_breaks_off_fails_its_call_at_once(tmp_path):
    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"content-length", b"999")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"id: 1\ndata: \n\n", "more_body": False})

    class Breaking(Response):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await breaking(scope, receive, send)

    async def work(tool: Any) -> None:
        with pytest.raises(ToolError, match="'server' broke its answer off") as caught:
            await tool.call("read", {})
        assert caught.value.happened == "unknown"
        assert await tool.call("read", {}) == {"text": "ok"}

    run(answering(Breaking(), TEXT), work, tmp_path)


@pytest.mark.parametrize(
    "gone",
    [
        PlainTextResponse("who?", status_code=404),
        JSONResponse({"jsonrpc": "2.0", "error": {"code": -32000, "message": "Bad Request: No valid session ID"}}, status_code=400),
    ],
)
def test_a_session_that_the_server_forgot_is_opened_again(tmp_path, gone):
    async def work(tool: Any) -> None:
        await tool.tools()
        first = tool._session
        assert await tool.call("read", {}) == {"text": "ok"}
        assert tool._session is not first

    run(answering(gone, TEXT), work, tmp_path)


def test_a_server_that_forgets_every_session_fails_the_call(tmp_path):
    gone = PlainTextResponse("who?", status_code=404)

    async def work(tool: Any) -> None:
        with pytest.raises(ToolError, match="'server' ended the session, twice") as caught:
            await tool.call("read", {})
        assert caught.value.happened == "no"

    run(answering(gone, gone), work, tmp_path)


def test_a_server_that_is_gone_did_nothing(tmp_path):
    async def main() -> None:
        async with serve(answering(TEXT)) as url:
            manifest = {"url": f"{url}/mcp", "private": True}
            actions = await accepted(connect(manifest, tmp_path))
            tool = connect({**manifest, "actions": actions}, tmp_path)
            await tool.tools()
        with pytest.raises(ToolError, match="'server' accepts no connection") as caught:
            await tool.call("read", {})
        assert caught.value.happened == "no"
        assert caught.value.hint == "is it running, and is 'url' right?"
        await tool.close()

    asyncio.run(main())


def test_a_private_address_needs_leave(tmp_path):
    async def main() -> None:
        tool = connect({"url": "http://127.0.0.1:1/mcp"}, tmp_path)
        with pytest.raises(ToolError, match=r"'127\.0\.0\.1' is a private address") as caught:
            await tool.tools()
        assert caught.value.hint == "write 'private: true' in the tool's file when it is meant"
        await tool.close()

    asyncio.run(main())


def test_what_is_no_json_is_no_rpc_error():
    assert mcp_http._rpc_error(b"<html>") == ("", False)
    assert mcp_http._rpc_error(b"[1]") == ("", False)
    assert mcp_http._rpc_error(json.dumps({"error": {"message": "m"}}).encode()) == ("m", False)
