"""The Chat Completions API, which most other servers speak: a conversation as its messages, and its chunks as a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avops.model.conversation import ModelReply, Role, Stop, ToolRequest
from avops.providers.answer_schema import ANSWER, closed
from avops.providers.failure import reported
from avops.providers.openai_responses import written
from avops.providers.remote import arguments_of, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.model.conversation import Message, ModelRequest, Usage
    from avops.providers.endpoint import Endpoint

_STOPS = {"length": Stop.LENGTH, "content_filter": Stop.REFUSAL}


async def send(client: Any, model: str, request: ModelRequest) -> Any:
    """The stream of an answer."""
    wanted: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": request.instructions}, *map(_message, request.messages)],
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        wanted["tools"] = [
            {"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}}
            for tool in request.tools
        ]
    if request.schema is not None:
        strict = closed(request.schema, all_required=True)
        schema = dict(request.schema) if strict is None else strict
        wanted["response_format"] = {"type": "json_schema", "json_schema": {"name": ANSWER, "schema": schema, "strict": strict is not None}}
    return await client.chat.completions.create(**wanted)


def _message(message: Message) -> dict[str, object]:
    if message.role is Role.TOOL:
        text = f"error: {message.text}" if message.is_error else message.text
        return {"role": "tool", "tool_call_id": message.request_id, "content": text}
    made: dict[str, object] = {"role": message.role.value, "content": message.text}
    if message.requests:
        made["tool_calls"] = [
            {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": written(each)}} for each in message.requests
        ]
    return made


async def hear(stream: Any, tell: Callable[[str], None], *, endpoint: Endpoint, usage: Callable[..., Usage]) -> ModelReply | None:
    """The reply, once a reason why it ended has come; None when none has."""
    draft = _Draft()
    async for chunk in stream:
        if (error := getattr(chunk, "error", None)) is not None:
            raise reported(endpoint, str(error))
        draft.model = chunk.model or draft.model
        draft.used = getattr(chunk, "usage", None) or draft.used
        for choice in chunk.choices or ():
            draft.add(choice, tell)
    return draft.reply(usage)


class _Draft:
    """What has come of a reply."""

    def __init__(self) -> None:
        self.model = ""
        self.used: Any = None
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[object, dict[str, str]] = {}
        self._ended: str | None = None

    def add(self, choice: Any, tell: Callable[[str], None]) -> None:
        """Takes a piece in."""
        delta = choice.delta
        for piece, kept in ((delta.content, self._text), (getattr(delta, "refusal", None), self._refusal)):
            if piece:
                kept.append(piece)
                tell(piece)
        for call in delta.tool_calls or ():
            # Some servers count no index; a piece with an id then begins a call, one without goes on with the last.
            index = call.index if call.index is not None else (call.id or next(reversed(self._calls), 0))
            kept_call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
            kept_call["id"] = call.id or kept_call["id"]
            kept_call["name"] = (call.function and call.function.name) or kept_call["name"]
            kept_call["arguments"] += (call.function and call.function.arguments) or ""
        self._ended = choice.finish_reason or self._ended

    def reply(self, usage: Callable[..., Usage]) -> ModelReply | None:
        """The whole of it, if it is whole."""
        if self._ended is None:
            return None
        requests = tuple(
            ToolRequest(
                id=each["id"] or f"call_{number}", name=each["name"], arguments=arguments_of(each["arguments"]), text=each["arguments"]
            )
            for number, each in enumerate(self._calls.values(), 1)
        )
        cached = getattr(getattr(self.used, "prompt_tokens_details", None), "cached_tokens", 0)
        told, wrote = getattr(self.used, "prompt_tokens", 0), getattr(self.used, "completion_tokens", 0)
        stop = _STOPS.get(self._ended) or (Stop.REFUSAL if self._refusal else Stop.TOOLS if requests else Stop.END)
        return ModelReply(
            text="".join(self._text) + "".join(self._refusal),
            stop=stop,
            requests=requests,
            usage=usage(count(told), count(wrote), cached=count(cached)),
            model=self.model,
        )
