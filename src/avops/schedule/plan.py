"""Which slots are run, missed or skipped: pure decisions from facts, with the reason of each.

* A slot that is not older than `grace` is due.
* A slot that the workflow was closed for (disabled, paused, blacked out) at any time from its planned instant until it
  was looked at, or until `grace` had passed, is skipped and never caught up.
* Any other slot is missed. Missed slots follow `catch_up`: none, the latest, or all (the last 24), but not while the
  workflow is closed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.model.schedule import Busy, SlotState, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta

    from avops.model.schedule import Override, Pause

CATCH_UP_LIMIT = 24


@dataclass(frozen=True, slots=True)
class Closure:
    """A time in which a workflow is not started: [start, end), either end open when None."""

    reason: str
    start: datetime | None = None
    end: datetime | None = None

    def touches(self, first: datetime, last: datetime) -> bool:
        """True when it covers `first`, or an instant before `last`."""
        return (self.start is None or self.start <= first or self.start < last) and (self.end is None or self.end > first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Slots next to each other that share what became of them."""

    first: datetime
    last: datetime
    count: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to become of the slots looked at: run now (`due`), run late (`caught_up`), or left out.

    `missed` counts all missed slots, those in `caught_up` too.
    """

    due: tuple[datetime, ...] = ()
    caught_up: tuple[datetime, ...] = ()
    missed: tuple[Span, ...] = ()
    skipped: tuple[Span, ...] = ()


def decide(
    slots: Iterable[datetime],
    *,
    now: datetime,
    grace: timedelta,
    catch_up: str,
    closures: Sequence[Closure] = (),
    blackout: Callable[[datetime], str | None] = lambda _: None,
) -> Decision:
    """What is to become of `slots`, which are ascending and not later than `now`.

    `catch_up` is `none`, `latest` or `all`; `blackout` says why nothing may be started at an instant, or None.
    """
    due: list[datetime] = []
    missed, skipped = _Spans(), _Spans()
    last_missed: deque[datetime] = deque(maxlen={"none": 0, "latest": 1, "all": CATCH_UP_LIMIT}[catch_up])
    for slot in slots:
        if reason := closed_during(slot, min(now, slot + grace), closures, blackout):
            skipped.add(slot, reason)
        elif now - slot > grace:
            missed.add(slot, None)
            last_missed.append(slot)
        else:
            due.append(slot)
    closed_now = closed_during(now, now, closures, blackout) if last_missed else None
    caught_up = () if closed_now else tuple(last_missed)
    return Decision(due=tuple(due), caught_up=caught_up, missed=missed.all(closed_now), skipped=skipped.all())


def closed_during(first: datetime, last: datetime, closures: Sequence[Closure], blackout: Callable[[datetime], str | None]) -> str | None:
    """Why a workflow is closed at `first`, or at any time until `last`; None when it is open throughout."""
    for closure in closures:
        if closure.touches(first, last):
            return closure.reason
    return blackout(first) or (blackout(last) if last != first else None)


class _Spans:
    """Gathers slots into spans of one reason."""

    def __init__(self) -> None:
        self._spans: list[Span] = []

    def add(self, slot: datetime, reason: str | None) -> None:
        if self._spans and self._spans[-1].reason == reason:
            last = self._spans[-1]
            self._spans[-1] = Span(first=last.first, last=slot, count=last.count + 1, reason=reason)
        else:
            self._spans.append(Span(first=slot, last=slot, count=1, reason=reason))

    def all(self, reason: str | None = None) -> tuple[Span, ...]:
        if reason is None:
            return tuple(self._spans)
        return tuple(Span(first=span.first, last=span.last, count=span.count, reason=span.reason or reason) for span in self._spans)


def closures_of(*, enabled: bool, overrides: Sequence[Override], pauses: Sequence[Pause], problem: str | None) -> list[Closure]:
    """The times in which a workflow is closed.

    `enabled` is what its file says; `overrides` are ascending and the last word counts from its instant on.
    """
    closures = [Closure(problem)] if problem else []
    closures += [Closure(f"paused by {pause.by}: {pause.reason}", pause.from_at, pause.until_at) for pause in pauses]
    from_at: datetime | None = None
    reason = None if enabled else "disabled in its file"
    for override in overrides:
        if reason:
            closures.append(Closure(reason, from_at, override.at))
        from_at = override.at
        is_enabled = enabled if override.enabled is None else override.enabled
        word = "disabled in its file" if override.enabled is None else f"disabled by {override.by}: {override.reason}"
        reason = None if is_enabled else word
    if reason:
        closures.append(Closure(reason, from_at, None))
    return closures


def judge_overlap(policy: str, busy: Busy | None, *, is_one_queued: bool) -> Verdict:
    """Whether a slot may start beside what is `busy`; `policy` is `skip`, `queue` or `allow`. A queue holds one slot."""
    if busy is None or policy == "allow":
        return Verdict(state=SlotState.STARTED)
    what = "another start is under way" if busy.run_id is None else f"run {busy.run_id} is {_said(busy.status)}"
    if policy == "queue" and not is_one_queued:
        return Verdict(state=SlotState.QUEUED, reason=what)
    return Verdict(state=SlotState.SKIPPED, reason=f"{what}, and one slot is queued already" if policy == "queue" else what)


def _said(status: str) -> str:
    return {"running": "still running", "waiting": "waiting for a person"}.get(status, status)
