"""What each wire format's answers become, and what requests look like, where a server that others wrote has no such case."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.providers.wire import Wire, chunk, events, plain, response, said, text_block, turn, wire

from avops.errors import ModelError
from avops.model.conversation import Message, ModelRequest, Role, Stop, ToolOffer, ToolRequest
from avops.providers import AnthropicModel, Endpoint, OpenAiModel, Patience, Price, Prices

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.model.conversation import ModelReply

HELLO = ModelRequest(instructions="Be brief.", messages=(Message(role=Role.USER, text="Hello."),))
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True}
LOOK = ToolOffer(name="look", description="Looks.", parameters={"type": "object", "properties": {}})
PRICES = Prices({"m-1": Price(input=Decimal(2), output=Decimal(10), cached=Decimal("0.2"), stored=Decimal("2.5"))})

OpenAi = ["responses", "chat"]


def ask(
    dialect: str, answer: bytes, *requests: ModelRequest, on_text: Callable[[str], None] | None = None
) -> tuple[list[ModelReply], Wire]:
    """The replies of one model to requests, with what the server was asked."""

    async def main() -> tuple[list[ModelReply], Wire]:
        async with wire(answer) as server:
            endpoint = Endpoint(url=server.url, key="k" * 20)
            model = (
                AnthropicModel("m-1", endpoint, prices=PRICES, patience=Patience(tries=1))
                if dialect == "anthropic"
                else OpenAiModel("m-1", endpoint, dialect=dialect, prices=PRICES, patience=Patience(tries=1))  # type: ignore[arg-type]
            )
            try:
                return [await model.reply(request, on_text) for request in requests or (HELLO,)], server
            finally:
                await model.close()

    return asyncio.run(main())


def one(dialect: str, answer: bytes, request: ModelRequest = HELLO) -> ModelReply:
    return ask(dialect, answer, request)[0][0]


def completed(*output: dict[str, object], kind: str = "response.completed", **more: object) -> bytes:
    return events({"type": kind, "sequence_number": 1, "response": response(*output, **more)})


def test_a_refusal_of_openai_is_a_refusal_with_its_text():
    reply = one("responses", completed(said({"type": "refusal", "refusal": "I will not."})))
    assert (reply.text, reply.stop) == ("I will not.", Stop.REFUSAL)
    reply = one("chat", events(chunk({"refusal": "I will "}), chunk({"refusal": "not."}), chunk({}, "stop"), "[DONE]"))
    assert (reply.text, reply.stop) == ("I will not.", Stop.REFUSAL)


def test_the_providers_filter_is_a_refusal():
    filtered = completed(kind="response.incomplete", status="incomplete", incomplete_details={"reason": "content_filter"})
    assert one("responses", filtered).stop is Stop.REFUSAL
    assert one("chat", events(chunk({"content": "I"}), chunk({}, "content_filter"), "[DONE]")).stop is Stop.REFUSAL
    refused = turn(stop="refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": "Not this."})
    reply = one("anthropic", refused)
    assert (reply.text, reply.stop) == ("Not this.", Stop.REFUSAL)


def test_a_full_context_is_an_answer_cut_off():
    assert one("anthropic", turn(text_block("The"), stop="model_context_window_exceeded")).stop is Stop.LENGTH
    cut = completed(
        said({"type": "output_text", "text": "The"}),
        kind="response.incomplete",
        status="incomplete",
        incomplete_details={"reason": "max_output_tokens"},
    )
    assert (one("responses", cut).text, one("responses", cut).stop) == ("The", Stop.LENGTH)


def test_an_error_within_an_answer_is_an_error():
    failed = completed(kind="response.failed", status="failed", error={"code": "server_error", "message": "The model crashed."})
    with pytest.raises(ModelError, match=r"gave up on the answer: The model crashed$"):
        one("responses", failed)
    with pytest.raises(ModelError, match=r"The model crashed$"):
        one("responses", events({"type": "error", "code": "x", "message": "The model crashed.", "sequence_number": 1}))
    with pytest.raises(ModelError, match=r"gave up on the answer: crashed$"):
        one("chat", events(chunk({"content": "I"}), {"error": {"message": "crashed", "type": "server_error"}}))
    with pytest.raises(ModelError, match=r"gave up on the answer: Overloaded$"):
        one("anthropic", events({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}))


def test_cached_tokens_have_their_own_price():
    """1,000 tokens in, of which 400 were read from the cache and 100 written to it, and 20 out."""
    expected = (500 * Decimal(2) + 400 * Decimal("0.2") + 100 * Decimal("2.5") + 20 * Decimal(10)) / 1_000_000
    for dialect, answer in (
        ("responses", completed(said({"type": "output_text", "text": "Yes."}))),
        ("anthropic", turn(text_block("Yes."))),
    ):
        usage = one(dialect, answer).usage
        assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (1000, 20, expected)
    used = {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020, "prompt_tokens_details": {"cached_tokens": 400}}
    usage = one("chat", events(chunk({"content": "Yes."}), chunk({}, "stop"), chunk(usage=used), "[DONE]")).usage
    assert usage.cost_usd == (600 * Decimal(2) + 400 * Decimal("0.2") + 20 * Decimal(10)) / 1_000_000


def test_a_server_that_counts_no_tokens_is_borne():
    usage = one("chat", events(chunk({"content": "Yes."}), chunk({}, "stop"), "[DONE]")).usage
    assert (usage.input_tokens, usage.output_tokens) == (0, 0)


def test_calls_in_pieces_are_put_together():
    calls = events(
        chunk(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "look", "arguments": ""}}],
            }
        ),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"x":'}}]}),
        chunk({"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"name": "look", "arguments": "{}"}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]}),
        chunk({}, "tool_calls"),
        "[DONE]",
    )
    assert [(each.id, each.arguments) for each in one("chat", calls).requests] == [("a", {"x": 1}), ("b", {})]


def test_calls_without_an_index_are_told_apart_by_their_ids():
    def call(**fields: object) -> dict[str, object]:
        return chunk({"tool_calls": [fields]})

    calls = events(
        call(id="a", type="function", function={"name": "look", "arguments": '{"x": '}),
        call(function={"arguments": "1}"}),
        call(id="b", type="function", function={"name": "look", "arguments": '{"x": 2}'}),
        chunk({}, "stop"),
        "[DONE]",
    )
    reply = one("chat", calls)
    assert reply.stop is Stop.TOOLS
    assert [(each.id, each.arguments) for each in reply.requests] == [("a", {"x": 1}), ("b", {"x": 2})]


def test_a_call_cut_off_by_the_limit_has_no_arguments():
    cut = ({"type": "tool_use", "id": "t", "name": "look", "input": {}}, [{"type": "input_json_delta", "partial_json": '{"room": "HQ'}])
    reply = one("anthropic", turn(cut, stop="max_tokens"))
    assert reply.stop is Stop.LENGTH
    assert reply.requests == (ToolRequest(id="t", name="look", arguments=None, text='{"room": "HQ'),)


def test_a_model_that_thinks_gets_its_turn_back_word_for_word():
    thinking = (
        {"type": "thinking", "thinking": "", "signature": ""},
        [
            {"type": "thinking_delta", "thinking": "Hm"},
            {"type": "thinking_delta", "thinking": "m."},
            {"type": "signature_delta", "signature": "sig=="},
        ],
    )
    hidden = ({"type": "redacted_thinking", "data": "abc"}, [])
    call = ({"type": "tool_use", "id": "t-1", "name": "look", "input": {}}, [{"type": "input_json_delta", "partial_json": '{"x": 1}'}])
    heard: list[str] = []
    answer = turn(thinking, hidden, text_block("Let me look."), call, stop="tool_use")

    async def main() -> None:
        async with wire(answer, turn(text_block("Done."))) as server:
            model = AnthropicModel("m-1", Endpoint(url=server.url, key=None), patience=Patience(tries=1))
            first = await model.reply(ModelRequest(instructions="", messages=HELLO.messages, tools=(LOOK,)), heard.append)
            asked = Message(role=Role.ASSISTANT, text=first.text, requests=first.requests)
            result = Message(role=Role.TOOL, text="nothing there", request_id="t-1", is_error=True)
            await model.reply(ModelRequest(instructions="", messages=(*HELLO.messages, asked, result), tools=(LOOK,)))
            await model.close()
        assert heard == ["Let me look."]
        assert server.asked[1].body["messages"] == [
            {"role": "user", "content": [{"type": "text", "text": "Hello."}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hmm.", "signature": "sig=="},
                    {"type": "redacted_thinking", "data": "abc"},
                    {"type": "text", "text": "Let me look."},
                    {"type": "tool_use", "id": "t-1", "name": "look", "input": {"x": 1}},
                ],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t-1", "content": "nothing there", "is_error": True}]},
        ]

    asyncio.run(main())


CALLED = (
    Message(role=Role.USER, text="Look twice."),
    Message(
        role=Role.ASSISTANT,
        requests=(ToolRequest(id="a", name="look", arguments={"ä": 1}), ToolRequest(id="b", name="look", arguments=None, text="{oops")),
    ),
    Message(role=Role.TOOL, text="one", request_id="a"),
    Message(role=Role.TOOL, text="two", request_id="b", is_error=True),
)


@pytest.mark.parametrize(
    ("dialect", "key", "expected"),
    [
        (
            "responses",
            "input",
            [
                {"role": "user", "content": "Look twice."},
                {"type": "function_call", "call_id": "a", "name": "look", "arguments": '{"ä": 1}'},
                {"type": "function_call", "call_id": "b", "name": "look", "arguments": "{oops"},
                {"type": "function_call_output", "call_id": "a", "output": "one"},
                {"type": "function_call_output", "call_id": "b", "output": "error: two"},
            ],
        ),
        (
            "chat",
            "messages",
            [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Look twice."},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"ä": 1}'}},
                        {"id": "b", "type": "function", "function": {"name": "look", "arguments": "{oops"}},
                    ],
                },
                {"role": "tool", "tool_call_id": "a", "content": "one"},
                {"role": "tool", "tool_call_id": "b", "content": "error: two"},
            ],
        ),
        (
            "anthropic",
            "messages",
            [
                {"role": "user", "content": [{"type": "text", "text": "Look twice."}]},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool_use", "id": "a", "name": "look", "input": {"ä": 1}},
                        {"type": "tool_use", "id": "b", "name": "look", "input": {}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "a", "content": "one"},
                        {"type": "tool_result", "tool_use_id": "b", "content": "two", "is_error": True},
                    ],
                },
            ],
        ),
    ],
)
def test_a_conversation_with_calls_is_told_in_each_wire_format(dialect, key, expected):
    answers = {
        "responses": completed(said({"type": "output_text", "text": "Yes."})),
        "chat": events(chunk({"content": "Yes."}), chunk({}, "stop"), "[DONE]"),
        "anthropic": turn(text_block("Yes.")),
    }
    _, server = ask(dialect, answers[dialect], ModelRequest(instructions="Be brief.", messages=CALLED, tools=(LOOK,), max_tokens=77))
    body = server.asked[0].body
    assert body[key] == expected
    assert 77 in body.values()
    assert body["stream"] is True


def test_openai_is_told_to_keep_nothing():
    _, server = ask("responses", completed(said({"type": "output_text", "text": "Yes."})))
    assert server.asked[0].body["store"] is False


def test_a_schema_that_strict_mode_cannot_hold_is_sent_as_it_is():
    request = ModelRequest(instructions="", messages=HELLO.messages, schema=OPEN)
    _, server = ask("responses", completed(said({"type": "output_text", "text": "{}"})), request)
    assert server.asked[0].body["text"] == {"format": {"type": "json_schema", "name": "answer", "schema": OPEN, "strict": False}}


@pytest.mark.parametrize("tools", [(), (LOOK,), (ToolOffer(name="answer", description="", parameters={"type": "object"}),)])
def test_a_schema_that_anthropic_cannot_hold_is_a_tool_that_must_be_used(tools):
    name = "answer_" if tools and tools[0].name == "answer" else "answer"
    call = (
        {"type": "tool_use", "id": "t", "name": name, "input": {}},
        [{"type": "input_json_delta", "partial_json": '{"a": '}, {"type": "input_json_delta", "partial_json": '"b"}'}],
    )
    heard: list[str] = []
    request = ModelRequest(instructions="", messages=HELLO.messages, schema=OPEN, tools=tools)
    [reply], server = ask("anthropic", turn(call, stop="tool_use"), request, on_text=heard.append)
    assert (reply.text, reply.stop, reply.requests) == ('{"a": "b"}', Stop.END, ())
    assert "".join(heard) == reply.text
    body = server.asked[0].body
    assert body["tool_choice"] == ({"type": "any"} if tools else {"type": "tool", "name": "answer"})
    assert body["tools"][-1]["input_schema"] == OPEN


def test_an_empty_text_is_not_sent_to_anthropic():
    messages = (Message(role=Role.USER, text="Hello."), Message(role=Role.ASSISTANT, text=" "), Message(role=Role.USER, text="Well?"))
    _, server = ask("anthropic", turn(text_block("Yes.")), ModelRequest(instructions="", messages=messages))
    assert server.asked[0].body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hello."}, {"type": "text", "text": "Well?"}]}
    ]
    assert "system" not in server.asked[0].body


def test_what_a_server_says_is_short_and_on_one_line():
    long = plain("400 Bad Request", {"error": {"message": "no\n\x1b[31m" + "x" * 900}})
    with pytest.raises(ModelError) as caught:
        one("chat", long)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 400


def test_an_account_without_credit_is_not_a_busy_server():
    spent = plain(
        "429 Too Many Requests",
        {"error": {"message": "You exceeded your quota.", "type": "insufficient_quota", "code": "insufficient_quota"}},
    )
    with pytest.raises(ModelError, match="no credit left"):
        one("responses", spent)
