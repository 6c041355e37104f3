"""A person at the terminal: asked in place, where they may decide."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from avops.model.run import DecisionKind, DecisionStatus
from avops.ports import PersonAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.model.run import Question

LATER = "later"
_CHOICES = {
    DecisionKind.APPROVE: "approve, deny or later",
    DecisionKind.CONFIRM: "yes, no or later",
    DecisionKind.MANUAL: "done, deny or later",
    DecisionKind.DO: "done (or what came of it), deny or later",
    DecisionKind.ASK: "a value, or later",
}
_YES = {"y", "yes", "done", "ok", "approve", "a"}
_NO = {"n", "no", "deny", "d"}


class TerminalPerson:
    """`ports.Person` on standard input; the person is the login account, whatever the environment says."""

    def __init__(self, account: str, roles: Mapping[str, Sequence[str]]) -> None:
        self._account = account
        self._roles = roles

    async def answer(self, question: Question) -> PersonAnswer | None:
        """What the person typed; None where they may not decide this, or will later."""
        if question.role is not None and self._account not in self._roles.get(question.role, ()):
            return None
        self._show(question)
        while True:
            text = (await _line(f"  {_CHOICES[question.kind]}: ")).strip()
            if text.lower() == LATER or text == "\x04":
                return None
            answer = self._understood(question, text)
            if answer is not None:
                return answer

    def _show(self, question: Question) -> None:
        from avops.report.diagnostics import visible

        print(f"\n? {visible(question.prompt)}", file=sys.stderr)
        if question.call is not None:
            print(f"  call: {visible(json.dumps(question.call, ensure_ascii=False))}", file=sys.stderr)
        for name, value in question.readings.items():
            shown = json.dumps(value, ensure_ascii=False, default=str)
            print(f"  {visible(name)}: {visible(shown if len(shown) <= 300 else shown[:300] + '…')}", file=sys.stderr)

    def _understood(self, question: Question, text: str) -> PersonAnswer | None:
        word, _, note = text.partition(" ")
        kind = question.kind
        if kind is DecisionKind.ASK:
            return PersonAnswer(status=DecisionStatus.ANSWERED, by=self._account, answer=text) if text else None
        if word.lower() in _NO:
            return PersonAnswer(status=DecisionStatus.DENIED, by=self._account, note=note or None)
        if kind is DecisionKind.DO and text and word.lower() not in _YES:
            return PersonAnswer(status=DecisionStatus.ANSWERED, by=self._account, answer=text)
        if word.lower() not in _YES:
            return None
        status = DecisionStatus.APPROVED if kind is DecisionKind.APPROVE else DecisionStatus.ANSWERED
        return PersonAnswer(status=status, by=self._account, note=note or None)


async def _line(prompt: str) -> str:
    """A line of standard input, waited for on the loop so that Ctrl-C is heard; the end of input is Ctrl-D."""
    import asyncio

    print(prompt, end="", file=sys.stderr, flush=True)
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def come() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(sys.stdin.fileno(), come)
    try:
        await ready
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline() or "\x04"
