"""What goes over the wire to a model server, and what the environment can do about it: nothing but name a proxy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.unit.providers.wire import STREAM, chunk, events, plain, response, said, text_block, turn, wire

from avops.errors import ModelError
from avops.model.conversation import Message, ModelRequest, Role
from avops.providers import AnthropicModel, Endpoint, OpenAiModel, Patience
from avops.providers.endpoint import open_connection, proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.ports import Model

KEY = "sk-test-0123456789abcdef"
HELLO = ModelRequest(instructions="Be brief.", messages=(Message(role=Role.USER, text="Hello."),))
ONCE = Patience(tries=1)

MAKERS: dict[str, Callable[[Endpoint], Model]] = {
    "responses": lambda endpoint: OpenAiModel("m-1", endpoint, patience=ONCE),
    "chat": lambda endpoint: OpenAiModel("m-1", endpoint, dialect="chat", patience=ONCE),
    "anthropic": lambda endpoint: AnthropicModel("m-1", endpoint, patience=ONCE),
}
ANSWERS = {
    "responses": events(
        {"type": "response.completed", "sequence_number": 1, "response": response(said({"type": "output_text", "text": "Yes."}))}
    ),
    "chat": events(chunk({"content": "Yes."}), chunk({}, "stop"), "[DONE]"),
    "anthropic": turn(text_block("Yes.")),
}
BEGUN = {
    "responses": events({"type": "response.output_text.delta", "delta": "Yes", "item_id": "m", "output_index": 0, "content_index": 0}),
    "chat": events(chunk({"content": "Yes"})),
    "anthropic": turn(text_block("Yes")).partition(b"event: content_block_stop")[0],
}


@pytest.fixture(params=MAKERS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_only_the_headers_that_the_api_needs_are_sent(dialect):
    async def main() -> None:
        async with wire(ANSWERS[dialect]) as server:
            model = MAKERS[dialect](Endpoint(url=server.url, key=KEY))
            assert (await model.reply(HELLO)).text == "Yes."
            await model.close()
        headers = server.asked[0].headers
        assert headers.pop("authorization") == f"Bearer {KEY}"
        assert headers.pop("user-agent").startswith("avops/")
        assert not {name for name in headers if name.startswith(("x-", "openai-"))}
        assert set(headers) <= {"accept", "accept-encoding", "anthropic-version", "connection", "content-length", "content-type", "host"}

    asyncio.run(main())


def test_the_environment_moves_neither_the_key_nor_the_request(dialect, monkeypatch):
    trap = "http://127.0.0.1:1"
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap)
    for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "Authorization: Bearer stolen\nX-Trap: 1\nHost: trap.example")
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "from-the-environment")

    async def main() -> None:
        async with wire(ANSWERS[dialect]) as server:
            for key, expected in ((KEY, f"Bearer {KEY}"), (None, None)):
                model = MAKERS[dialect](Endpoint(url=server.url, key=key))
                await model.reply(HELLO)
                await model.close()
                headers = server.asked[-1].headers
                assert headers.get("authorization") == expected
                assert "from-the-environment" not in str(headers)
                assert "x-trap" not in headers
                assert headers["host"] == f"127.0.0.1:{server.port}"

    asyncio.run(main())


def test_a_redirect_is_not_followed(dialect):
    async def main() -> None:
        async with wire(ANSWERS[dialect]) as other, wire(plain("307 Temporary Redirect", {}, f"Location: {other.url}/v1")) as server:
            model = MAKERS[dialect](Endpoint(url=server.url, key=KEY))
            with pytest.raises(ModelError, match="answers from another address"):
                await model.reply(HELLO)
            await model.close()
        assert other.asked == []

    asyncio.run(main())


def test_cancelling_ends_the_request(dialect):
    async def main() -> None:
        async with wire(BEGUN[dialect], hangs=True) as server:
            model = MAKERS[dialect](Endpoint(url=server.url, key=KEY))
            begun = asyncio.Event()
            task = asyncio.create_task(model.reply(HELLO, lambda text: begun.set()))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.left.wait()
            await model.close()

    asyncio.run(main())


def test_the_key_is_in_no_message_and_in_no_repr(dialect):
    async def main() -> None:
        echo = plain("400 Bad Request", {"error": {"message": f"unknown field, you sent Bearer {KEY}"}})
        async with wire(echo) as server:
            endpoint = Endpoint(url=server.url, key=KEY)
            model = MAKERS[dialect](endpoint)
            with pytest.raises(ModelError, match="you sent Bearer «redacted»") as caught:
                await model.reply(HELLO)
            await model.close()
        assert KEY not in f"{caught.value!r}{caught.value.hint}{endpoint!r}"
        assert caught.value.__suppress_context__

    asyncio.run(main())


@pytest.mark.parametrize(
    "answer",
    [
        plain("200 OK", {"hello": "world"}),
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><body>A login page</body></html>",
        events({"type": "message_start", "message": 5}, {"type": "response.completed", "response": {"output": 7}}, {"choices": [3]}),
        events("[]", "5", "null"),
        STREAM,
    ],
)
def test_a_server_that_is_no_model_server_is_an_error(dialect, answer):
    async def main() -> None:
        async with wire(answer) as server:
            model = MAKERS[dialect](Endpoint(url=server.url, key=KEY))
            with pytest.raises(ModelError, match=r"broke off|no answer of a model"):
                await model.reply(HELLO)
            await model.close()

    asyncio.run(main())


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request"])
def test_an_endless_answer_is_an_error(dialect, status, monkeypatch):
    monkeypatch.setattr("avops.providers.bounded.MAX_ANSWER", 1024 * 1024)

    async def main() -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".encode()
        async with wire(head + b"data: " + b"x" * 2 * 1024 * 1024) as server:
            model = MAKERS[dialect](Endpoint(url=server.url, key=KEY))
            with pytest.raises(ModelError, match="is longer than 1 MiB"):
                await model.reply(HELLO)
            await model.close()

    asyncio.run(main())


def test_a_packed_answer_is_an_error(dialect):
    async def main() -> None:
        async with wire(plain("200 OK", {}, "Content-Encoding: gzip")) as server:
            model = MAKERS[dialect](Endpoint(url=server.url, key=KEY))
            with pytest.raises(ModelError, match="answers packed as 'gzip'"):
                await model.reply(HELLO)
            await model.close()
        assert server.asked[0].headers["accept-encoding"] == "identity"

    asyncio.run(main())


def test_the_answer_is_waited_for_no_longer_when_the_server_says_so():
    async def main() -> None:
        refusal = plain("503 Service Unavailable", {}, "x-should-retry: false")
        async with wire(refusal) as server:
            model = OpenAiModel("m-1", Endpoint(url=server.url, key=KEY), patience=Patience(tries=3, first_s=0))
            with pytest.raises(ModelError, match=r"has a fault \(status 503\)$"):
                await model.reply(HELLO)
            await model.close()
        assert len(server.asked) == 1

    asyncio.run(main())


def test_a_proxy_is_taken_for_https_alone(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert proxy_for("https://api.openai.com/v1") is None
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "llm.example,.corp.example")
    assert proxy_for("https://api.openai.com/v1") == "http://proxy.example:3128"
    assert proxy_for("http://127.0.0.1:11434/v1") is None
    assert proxy_for("https://llm.example/v1") is None
    assert proxy_for("https://a.corp.example/v1") is None


def test_a_proxy_that_cannot_be_used_is_an_error(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "carrier-pigeon://coop")
    with pytest.raises(ModelError, match="HTTPS_PROXY"):
        open_connection(Endpoint(url="https://api.openai.com/v1"))
