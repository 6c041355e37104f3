"""A model that goes by what it is sent, and by nothing else: asked the same again, it answers the same.

What it is to do stands in the words of the step: `power, mark c1 mark c2` asks for one call in its first turn, and for two
in its second. In the words, `it` is the entry that the step is done for.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from avops.model.conversation import Role
from avops.providers.scripted import asks, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.crash.life import Reaper

    from avops.model.conversation import ModelReply, ModelRequest

_ROOM = re.compile(r"\bR-[0-9]{4}\b")
_ITEM = re.compile(r'"item": ?"([a-z])"')


class ReadingModel:
    """`ports.Model` whose turns are points of death, as calls of tools are."""

    name = "reading:model"

    def __init__(self, reaper: Reaper) -> None:
        self._reaper = reaper

    async def reply(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        self._reaper.pass_by("before-call")
        answer = _answer(request)
        self._reaper.pass_by("after-call")
        return answer

    async def close(self) -> None: ...


def _answer(request: ModelRequest) -> ModelReply:
    first = request.messages[0].text
    if request.schema is not None:
        return says(json.dumps({"holds": '"target": "on"' in first or '"target":"on"' in first, "because": "the reading says so"}))
    room, item = _ROOM.search(first), _ITEM.search(first)
    assert room is not None
    words = first.partition("\n")[2].partition("\n")[0].partition(":")[2]
    turns = [turn.split() for turn in words.split(",")]
    number = sum(message.role is Role.ASSISTANT for message in request.messages)
    if number >= len(turns):
        return says("It is done.")
    return asks(*_calls(turns[number], room[0], item[1] if item else ""))


def _calls(words: list[str], room: str, item: str) -> list[tuple[str, dict[str, object]]]:
    calls: list[tuple[str, dict[str, object]]] = []
    rest = iter(words)
    for word in rest:
        if word == "mark":
            title = next(rest)
            calls.append(("site__patch", {"id": room, "title": item if title == "it" else title}))
        elif word == "power":
            calls.append(("site__power", {"id": room, "power": "on"}))
        elif word == "tell":
            calls.append(("site__ticket", {"id": room, "title": next(rest)}))
        else:
            calls.append((f"site__{word}", {"id": room}))
    return calls
