"""The assistant: a model that is asked, looks things up where it needs to, and changes nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from avops.chat.fence import fenced
from avops.chat.lookups import Found, look_up
from avops.chat.memory import Exchange, LookedUp, joined
from avops.errors import ModelError
from avops.model.conversation import Message, ModelRequest, Role, Stop, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avops.chat.lookups import Lookup
    from avops.chat.memory import Memory
    from avops.model.conversation import ModelReply, ToolRequest
    from avops.ports import Model

MOST_TURNS = 8
"""Requests to the model for one message."""
MOST_LOOKUPS = 12
LONGEST_S = 180.0
"""Of one request."""
MOST_TOKENS = 2048
_ENOUGH = "Nothing more can be looked up for this message: answer now, with what you have."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the assistant said. `notes` are avops's own remarks on it; `forgotten` counts the exchanges that had to go for it."""

    text: str
    found: tuple[Found, ...]
    usage: Usage
    model: str
    notes: tuple[str, ...] = ()
    forgotten: int = 0


def nothing(_: str) -> None:
    """Hears nothing."""


@dataclass(slots=True, kw_only=True)
class _Turns:
    """One message on its way to an answer."""

    asked: str
    said: list[str]
    found: list[Found]
    usage: Usage
    model: str = ""

    def exchange(self, *, cancelled: bool = False) -> Exchange:
        looked_up = tuple(
            LookedUp(
                name=each.name,
                arguments=json.dumps(dict(each.arguments), ensure_ascii=False, default=str),
                result=each.text,
                is_error=each.is_error,
            )
            for each in self.found
        )
        return Exchange(asked=self.asked, answer="".join(self.said).strip(), cancelled=cancelled, looked_up=looked_up)


class Assistant:
    """Answers messages with a model and look-ups, in one conversation.

    `redact` hides secrets in plain data, on the way to the model and into the memory alike.
    """

    def __init__(
        self,
        model: Model,
        lookups: Sequence[Lookup],
        memory: Memory,
        *,
        instructions: Callable[[int], str],
        redact: Callable[[object], object],
        longest_s: float = LONGEST_S,
    ) -> None:
        self._model = model
        self._lookups = tuple(lookups)
        self._memory = memory
        self._instructions = instructions
        self._redact = redact
        self._longest_s = longest_s

    async def answer(self, text: str, on_text: Callable[[str], None] = nothing, on_lookup: Callable[[str], None] = nothing) -> Answer:
        """The answer, which is remembered. `on_text` hears it as it comes, `on_lookup` the name of each function that is asked.

        ModelError where there is none; then nothing is remembered. Cancelled, what was said so far is remembered with a mark.
        """
        turns = _Turns(asked=self._hidden(text), said=[], found=[], usage=Usage(cost_usd=Decimal(0)))
        messages = joined(self._memory.messages(self._hidden), turns.asked)
        try:
            notes = await self._turns(turns, messages, on_text, on_lookup)
        except asyncio.CancelledError:
            self._memory.add(turns.exchange(cancelled=True))
            raise
        exchange = turns.exchange()
        forgotten = self._memory.add(exchange)
        return Answer(
            text=exchange.answer, found=tuple(turns.found), usage=turns.usage, model=turns.model, notes=notes, forgotten=forgotten
        )

    async def _turns(
        self, turns: _Turns, messages: tuple[Message, ...], on_text: Callable[[str], None], on_lookup: Callable[[str], None]
    ) -> tuple[str, ...]:
        """Asks until the model is done; avops's remarks on how it ended."""
        for number in range(MOST_TURNS):
            is_last = number == MOST_TURNS - 1 or len(turns.found) >= MOST_LOOKUPS
            reply = await self._reply(turns, messages, on_text)
            if not reply.requests or is_last:
                return _remarks(reply, is_last=is_last, spoke=bool("".join(turns.said).strip()))
            results = [await self._found(turns, request, on_lookup) for request in reply.requests]
            if number == MOST_TURNS - 2 or len(turns.found) >= MOST_LOOKUPS:
                results[-1] = replace(results[-1], text=f"{results[-1].text}\n{_ENOUGH}")
            messages = (*messages, Message(role=Role.ASSISTANT, text=reply.text, requests=reply.requests), *results)
            if turns.said and not turns.said[-1].endswith("\n"):
                self._say(turns, "\n", on_text)
        raise AssertionError("the last turn returns")

    async def _reply(self, turns: _Turns, messages: tuple[Message, ...], on_text: Callable[[str], None]) -> ModelReply:
        request = ModelRequest(
            instructions=self._instructions(self._memory.forgotten),
            messages=messages,
            tools=tuple(lookup.offer for lookup in self._lookups),
            max_tokens=MOST_TOKENS,
        )
        before = len(turns.said)
        try:
            async with asyncio.timeout(self._longest_s):
                reply = await self._model.reply(request, lambda piece: self._say(turns, piece, on_text))
        except TimeoutError:
            raise ModelError(
                f"the model did not answer within {self._longest_s:g} s", hint="try again, or a shorter question; avops settings test"
            ) from None
        if reply.text and len(turns.said) == before:
            self._say(turns, reply.text, on_text)
        turns.usage = _sum(turns.usage, reply.usage)
        turns.model = reply.model or self._model.name
        return reply

    def _say(self, turns: _Turns, piece: str, on_text: Callable[[str], None]) -> None:
        turns.said.append(piece)
        on_text(piece)

    async def _found(self, turns: _Turns, request: ToolRequest, on_lookup: Callable[[str], None]) -> Message:
        if len(turns.found) >= MOST_LOOKUPS:
            return Message(role=Role.TOOL, text="not looked up", request_id=request.id, is_error=True)
        on_lookup(request.name)
        found = await look_up(self._lookups, request, self._redact)
        turns.found.append(found)
        return Message(role=Role.TOOL, text=fenced(found.name, found.text), request_id=request.id, is_error=found.is_error)

    def _hidden(self, text: str) -> str:
        return str(self._redact(text))


def _remarks(reply: ModelReply, *, is_last: bool, spoke: bool) -> tuple[str, ...]:
    remarks = []
    if reply.stop is Stop.LENGTH:
        remarks.append("the answer is cut off: it reached its limit; ask for the rest")
    if reply.stop is Stop.REFUSAL:
        remarks.append("the model declines to answer this")
    if reply.requests and is_last:
        remarks.append("the assistant wanted to look up more than one message allows; ask for less at once")
    if not spoke and not remarks:
        remarks.append("the model said nothing; ask again in other words")
    return tuple(remarks)


def _sum(one: Usage, other: Usage) -> Usage:
    cost = None if one.cost_usd is None or other.cost_usd is None else one.cost_usd + other.cost_usd
    return replace(
        one, input_tokens=one.input_tokens + other.input_tokens, output_tokens=one.output_tokens + other.output_tokens, cost_usd=cost
    )
