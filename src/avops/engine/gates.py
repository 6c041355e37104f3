"""What the documents of a run ask of every write, and of whoever decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.model.effect import Effect
from avops.model.run import DecisionKind, DecisionStatus
from avops.model.window import is_open

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from avops.engine.request import Bundle
    from avops.model.run import Question, RunStart, StepIntent
    from avops.ports import PersonAnswer


def may_decide_of(bundle: Bundle, start: RunStart) -> Callable[[Question, PersonAnswer], bool]:
    """Whether an answer counts: a person of the role that is asked for, and with `four_eyes` not the one who started the run."""
    four_eyes, roles = bundle.four_eyes, bundle.settings.roles

    def may_decide(question: Question, answer: PersonAnswer) -> bool:
        if answer.status in (DecisionStatus.DENIED, DecisionStatus.EXPIRED):
            return True
        if question.role is not None and answer.by not in roles.get(question.role, ()):
            return False
        return not (four_eyes and question.kind is DecisionKind.APPROVE and answer.by == start.started_by)

    return may_decide


def window_gate(timezone: str) -> Callable[[StepIntent, datetime, Sequence[str]], str | None]:
    """What is looked at before each write: the windows of the recipes on the way to it. Rollback is not stopped by them."""

    def gate(intent: StepIntent, now: datetime, windows: Sequence[str]) -> str | None:
        if intent.effect not in (Effect.WRITE, Effect.DESTRUCTIVE) or intent.phase == "rollback":
            return None
        for window in windows:
            try:
                if not is_open(window, now, timezone):
                    return f"refused by window: it is outside '{window}' ({timezone})"
            except (AvopsError, ValueError, KeyError) as error:
                return f"refused by window: '{window}' cannot be read: {error}"
        return None

    return gate
