"""What is said to a language model, and what it answers: the same words for every provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


class Role(StrEnum):
    """Who says a message."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    """What a tool returned: data, whatever it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOffer:
    """A tool that the model may ask for.

    `name` has letters, digits, `_` and `-` only, at most 64; `parameters` is a JSON Schema of an object.
    """

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """A call that the model asks for. It is a wish: whoever offered the tool checks the name and the arguments.

    `arguments` is None when what the model wrote is not a JSON object; `text` is what it wrote.
    """

    id: str
    name: str
    arguments: Mapping[str, object] | None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn. An assistant's turn may hold `requests`; a tool's turn answers the request `request_id`."""

    role: Role
    text: str = ""
    requests: tuple[ToolRequest, ...] = ()
    request_id: str | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """Everything a model gets to see for one answer.

    `schema` asks for an answer that is JSON by this JSON Schema; who asks checks it, since not every server keeps to it.
    """

    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[ToolOffer, ...] = ()
    schema: Mapping[str, object] | None = None
    max_tokens: int = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that answers took, and their price where it is known (`cost_usd` None: no price for the model)."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.input_tokens + self.output_tokens


class Stop(StrEnum):
    """Why the model stopped."""

    END = "end"
    TOOLS = "tools"
    """It asks for tools."""
    LENGTH = "length"
    """`max_tokens` was reached: the text is cut off."""
    REFUSAL = "refusal"
    """It, or the provider's filter, declines; the text says why, if anything does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """One answer."""

    text: str
    stop: Stop
    requests: tuple[ToolRequest, ...] = ()
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    """The model that answered, as the provider names it."""
