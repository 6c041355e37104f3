"""What a chat remembers: exchanges, the oldest of which go when there is no room for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.chat.fence import fenced
from avops.model.conversation import Message, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_CHARACTERS = 60_000
"""Of all that is remembered: about 15,000 tokens."""
MOST_EXCHANGES = 200
CANCELLED = "[cancelled]"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """One look-up of the assistant: what it asked, and what it was shown, as JSON text."""

    name: str
    arguments: str
    result: str
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a person said and what came of it.

    With `command`, `asked` is the slash command that a person typed and `answer` is what avops reported of it; otherwise
    `answer` is the model's text. `cancelled` says that the person cut it off.
    """

    asked: str
    answer: str
    command: bool = False
    cancelled: bool = False
    looked_up: tuple[LookedUp, ...] = ()

    @property
    def size(self) -> int:
        """Characters."""
        return len(self.asked) + len(self.answer) + sum(len(each.arguments) + len(each.result) for each in self.looked_up)


class Memory:
    """The exchanges of a conversation, oldest first, bounded in number and size."""

    def __init__(self, exchanges: Iterable[Exchange] = (), *, forgotten: int = 0, most_characters: int = MOST_CHARACTERS) -> None:
        self._exchanges = list(exchanges)
        self._most = most_characters
        self.forgotten = forgotten
        """How many exchanges had to go."""
        self._trim()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What is remembered."""
        return tuple(self._exchanges)

    def add(self, exchange: Exchange) -> int:
        """Remembers an exchange; how many older ones had to go for it. What was looked up goes before what was said."""
        self._exchanges.append(_shortened(exchange, self._most))
        return self._trim()

    def clear(self) -> None:
        """Forgets everything."""
        self._exchanges.clear()
        self.forgotten = 0

    def messages(self, redact: Callable[[str], str] = str) -> list[Message]:
        """The conversation as a model is told it: turns of a person and of the assistant, one after the other.

        Reports of commands and of look-ups stand fenced, as data, before the person's next words.
        """
        told: list[Message] = []
        waiting: list[str] = []
        for exchange in self._exchanges:
            if exchange.command:
                waiting.append(_report(exchange, redact))
                continue
            told.append(Message(role=Role.USER, text="\n\n".join([*waiting, redact(exchange.asked)])))
            waiting = [fenced(f"look-up {each.name}", redact(each.result)) for each in exchange.looked_up]
            told.append(Message(role=Role.ASSISTANT, text=_answer(exchange, redact)))
        if waiting:
            told.append(Message(role=Role.USER, text="\n\n".join(waiting)))
        return told

    def _trim(self) -> int:
        size = sum(exchange.size for exchange in self._exchanges)
        for index, exchange in enumerate(self._exchanges[:-1]):
            if size <= self._most:
                break
            spared = replace(exchange, looked_up=())
            size -= exchange.size - spared.size
            self._exchanges[index] = spared
        gone = 0
        while len(self._exchanges) > 1 and (size > self._most or len(self._exchanges) > MOST_EXCHANGES):
            size -= self._exchanges.pop(0).size
            gone += 1
        self.forgotten += gone
        return gone


def _shortened(exchange: Exchange, most: int) -> Exchange:
    """The exchange with what does not fit left out; a person's own words are kept before the answer."""
    if exchange.size <= most:
        return exchange
    asked = cut(exchange.asked, most // 2)
    answer = cut(exchange.answer, most - len(asked))
    kept: list[LookedUp] = []
    left = most - len(asked) - len(answer)
    for each in exchange.looked_up:
        left -= len(each.arguments) + len(each.result)
        if left < 0:
            break
        kept.append(each)
    return replace(exchange, asked=asked, answer=answer, looked_up=tuple(kept))


def cut(text: str, most: int) -> str:
    """The text, or its beginning with a mark where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…" if most > 0 else ""


def _answer(exchange: Exchange, redact: Callable[[str], str]) -> str:
    text = redact(exchange.answer).strip()
    return " ".join(filter(None, (text, CANCELLED if exchange.cancelled else ""))) or "[no answer]"


def _report(exchange: Exchange, redact: Callable[[str], str]) -> str:
    return fenced("command that the person typed", redact(exchange.asked)) + "\n" + fenced("its report", redact(exchange.answer))


def joined(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """The messages with a person's next words; they follow what is still waiting to be told."""
    if messages and messages[-1].role is Role.USER:
        return (*messages[:-1], replace(messages[-1], text=f"{messages[-1].text}\n\n{text}"))
    return (*messages, Message(role=Role.USER, text=text))
