"""Anthropic's models by its Messages API, and any server that speaks it."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from avops.model.conversation import ModelReply, Role, Stop, ToolRequest
from avops.providers.answer_schema import ANSWER, closed
from avops.providers.remote import RemoteModel, arguments_of, count

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import httpx2

    from avops.model.conversation import Message, ModelRequest
    from avops.providers.endpoint import Endpoint
    from avops.providers.prices import Prices
    from avops.providers.retry import Patience

ANTHROPIC_URL = "https://api.anthropic.com"
MAX_KEPT_TURNS = 256

_STOPS = {"max_tokens": Stop.LENGTH, "model_context_window_exceeded": Stop.LENGTH, "refusal": Stop.REFUSAL}
_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature", "input_json_delta": "partial_json"}


class AnthropicModel(RemoteModel):
    """A model of Anthropic. Manual: platform.claude.com/docs, Messages, Structured outputs, Thinking with tool use."""

    provider = "anthropic"

    def __init__(self, model: str, endpoint: Endpoint, *, prices: Prices | None = None, patience: Patience | None = None) -> None:
        super().__init__(model, endpoint, prices=prices, patience=patience)
        self._turns: OrderedDict[str, list[dict[str, object]]] = OrderedDict()
        """Turns of the model that ask for tools, by the id of their first request. A model that thinks wants its turn back
        word for word, with blocks that no other provider has."""

    def _sdk(self) -> ModuleType:
        import anthropic

        return anthropic

    def _open(self, connection: httpx2.AsyncClient) -> Any:
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(
            api_key="unused",  # the connection sends the key, or none
            webhook_key="",
            base_url=self._endpoint.url,
            timeout=connection.timeout,
            max_retries=0,
            http_client=connection,
            open_telemetry=False,
        )

    async def _send(self, client: Any, request: ModelRequest) -> Any:
        wanted: dict[str, Any] = {
            "model": self._model,
            "max_tokens": request.max_tokens,
            "messages": self._messages(request.messages),
            "stream": True,
        }
        if request.instructions:
            wanted["system"] = request.instructions
        tools = [{"name": each.name, "description": each.description, "input_schema": dict(each.parameters)} for each in request.tools]
        if request.schema is not None:
            strict = closed(request.schema, all_required=False)
            if strict is not None:
                wanted["output_config"] = {"format": {"type": "json_schema", "schema": strict}}
            else:
                tools.append({"name": _answer_tool(request), "description": "Gives the answer.", "input_schema": dict(request.schema)})
                wanted["tool_choice"] = {"type": "any"} if request.tools else {"type": "tool", "name": _answer_tool(request)}
        if tools:
            wanted["tools"] = tools
        return await client.messages.create(**wanted)

    def _messages(self, messages: tuple[Message, ...]) -> list[dict[str, object]]:
        """The conversation in turns of `user` and `assistant`; results of tools stand in the user's turn."""
        turns: list[dict[str, object]] = []
        for message in messages:
            role = "assistant" if message.role is Role.ASSISTANT else "user"
            blocks = self._blocks(message)
            if turns and turns[-1]["role"] == role:
                last = turns[-1]["content"]
                assert isinstance(last, list)
                last.extend(blocks)
            elif blocks:
                turns.append({"role": role, "content": blocks})
        return turns

    def _blocks(self, message: Message) -> list[dict[str, object]]:
        if message.role is Role.TOOL:
            result: dict[str, object] = {"type": "tool_result", "tool_use_id": message.request_id, "content": message.text}
            return [{**result, "is_error": True} if message.is_error else result]
        if message.requests and (kept := self._turns.get(message.requests[0].id)) is not None:
            return list(kept)
        blocks: list[dict[str, object]] = [{"type": "text", "text": message.text}] if message.text.strip() else []
        for each in message.requests:
            blocks.append({"type": "tool_use", "id": each.id, "name": each.name, "input": dict(each.arguments or {})})
        return blocks

    async def _hear(self, stream: Any, request: ModelRequest, tell: Callable[[str], None]) -> ModelReply | None:
        draft = _Draft(_answer_tool(request) if request.schema is not None else None)
        async for event in stream:
            if event.type == "message_start":
                draft.begin(event.message)
            elif event.type == "content_block_start":
                draft.blocks[event.index] = event.content_block.model_dump(exclude_none=True, warnings=False)
            elif event.type == "content_block_delta":
                tell(draft.grow(event.index, event.delta))
            elif event.type == "message_delta":
                draft.end(event.delta, event.usage)
            elif event.type == "message_stop":
                return self._reply(draft)
        return None

    def _reply(self, draft: _Draft) -> ModelReply | None:
        if draft.stop is None:
            return None
        text, requests = draft.text_and_requests()
        if requests and draft.stop == "tool_use":
            self._turns[requests[0].id] = draft.turn()
            while len(self._turns) > MAX_KEPT_TURNS:
                self._turns.popitem(last=False)
        told = draft.tokens["input_tokens"] + draft.tokens["cache_read_input_tokens"] + draft.tokens["cache_creation_input_tokens"]
        return ModelReply(
            text=text or draft.why,
            stop=_STOPS.get(draft.stop) or (Stop.TOOLS if requests else Stop.END),
            requests=requests,
            usage=self._usage(
                told,
                draft.tokens["output_tokens"],
                cached=draft.tokens["cache_read_input_tokens"],
                stored=draft.tokens["cache_creation_input_tokens"],
            ),
            model=draft.model,
        )


