"""The contract of `ports.Model`: a model from a script, and every provider over real HTTP against a server that speaks its wire format."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Fail, Reply, StreamFault, ToolCall, ToolFault
from llmock.testing import LLMockServer

from avops.errors import ModelError
from avops.model.conversation import Message, ModelRequest, Role, Stop, ToolOffer
from avops.providers import AnthropicModel, Endpoint, OpenAiModel, Patience, Price, Prices, ScriptedModel
from avops.providers.scripted import asks, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.model.conversation import ModelReply
    from avops.ports import Model

KEY = "sk-test-0123456789abcdef"
EAGER = Patience(tries=3, first_s=0)
ROOM = ToolOffer(
    name="zoom__get_room",
    description="Reads a room.",
    parameters={"type": "object", "properties": {"room": {"type": "string"}}, "required": ["room"]},
)
VERDICT = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
HELLO = ModelRequest(instructions="Be brief.", messages=(Message(role=Role.USER, text="Hello."),))
WITH_TOOL = ModelRequest(instructions="Be brief.", messages=(Message(role=Role.USER, text="Is HQ-1 well?"),), tools=(ROOM,))


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as started:
        yield started


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A provider behind the test server."""

    server: LLMockServer
    make: Callable[[str], Model]

    def ask(self, request: ModelRequest, *behaviours: object, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """One reply; the behaviours are what the server does with the next requests."""

        async def once() -> ModelReply:
            model = self.make("m-1")
            try:
                return await model.reply(request, on_text)
            finally:
                await model.close()

        self.server.state.scenarios.clear()
        self.server.state.journal.clear()
        for behaviour in behaviours:
            self.server.state.scenarios.add(behaviour)
        return asyncio.run(once())

    @property
    def asked(self) -> int:
        """How many requests the server has had since the last `ask` began."""
        return len(self.server.state.journal.records(wait=30))


def remote(dialect: str, server: LLMockServer) -> Callable[[str], Model]:
    endpoint = Endpoint(url=server.base_url("anthropic" if dialect == "anthropic" else "openai"), key=KEY, key_name="TEST_KEY")
    prices = Prices({"m-1": Price(input=Decimal(1), output=Decimal(10))})
    if dialect == "anthropic":
        return lambda name: AnthropicModel(name, endpoint, prices=prices, patience=EAGER)
    return lambda name: OpenAiModel(name, endpoint, dialect=dialect, prices=prices, patience=EAGER)  # type: ignore[arg-type]  # the ids below


@pytest.fixture(params=["responses", "chat", "anthropic"])
def bench(request: pytest.FixtureRequest, server: LLMockServer) -> Bench:
    return Bench(server=server, make=remote(request.param, server))


@pytest.fixture(params=["scripted", "responses", "chat", "anthropic"])
def play(request: pytest.FixtureRequest, server: LLMockServer) -> Callable[..., Model]:
    """A model that gives these lines: a text, or the arguments of a call to the tool offered."""

    def prepared(*lines: str | dict[str, object]) -> Model:
        if request.param == "scripted":
            return ScriptedModel([says(line) if isinstance(line, str) else asks((ROOM.name, line)) for line in lines])
        server.state.scenarios.clear()
        for line in lines:
            said = Reply(text=line) if isinstance(line, str) else Reply(tool_calls=(ToolCall(ROOM.name, line),))
            server.state.scenarios.add(said)
        return remote(request.param, server)("m-1")

    return prepared


def test_the_text_is_heard_as_it_comes_and_the_reply_has_it_whole(play):
    async def main() -> None:
        heard: list[str] = []
        model = play("The room HQ-1 is well.")
        reply = await model.reply(HELLO, heard.append)
        assert reply.text == "The room HQ-1 is well."
        assert "".join(heard) == reply.text
        assert len(heard) > 1
        assert reply.stop is Stop.END
        assert reply.requests == ()
        assert reply.usage.input_tokens > 0
        assert reply.usage.output_tokens > 0
        await model.close()

    asyncio.run(main())


def test_a_tool_is_asked_for_and_its_result_is_taken(play):
    async def main() -> None:
        model = play({"room": "HQ-1"}, "It is well.")
        first = await model.reply(WITH_TOOL)
        assert first.stop is Stop.TOOLS
        assert [(each.name, each.arguments) for each in first.requests] == [("zoom__get_room", {"room": "HQ-1"})]
        messages = (
            *WITH_TOOL.messages,
            Message(role=Role.ASSISTANT, text=first.text, requests=first.requests),
            Message(role=Role.TOOL, text='{"state": "Available"}', request_id=first.requests[0].id),
        )
        second = await model.reply(ModelRequest(instructions="Be brief.", messages=messages, tools=(ROOM,)))
        assert (second.text, second.stop) == ("It is well.", Stop.END)
        await model.close()

    asyncio.run(main())


def test_closing_twice_is_harmless_and_a_name_has_provider_and_model(play):
    async def main() -> None:
        model = play("Yes.")
        await model.reply(HELLO)
        await model.close()
        await model.close()
        provider, _, name = model.name.partition(":")
        assert provider
        assert name

    asyncio.run(main())


def test_each_answer_has_its_price(bench):
    reply = bench.ask(HELLO, Reply(text="Yes."))
    assert reply.usage.cost_usd == Decimal(reply.usage.input_tokens + 10 * reply.usage.output_tokens) / 1_000_000
    assert reply.model == "m-1"


def test_a_closed_model_connects_anew_in_another_loop_too(bench):
    model = bench.make("m-1")

    async def once() -> str:
        reply = await model.reply(HELLO)
        await model.close()
        return reply.text

    bench.server.state.scenarios.clear()
    assert asyncio.run(once())
    assert asyncio.run(once())


def test_an_answer_by_a_schema_is_json(bench):
    reply = bench.ask(ModelRequest(instructions="Judge.", messages=HELLO.messages, schema=VERDICT), Reply(text='{"ok": true}'))
    assert json.loads(reply.text) == {"ok": True}
    body = json.dumps(bench.server.state.journal.records(wait=30)[0].body)
    assert '"json_schema"' in body
    assert '"additionalProperties": false' in body


def test_an_answer_that_reached_the_limit_says_so(bench):
    reply = bench.ask(HELLO, Reply(text="The room is", finish_reason="length"))
    assert (reply.text, reply.stop) == ("The room is", Stop.LENGTH)


def test_arguments_that_are_no_json_object_are_none(bench):
    reply = bench.ask(WITH_TOOL, Reply(tool_calls=(ToolCall(ROOM.name, {"room": "HQ-1"}),)), ToolFault("malformed_arguments"))
    assert [each.arguments for each in reply.requests] == [None]
    assert reply.requests[0].text


def test_a_tool_that_nobody_offered_is_handed_on_as_a_wish(bench):
    reply = bench.ask(WITH_TOOL, ToolFault("unknown_tool"))
    assert reply.stop is Stop.TOOLS
    assert reply.requests[0].name != ROOM.name


@pytest.mark.parametrize("kind", ["disconnect", "truncate"])
@pytest.mark.parametrize("after", [0, 1, 4, 6])
def test_a_stream_that_breaks_off_is_an_error_and_never_half_an_answer(bench, kind, after):
    heard: list[str] = []
    with pytest.raises(ModelError, match="broke off") as caught:
        bench.ask(HELLO, Reply(text="one two three four five six seven eight"), StreamFault(kind, after_chunks=after), on_text=heard.append)
    assert caught.value.hint
    assert "eight" not in "".join(heard)


def test_a_stream_that_breaks_off_is_not_asked_for_again(bench):
    with pytest.raises(ModelError):
        bench.ask(HELLO, Reply(text="one two three four"), StreamFault("disconnect", after_chunks=5))
    assert bench.asked == 1


def test_a_piece_that_is_no_json_is_an_error(bench):
    with pytest.raises(ModelError, match="no answer of a model"):
        bench.ask(HELLO, Reply(text="one two three four"), StreamFault("malformed", after_chunks=3))


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_a_busy_server_is_asked_again(bench, status):
    reply = bench.ask(HELLO, Fail(status, retry_after=0.01), Reply(text="Yes."))
    assert reply.text == "Yes."
    assert bench.asked == 2


def test_a_server_that_stays_busy_is_an_error_after_a_few_tries(bench):
    with pytest.raises(ModelError, match=r"is busy \(status 429\), after 3 tries$"):
        bench.ask(HELLO, Fail(429, retry_after=0.01, times=None))
    assert bench.asked == EAGER.tries


def test_a_delay_beyond_patience_is_said_at_once(bench):
    with pytest.raises(ModelError, match="it asks for 3600 s"):
        bench.ask(HELLO, Fail(429, retry_after=3600, times=None))
    assert bench.asked == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, r"refuses the request \(status 400\): too many words"),
        (401, "refuses the key TEST_KEY"),
        (403, "the key TEST_KEY may not use 'm-1'"),
        (404, "has no model 'm-1'"),
        (402, "no credit left"),
        (413, r"refuses the request \(status 413\)"),
        (422, r"refuses the request \(status 422\)"),
    ],
)
def test_a_refusal_is_one_sentence_and_not_tried_again(bench, status, message):
    with pytest.raises(ModelError, match=message) as caught:
        bench.ask(HELLO, Fail(status, message="too many words", times=None))
    assert bench.asked == 1
    assert caught.value.hint
    assert caught.value.__cause__ is None
    assert KEY not in str(caught.value)


def test_a_server_that_nobody_runs_is_an_error():
    async def main() -> None:
        listener = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        listener.close()
        await listener.wait_closed()
        for model in (
            OpenAiModel("m-1", Endpoint(url=f"http://127.0.0.1:{port}/v1", key=None), patience=EAGER),
            AnthropicModel("m-1", Endpoint(url=f"http://127.0.0.1:{port}", key=None), patience=EAGER),
        ):
            with pytest.raises(ModelError, match=f"'127.0.0.1:{port}' cannot be reached, after 3 tries"):
                await model.reply(HELLO)
            await model.close()

    asyncio.run(main())


def test_an_error_of_whoever_listens_is_theirs(bench):
    def broken(text: str) -> None:
        raise ValueError("the listener broke")

    with pytest.raises(ValueError, match="the listener broke"):
        bench.ask(HELLO, Reply(text="one two"), on_text=broken)
