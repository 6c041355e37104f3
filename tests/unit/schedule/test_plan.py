"""Which slots are run, missed or skipped, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.model.schedule import Busy, Override, Pause, SlotState, Verdict
from avops.schedule.plan import Closure, Decision, Span, closures_of, decide, judge_overlap

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
GRACE = timedelta(minutes=5)


def minutes(*numbers: float) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in numbers]


def at(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def plan(*slots: float, now: float = 0, catch_up: str = "latest", closures: tuple[Closure, ...] = ()) -> Decision:
    return decide(minutes(*slots), now=at(now), grace=GRACE, catch_up=catch_up, closures=closures)


def test_a_slot_within_grace_is_due() -> None:
    assert plan(-5, 0).due == (at(-5), at(0))


def test_a_slot_past_grace_is_missed() -> None:
    assert plan(-5.01, catch_up="none") == Decision(missed=(Span(first=at(-5.01), last=at(-5.01), count=1),))


@pytest.mark.parametrize(("catch_up", "caught_up"), [("none", ()), ("latest", (-20,)), ("all", (-40, -30, -20))])
def test_missed_slots_follow_catch_up(catch_up: str, caught_up: tuple[int, ...]) -> None:
    decision = plan(-40, -30, -20, -1, catch_up=catch_up)
    assert decision.caught_up == tuple(minutes(*caught_up))
    assert decision.due == (at(-1),)
    assert decision.missed == (Span(first=at(-40), last=at(-20), count=3),)


def test_all_catches_up_the_last_24() -> None:
    decision = plan(*range(-400, -10, 10), catch_up="all")
    assert len(decision.caught_up) == 24
    assert decision.caught_up[-1] == at(-20)
    assert decision.missed[0].count == 39


def test_slots_of_a_closed_time_are_skipped_and_never_caught_up() -> None:
    decision = plan(-60, -50, -40, -2, catch_up="all", closures=(Closure("paused by ann: fair", at(-55), at(-30)),))
    assert decision.skipped == (Span(first=at(-50), last=at(-40), count=2, reason="paused by ann: fair"),)
    assert decision.caught_up == (at(-60),)
    assert decision.due == (at(-2),)


def test_a_slot_whose_grace_was_cut_by_a_pause_is_skipped() -> None:
    paused = Closure("paused by ann: fair", at(-18), at(-10))
    assert plan(-20, closures=(paused,)).skipped == (Span(first=at(-20), last=at(-20), count=1, reason="paused by ann: fair"),)
    assert plan(-25, closures=(paused,)).missed == (Span(first=at(-25), last=at(-25), count=1),)


def test_a_slot_planned_while_disabled_is_skipped_though_enabled_by_now() -> None:
    assert plan(-3, closures=(Closure("disabled by ann: x", at(-10), at(-1)),)).due == ()


def test_missed_slots_are_not_caught_up_while_closed() -> None:
    decision = plan(-60, closures=(Closure("paused by ann: fair", at(-1), None),))
    assert decision.caught_up == ()
    assert decision.missed == (Span(first=at(-60), last=at(-60), count=1, reason="paused by ann: fair"),)


def test_blackouts_count_at_the_planned_time_and_now() -> None:
    def holiday(instant: datetime) -> str | None:
        return "blackout: May Day" if instant >= at(0) else None

    decision = decide(minutes(-60, -2), now=at(1), grace=GRACE, catch_up="latest", blackout=holiday)
    assert decision.due == ()
    assert decision.skipped == (Span(first=at(-2), last=at(-2), count=1, reason="blackout: May Day"),)
    assert decision.caught_up == ()


def test_overrides_and_pauses_become_closures() -> None:
    overrides = [
        Override(key="w", enabled=False, reason="noisy", by="ann", at=at(-30)),
        Override(key="w", enabled=True, reason="", by="bob", at=at(-20)),
        Override(key="w", enabled=None, reason="", by="bob", at=at(-10)),
    ]
    pauses = [Pause(reason="fair", by="ann", from_at=at(-5), until_at=None)]
    assert closures_of(enabled=True, overrides=overrides, pauses=pauses, problem=None) == [
        Closure("paused by ann: fair", at(-5), None),
        Closure("disabled by ann: noisy", at(-30), at(-20)),
    ]
    assert closures_of(enabled=False, overrides=overrides, pauses=[], problem="broken") == [
        Closure("broken"),
        Closure("disabled in its file", None, at(-30)),
        Closure("disabled by ann: noisy", at(-30), at(-20)),
        Closure("disabled in its file", at(-10), None),
    ]


@pytest.mark.parametrize(
    ("policy", "busy", "queued", "verdict"),
    [
        ("skip", None, False, Verdict(state=SlotState.STARTED)),
        ("allow", Busy(run_id=4, status="running"), False, Verdict(state=SlotState.STARTED)),
        ("skip", Busy(run_id=4, status="running"), False, Verdict(state=SlotState.SKIPPED, reason="run 4 is still running")),
        ("skip", Busy(run_id=4, status="interrupted"), False, Verdict(state=SlotState.SKIPPED, reason="run 4 is interrupted")),
        ("queue", Busy(run_id=4, status="waiting"), False, Verdict(state=SlotState.QUEUED, reason="run 4 is waiting for a person")),
        (
            "queue",
            Busy(run_id=4, status="running"),
            True,
            Verdict(state=SlotState.SKIPPED, reason="run 4 is still running, and one slot is queued already"),
        ),
        ("skip", Busy(run_id=None, status="running"), False, Verdict(state=SlotState.SKIPPED, reason="another start is under way")),
    ],
)
def test_overlap(policy: str, busy: Busy | None, queued: bool, verdict: Verdict) -> None:
    assert judge_overlap(policy, busy, is_one_queued=queued) == verdict


@given(
    st.lists(st.integers(-1000, 0), unique=True, max_size=40).map(sorted),
    st.lists(st.integers(-1100, 100), max_size=6, unique=True).map(sorted),
    st.sampled_from(["none", "latest", "all"]),
)
def test_each_slot_has_exactly_one_fate(slots: list[int], bounds: list[int], catch_up: str) -> None:
    closures = tuple(Closure(f"closed {first}", at(first), at(last)) for first, last in pairwise(bounds) if bounds.index(first) % 2 == 0)
    decision = plan(*slots, catch_up=catch_up, closures=closures)
    fates = len(decision.due) + sum(span.count for span in (*decision.missed, *decision.skipped))
    assert fates == len(slots)
    for slot in (*decision.due, *decision.caught_up):
        assert not any(closure.touches(slot, min(at(0), slot + GRACE)) for closure in closures)
    for slot in decision.due:
        assert at(0) - slot <= GRACE
    for slot in decision.caught_up:
        assert at(0) - slot > GRACE