def _answer_tool(request: ModelRequest) -> str:
    """A name for the tool that stands for an answer, which no offered tool has."""
    name = ANSWER
    while any(tool.name == name for tool in request.tools):
        name += "_"
    return name


class _Draft:
    """What has come of a reply. `answer_tool` is a tool whose arguments are the answer's text."""

    def __init__(self, answer_tool: str | None) -> None:
        self.blocks: dict[int, dict[str, Any]] = {}
        self.model = ""
        self.stop: str | None = None
        self.why = ""
        self.tokens = dict.fromkeys(("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"), 0)
        self._answer_tool = answer_tool

    def begin(self, message: Any) -> None:
        """Takes the model and the tokens that were told."""
        self.model = str(message.model or "")
        self._count(message.usage)

    def end(self, delta: Any, usage: Any) -> None:
        """Takes why it stopped, and the tokens in all."""
        self.stop = delta.stop_reason or self.stop
        self.why = str(getattr(getattr(delta, "stop_details", None), "explanation", None) or "")
        self._count(usage)

    def _count(self, usage: Any) -> None:
        for name in self.tokens:
            self.tokens[name] = count(getattr(usage, name, None)) or self.tokens[name]

    def grow(self, index: int, delta: Any) -> str:
        """Adds a piece to a block; what of it is text to be heard."""
        key = _GROWING.get(delta.type)
        if key is None:
            return ""
        block = self.blocks[index]
        piece = str(getattr(delta, key))
        block[key] = block.get(key, "") + piece
        return piece if key == "text" or (key == "partial_json" and block.get("name") == self._answer_tool) else ""

    def text_and_requests(self) -> tuple[str, tuple[ToolRequest, ...]]:
        """The text of all blocks, and the calls that they ask for."""
        text, requests = [], []
        for block in self.blocks.values():
            if block["type"] == "text":
                text.append(block["text"])
            elif block["type"] == "tool_use":
                written = block.get("partial_json", "")
                if self._answer_tool is not None and block["name"] == self._answer_tool:
                    text.append(written)
                else:
                    requests.append(ToolRequest(id=block["id"], name=block["name"], arguments=arguments_of(written), text=written))
        return "".join(text), tuple(requests)

    def turn(self) -> list[dict[str, object]]:
        """The blocks as they are sent back."""
        made = []
        for block in self.blocks.values():
            sent = {key: value for key, value in block.items() if key != "partial_json"}
            if block["type"] == "tool_use":
                sent["input"] = dict(arguments_of(block.get("partial_json", "")) or {})
            if block["type"] != "text" or block["text"]:
                made.append(sent)
        return made
