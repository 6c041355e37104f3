"""OpenAI's Responses API: a conversation as its input items, and its stream of events as a reply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from avops.model.conversation import ModelReply, Role, Stop, ToolRequest
from avops.providers.answer_schema import ANSWER, closed
from avops.providers.failure import reported
from avops.providers.remote import arguments_of, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.model.conversation import Message, ModelRequest, Usage
    from avops.providers.endpoint import Endpoint


async def send(client: Any, model: str, request: ModelRequest) -> Any:
    """The stream of an answer."""
    wanted: dict[str, Any] = {
        "model": model,
        "instructions": request.instructions,
        "input": [item for message in request.messages for item in _items(message)],
        "max_output_tokens": request.max_tokens,
        "store": False,
        "stream": True,
    }
    if request.tools:
        wanted["tools"] = [
            {"type": "function", "name": tool.name, "description": tool.description, "parameters": dict(tool.parameters), "strict": False}
            for tool in request.tools
        ]
    if request.schema is not None:
        strict = closed(request.schema, all_required=True)
        schema = dict(request.schema) if strict is None else strict
        wanted["text"] = {"format": {"type": "json_schema", "name": ANSWER, "schema": schema, "strict": strict is not None}}
    return await client.responses.create(**wanted)


def _items(message: Message) -> Iterator[dict[str, object]]:
    if message.role is Role.TOOL:
        text = f"error: {message.text}" if message.is_error else message.text
        yield {"type": "function_call_output", "call_id": message.request_id, "output": text}
        return
    if message.text or not message.requests:
        yield {"role": message.role.value, "content": message.text}
    for each in message.requests:
        yield {"type": "function_call", "call_id": each.id, "name": each.name, "arguments": written(each)}


def written(request: ToolRequest) -> str:
    """The arguments of a call as the model wrote them."""
    return request.text if request.arguments is None else json.dumps(request.arguments, ensure_ascii=False)


async def hear(stream: Any, tell: Callable[[str], None], *, endpoint: Endpoint, usage: Callable[..., Usage]) -> ModelReply | None:
    """The reply, once its last event has come; None when it has not."""
    async for event in stream:
        if event.type in ("response.output_text.delta", "response.refusal.delta"):
            tell(event.delta)
        elif event.type in ("response.completed", "response.incomplete"):
            return _reply(event.response, usage)
        elif event.type == "response.failed":
            raise reported(endpoint, getattr(event.response.error, "message", None))
        elif event.type == "error":
            raise reported(endpoint, event.message)
    return None


def _reply(response: Any, usage: Callable[..., Usage]) -> ModelReply:
    text, requests, refused = [], [], False
    for item in response.output:
        if item.type == "message":
            for part in item.content:
                refused = refused or part.type == "refusal"
                text.append(part.refusal if part.type == "refusal" else part.text)
        elif item.type == "function_call":
            arguments = item.arguments or ""
            requests.append(ToolRequest(id=item.call_id, name=item.name, arguments=arguments_of(arguments), text=arguments))
    used = response.usage
    details = getattr(used, "input_tokens_details", None)
    cached, stored = count(getattr(details, "cached_tokens", 0)), count(getattr(details, "cache_write_tokens", 0))
    return ModelReply(
        text="".join(text),
        stop=_stop(response, refused=refused, asks=bool(requests)),
        requests=tuple(requests),
        usage=usage(count(getattr(used, "input_tokens", 0)), count(getattr(used, "output_tokens", 0)), cached=cached, stored=stored),
        model=str(response.model or ""),
    )


def _stop(response: Any, *, refused: bool, asks: bool) -> Stop:
    if response.status == "incomplete":
        return Stop.REFUSAL if getattr(response.incomplete_details, "reason", None) == "content_filter" else Stop.LENGTH
    if refused:
        return Stop.REFUSAL
    return Stop.TOOLS if asks else Stop.END
