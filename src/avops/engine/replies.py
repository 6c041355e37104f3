"""Replies of a model as rows keep them, what is sent to one, and the answers that replies hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.engine.schema_check import schema_error
from avops.model.conversation import ModelReply, Stop, ToolRequest, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.engine.redaction import Redactor
    from avops.model.conversation import ModelRequest

MAX_ANSWER = 1024 * 1024
"""Characters of an answer that is to be JSON."""
_BLOCK = re.compile(r"\A\s*```[A-Za-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


def as_value(reply: ModelReply, redactor: Redactor) -> dict[str, object]:
    """A reply as its row keeps it: what the model said without secrets. The counts and marks are no text, and stay as they are."""
    usage = reply.usage
    requests = [
        {"id": one.id, "name": one.name, "arguments": redactor.data(one.arguments), "text": redactor.text(one.text)}
        for one in reply.requests
    ]
    return {
        "text": redactor.text(reply.text),
        "stop": reply.stop.value,
        "requests": requests,
        "model": reply.model,
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cost_usd": None if usage.cost_usd is None else float(usage.cost_usd),
        },
    }


def reply_of(value: object) -> ModelReply:
    """The reply that a row keeps; its price stays in the row."""
    assert isinstance(value, dict)
    usage = value["usage"]
    requests = tuple(
        ToolRequest(id=str(one["id"]), name=str(one["name"]), arguments=one["arguments"], text=str(one["text"]))
        for one in value["requests"]
    )
    return ModelReply(
        text=str(value["text"]),
        stop=Stop(value["stop"]),
        requests=requests,
        usage=Usage(input_tokens=int(usage["input_tokens"]), output_tokens=int(usage["output_tokens"])),
        model=str(value["model"]),
    )


def spent(value: object) -> tuple[int, float]:
    """The tokens of a kept reply, and what they cost in US dollars (0 where no price is known)."""
    assert isinstance(value, dict)
    usage = value["usage"]
    return int(usage["input_tokens"]) + int(usage["output_tokens"]), float(usage["cost_usd"] or 0.0)


def without_secrets(request: ModelRequest, redactor: Redactor) -> ModelRequest:
    """The request with everything taken out that is kept out of records too: nothing else is sent to a provider."""
    text, data = redactor.text, redactor.data
    # Redacting a mapping gives a mapping.
    messages = tuple(
        replace(
            message,
            text=text(message.text),
            requests=tuple(replace(one, arguments=data(one.arguments), text=text(one.text)) for one in message.requests),  # type: ignore[arg-type]  # see above
        )
        for message in request.messages
    )
    tools = tuple(replace(tool, description=text(tool.description), parameters=data(tool.parameters)) for tool in request.tools)  # type: ignore[arg-type]  # see above
    return replace(request, instructions=text(request.instructions), messages=messages, tools=tools, schema=data(request.schema))  # type: ignore[arg-type]  # see above


def answer_of(text: str, schema: Mapping[str, object]) -> tuple[object, str | None]:
    """The answer that a text holds, perhaps in a block of code, and what keeps it from fitting the schema (None: it fits)."""
    if len(text) > MAX_ANSWER:
        return None, f"the answer is longer than {MAX_ANSWER} characters"
    block = _BLOCK.match(text)
    try:
        value = json.loads(block[1] if block else text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return None, f"the answer is no JSON: {error}"
    return value, schema_error(schema, value)


def _refuse(word: str) -> object:
    raise ValueError(f"'{word}' is no JSON")
