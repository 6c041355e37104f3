"""A model that answers from a script: for tests, demos and recipe tests, with no network."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, TypeAlias

from avops.errors import ModelError
from avops.model.conversation import ModelReply, Stop, ToolRequest, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from avops.model.conversation import ModelRequest

Line: TypeAlias = "ModelReply | ModelError | Callable[[ModelRequest], ModelReply]"
WORD = re.compile(r"\S+\s*|\s+")


class ScriptedModel:
    """Says its lines in order, one for each request, and keeps the requests; ModelError when it has no line left."""

    def __init__(self, lines: Iterable[Line], *, name: str = "scripted:script") -> None:
        self._lines = iter(lines)
        self._name = name
        self.requests: list[ModelRequest] = []
        self.is_closed = False

    @property
    def name(self) -> str:
        """Provider and model."""
        return self._name

    async def reply(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """The next line, told word by word to `on_text`."""
        self.requests.append(request)
        await asyncio.sleep(0)
        line = next(self._lines, None)
        if line is None:
            raise ModelError("the script has no line left", hint="give the script a line for each request")
        if isinstance(line, ModelError):
            raise line
        answer = line(request) if callable(line) else line
        if on_text is not None:
            for word in WORD.findall(answer.text):
                on_text(word)
                await asyncio.sleep(0)
        return answer

    async def close(self) -> None:
        """Ends nothing: there is no connection."""
        self.is_closed = True


def says(text: str, *, stop: Stop = Stop.END, usage: Usage | None = None) -> ModelReply:
    """A line of text."""
    return ModelReply(text=text, stop=stop, usage=usage or Usage(input_tokens=10, output_tokens=5), model="script")


def asks(*calls: tuple[str, Mapping[str, object]], text: str = "", usage: Usage | None = None) -> ModelReply:
    """A line that asks for tools: the name offered and the arguments of each call."""
    requests = tuple(ToolRequest(id=f"call_{number}", name=name, arguments=arguments) for number, (name, arguments) in enumerate(calls, 1))
    return ModelReply(text=text, stop=Stop.TOOLS, requests=requests, usage=usage or Usage(input_tokens=10, output_tokens=5), model="script")
