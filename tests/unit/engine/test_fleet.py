"""Many rooms: a parent and its children."""

from __future__ import annotations

import asyncio

from avops.connectors.scripted import Fault
from avops.engine.fleet import Fleet, FleetItem, FleetOptions, FleetProgress, allowed_failures, with_fleet
from avops.model.run import RunStatus

CHECK = "name: Look\nverify:\n  - {reading: {tool: room.get, with: {id: '{{ room.room }}'}}, check: reading.power == 'on'}\n"


def rooms(*keys):
    return [FleetItem(label=key, room=key, room_values={"room": key, "name": key}) for key in keys]


def run_fleet(b, items, **options):
    seen = []
    fleet = Fleet(b.executor(), b.store, b.clock, seen.append)
    start = with_fleet(b.start_of(CHECK), items, FleetOptions(**options))
    return asyncio.run(fleet.start(start, b.lock.name)), seen


def test_every_room_is_a_child_run_and_the_parent_tells_of_all(bench):
    b = bench(get=[{"power": "on"}])
    report, seen = run_fleet(b, rooms("A", "B", "C"), parallel=2)
    assert report.status is RunStatus.SUCCESS
    assert [(child.room, child.status.value, child.parent_id) for child in b.store.children(report.run_id)] == [
        ("A", "success", report.run_id),
        ("B", "success", report.run_id),
        ("C", "success", report.run_id),
    ]
    assert [(p.done, p.total) for p in seen] == [(1, 3), (2, 3), (3, 3)]


def test_a_failed_canary_keeps_the_rest_from_starting(bench):
    b = bench(get=[Fault("dark")])
    report, _ = run_fleet(b, rooms("A", "B", "C"), canary=1)
    assert report.status is RunStatus.FAILED
    assert report.error == "1 of 3 did not succeed: A failed; 2 were not started"
    assert len(b.store.children(report.run_id)) == 1


def test_at_max_failures_nothing_new_starts(bench):
    b = bench(get=[{"power": "off"}])
    report, _ = run_fleet(b, rooms(*"ABCDEF"), max_failures=2)
    assert [child.room for child in b.store.children(report.run_id)] == ["A", "B"]
    assert "4 were not started" in (report.error or "")


def test_a_share_of_failures_is_rounded_down_but_never_to_none():
    assert [allowed_failures(text, 40) for text in (None, 3, "10%", "1%")] == [None, 3, 4, 1]


def test_a_continued_fleet_finishes_what_was_left_and_repeats_nothing(bench):
    b = bench(get=[{"power": "on"}])
    start = with_fleet(b.start_of(CHECK), rooms("A", "B", "C"), FleetOptions())

    async def half():
        from avops.engine.fleet import _child_start
        from avops.model.run import RunEnd

        parent = await b.store.create_run(start)
        await b.executor().start(_child_start(parent, start, 0, start.options["fleet"]["items"][0], b.clock))
        await b.store.end_run(parent, RunEnd(status=RunStatus.INTERRUPTED, finished_at=b.clock.now()))
        return parent, await Fleet(b.executor(), b.store, b.clock, seen.append).resume(parent, b.lock.name)

    seen = []
    parent, report = asyncio.run(half())
    assert [(progress.done, progress.done_before) for progress in seen] == [(1, 1), (2, 1), (3, 1)]
    assert report.status is RunStatus.SUCCESS
    assert [child.room for child in b.store.children(parent)] == ["A", "B", "C"]
    assert len(b.tool.calls) == 3


def test_what_had_ended_before_a_fleet_went_on_does_not_count_for_its_pace():
    progress = FleetProgress(total=10, done=5, failed=0, waiting=0, elapsed_s=4.0, done_before=4)
    assert progress.left_s == 20.0
    assert FleetProgress(total=10, done=4, failed=0, waiting=0, elapsed_s=0.1, done_before=4).left_s is None
