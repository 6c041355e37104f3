"""What is going to happen, and how the schedule stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.schedule.projects import START, Bench, bench

from avops.model.run import RunStatus
from avops.model.schedule import Override, Pause
from avops.schedule.preview import preview, schedule_status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avops.schedule.preview import Preview


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def look(desk: Bench, *, hours: float = 24, durations: dict[str, float] | None = None, limit: int = 100) -> Preview:
    return preview(desk.store, desk.root, desk.source, now=START, days=hours / 24, durations=durations, limit=limit)


def test_fires_come_in_order_with_what_overlaps_them(desk: Bench) -> None:
    desk.write("Long", '{cron: "0 6,7 * * *"}')
    desk.write("Short", '{cron: "0 6 * * *"}')
    desk.write("Later", '{cron: "30 7 * * *"}')
    desk.write("Alone", '{cron: "0 12 * * *"}')
    found = look(desk, durations={"long": 3700.0})
    assert [(fire.workflow, f"{fire.planned_at:%H:%M}", fire.overlaps) for fire in found.fires] == [
        ("Long", "06:00", ("Long", "Short")),
        ("Short", "06:00", ("Long",)),
        ("Long", "07:00", ("Later", "Long")),
        ("Later", "07:30", ("Long",)),
        ("Alone", "12:00", ()),
    ]
    assert not found.is_cut


def test_fires_that_will_be_skipped_say_why_and_overlap_nothing(desk: Bench) -> None:
    desk.write("A", '{cron: "0 6 * * *"}')
    desk.write("B", '{cron: "0 6 * * *"}')
    desk.write("C", '{cron: "0 8 * * *"}', enabled="false")
    desk.store.override(Override(key="a", enabled=False, reason="noisy", by="ann", at=START))
    desk.store.pause(Pause(reason="fair", by="bob", from_at=START, until_at=START + timedelta(hours=1)))
    assert [(fire.workflow, fire.reason, fire.overlaps) for fire in look(desk, hours=26).fires] == [
        ("A", "paused by bob: fair", ()),
        ("B", "paused by bob: fair", ()),
        ("C", "disabled in its file", ()),
        ("A", "disabled by ann: noisy", ()),
        ("B", None, ()),
    ]


def test_a_preview_is_cut_at_its_limit_and_leaves_no_trace(desk: Bench) -> None:
    desk.write("A", "{interval_minutes: 1}")
    desk.write("B", "{after: A, on: failed}")
    desk.write("C", '{cron: "61 * * * *"}')
    found = look(desk, limit=5)
    assert [f"{fire.planned_at:%H:%M}" for fire in found.fires] == ["05:30", "05:31", "05:32", "05:33", "05:34"]
    assert found.is_cut
    assert found.following == (("B", "A", "failed"),)
    assert [broken.path for broken in found.broken] == ["workflows/c.yaml"]
    assert desk.store.workflows() == []


def test_status_of_a_schedule_that_nobody_ever_ticked(desk: Bench) -> None:
    status = schedule_status(desk.store, now=START)
    assert status.last_tick_at is None
    assert status.is_late
    assert status.lateness is None


def test_status_tells_lateness_missed_slots_and_who_switched_what_off(desk: Bench) -> None:
    desk.write("A", '{cron: "*/30 * * * *"}')
    desk.write("B", '{cron: "0 6 * * *"}')
    desk.tick("05:31:00")
    desk.store.override(Override(key="b", enabled=False, reason="noisy", by="ann", at=START))
    desk.tick("06:00:10")
    desk.tick("06:31:30")
    desk.end_as = lambda _: RunStatus.RUNNING
    desk.tick("09:02:00")
    now = datetime.fromisoformat("2026-05-04T09:04:00Z")
    status = schedule_status(desk.store, now=now)
    assert status.last_tick_at == datetime.fromisoformat("2026-05-04T09:02:00Z")
    assert not status.is_late
    assert schedule_status(desk.store, now=now + timedelta(minutes=5)).is_late
    assert status.lateness is not None
    assert (status.lateness.slots, status.lateness.median_s, status.lateness.largest_s) == (2, 50.0, 90.0)
    assert [(row.key, row.count) for row in status.missed] == [("a", 4)]
    assert [(row.key, row.reason) for row in status.skipped] == [("a", "run 3 is still running"), ("b", "disabled by ann: noisy")]
    assert [(word.key, word.by) for word in status.overrides] == [("b", "ann")]
    assert status.names == {"a": "A", "b": "B"}
