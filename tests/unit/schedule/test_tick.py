"""Ticks over real files and a real database, with `now` handed in."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.schedule.projects import START, Bench, bench

from avops.errors import AvopsError
from avops.model.run import RunEnd, RunStatus, Simulated
from avops.model.schedule import Override, Pause, SlotState
from avops.schedule.tick import rehearse, tick_forever
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.schedule_store import SqliteScheduleStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avops.model.schedule import Slot
    from avops.schedule.tick_report import TickReport

SIX = '{cron: "0 6 * * *"}'
HOURLY = '{cron: "0 * * * *"}'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def reasons(report: TickReport) -> list[tuple[str, int, str | None]]:
    return [(left.workflow, left.count, left.reason) for left in report.skipped]


def override(key: str, enabled: bool | None, at: str) -> Override:
    return Override(key=key, enabled=enabled, reason="noisy", by="ann", at=datetime.fromisoformat(f"2026-05-04T{at}Z"))


def pause(desk: Bench, first: str, last: str | None) -> None:
    ends = datetime.fromisoformat(f"2026-05-04T{last}Z") if last else None
    desk.store.pause(Pause(reason="fair", by="ann", from_at=datetime.fromisoformat(f"2026-05-04T{first}Z"), until_at=ends))


def test_a_due_workflow_runs_once(desk: Bench) -> None:
    desk.write("Morning Check", SIX)
    assert desk.tick("05:59:01").ran == []
    report = desk.tick("06:00:01")
    assert [(slot.workflow, slot.run_id, slot.status) for slot in report.ran] == [("Morning Check", 1, "success")]
    assert report.summary == "Ticked. Ran 1 workflow."
    assert report.exit_code == 0
    assert desk.runs.run(1).slot == "morning check@2026-05-04T06:00:00Z"
    assert desk.tick("06:00:59").is_quiet
    assert desk.tick("06:01:01").is_quiet
    assert desk.ran == [("Morning Check", "04 06:00")]


def test_two_due_workflows_make_one_line(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.write("B", SIX)
    desk.tick("05:59:00")
    assert desk.tick("06:00:00").summary == "Ticked. Ran 2 workflows."


def test_the_first_tick_of_all_starts_no_cron_line_of_the_past(desk: Bench) -> None:
    desk.write("A", SIX)
    assert desk.tick("06:00:30").ran == []


def test_an_interval_runs_when_first_seen_and_then_on_its_grid(desk: Bench) -> None:
    desk.write("A", "{interval_minutes: 45}")
    for text in ("06:00:20", "06:10:00", "06:44:59", "06:45:00", "06:46:10", "07:31:40", "08:15:05"):
        desk.tick(text)
    assert desk.ran == [("A", "04 06:00"), ("A", "04 06:45"), ("A", "04 07:30"), ("A", "04 08:15")]


def test_an_interval_keeps_its_grid_when_its_length_changes(desk: Bench) -> None:
    desk.write("A", "{interval_minutes: 60}")
    desk.tick("06:00:00")
    desk.write("A", "{interval_minutes: 20}")
    for text in ("06:10:00", "06:20:30", "06:40:30"):
        desk.tick(text)
    assert desk.ran == [("A", "04 06:00"), ("A", "04 06:20"), ("A", "04 06:40")]


def test_an_instant_runs_once(desk: Bench) -> None:
    desk.tick("05:00:00")
    desk.write("A", '{at: "2026-05-04T06:00:00Z"}')
    for text in ("05:59:00", "06:00:10", "06:01:10", "12:00:00"):
        desk.tick(text)
    assert desk.ran == [("A", "04 06:00")]


@pytest.mark.parametrize(
    ("catch_up", "ran"), [("none", ["04 10:00"]), ("latest", ["04 09:00", "04 10:00"]), ("all", ["04 08:00", "04 09:00", "04 10:00"])]
)
def test_missed_slots_follow_catch_up(desk: Bench, catch_up: str, ran: list[str]) -> None:
    desk.write("A", HOURLY, catch_up=catch_up)
    desk.tick("07:30:00")
    report = desk.tick("10:02:00")
    assert [slot for _, slot in desk.ran] == ran
    assert [(left.count, f"{left.first:%H:%M}", f"{left.last:%H:%M}") for left in report.missed] == [(2, "08:00", "09:00")]
    assert not report.is_quiet
    assert desk.tick("10:03:00").is_quiet


def test_a_longer_grace_makes_a_late_slot_due(desk: Bench) -> None:
    desk.write("A", SIX, grace="2h", catch_up="none")
    desk.tick("05:00:00")
    report = desk.tick("07:59:00")
    assert desk.ran == [("A", "04 06:00")]
    assert report.missed == []


def test_a_disabled_workflow_is_skipped_with_the_reason_and_quietly(desk: Bench) -> None:
    desk.write("A", HOURLY, enabled="false")
    desk.tick("05:30:00")
    for hour in ("06", "07", "08"):
        report = desk.tick(f"{hour}:00:01")
        assert reasons(report) == [("A", 1, "disabled in its file")]
        assert report.is_quiet
    rows = desk.store.history(since=START)
    assert [(row.state, row.count, f"{row.planned_at:%H:%M}", f"{row.until_at:%H:%M}") for row in rows] == [
        (SlotState.SKIPPED, 3, "06:00", "08:00")
    ]


def test_an_override_counts_over_the_file_both_ways(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.write("B", HOURLY, enabled="false")
    desk.tick("05:30:00")
    desk.store.override(override("a", False, "05:40:00"))
    desk.store.override(override("b", True, "05:40:00"))
    report = desk.tick("06:00:01")
    assert reasons(report) == [("A", 1, "disabled by ann: noisy")]
    assert desk.ran == [("B", "04 06:00")]
    desk.store.override(override("a", None, "06:30:00"))
    desk.tick("07:00:01")
    assert desk.ran[1:] == [("A", "04 07:00"), ("B", "04 07:00")]


def test_slots_of_a_disabled_time_are_not_caught_up(desk: Bench) -> None:
    desk.write("A", HOURLY, catch_up="all")
    desk.tick("05:30:00")
    desk.store.override(override("a", False, "05:40:00"))
    desk.store.override(override("a", True, "07:30:00"))
    report = desk.tick("08:30:00")
    assert reasons(report) == [("A", 2, "disabled by ann: noisy")]
    assert desk.ran == [("A", "04 08:00")]


def test_the_master_pause_stops_everything_and_ends_by_itself(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.tick("05:30:00")
    pause(desk, "05:45:00", "06:30:00")
    report = desk.tick("06:00:01")
    assert reasons(report) == [("A", 1, "paused by ann: fair")]
    assert report.pause is not None
    report = desk.tick("07:00:01")
    assert report.pause is None
    assert desk.ran == [("A", "04 07:00")]


def test_resume_ends_a_pause(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.tick("05:30:00")
    pause(desk, "05:45:00", None)
    ended = desk.store.resume(datetime.fromisoformat("2026-05-04T05:50:00Z"))
    assert ended is not None
    assert ended.reason == "fair"
    assert desk.store.resume(datetime.fromisoformat("2026-05-04T05:51:00Z")) is None
    desk.tick("06:00:01")
    assert desk.ran == [("A", "04 06:00")]


def test_a_blackout_is_skipped_with_its_reason(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.blackout = lambda instant: "blackout: May Day" if instant.hour == 6 else None
    desk.tick("05:30:00")
    assert reasons(desk.tick("06:00:01")) == [("A", 1, "blackout: May Day")]
    desk.tick("07:00:01")
    assert desk.ran == [("A", "04 07:00")]


def test_a_draft_is_refused(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.source.drafts.add("A")
    desk.tick("05:59:00")
    report = desk.tick("06:00:00")
    assert reasons(report) == [("A", 1, "the recipe 'R' is a draft")]
    assert not report.is_quiet
    assert desk.tick("06:01:00").is_quiet


def test_a_broken_file_does_not_stop_the_others_and_is_told_each_time(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.write("B", '{cron: "61 * * * *"}')
    (desk.root / "workflows" / "c.yaml").write_text("name: [", encoding="utf-8")
    desk.tick("05:59:00")
    reads = len(desk.source.reads)
    report = desk.tick("06:00:00")
    assert [slot.workflow for slot in report.ran] == ["A"]
    assert [broken.path for broken in report.broken] == ["workflows/b.yaml", "workflows/c.yaml"]
    assert report.broken[0].message == "'61' in '61 * * * *' is not a minute, expected 0-59"
    assert report.exit_code == 1
    assert not report.is_quiet
    assert len(desk.source.reads) == reads + 1  # the due one; the broken ones are remembered


def test_a_workflow_that_breaks_is_skipped_until_it_is_mended(desk: Bench) -> None:
    path = desk.write("A", HOURLY)
    desk.tick("05:30:00")
    sound = path.read_text(encoding="utf-8")
    path.write_text("name: A\nagent: [", encoding="utf-8")
    report = desk.tick("06:00:01")
    assert reasons(report) == [("A", 1, "its file cannot be used")]
    assert report.broken[0].path == "workflows/a.yaml"
    path.write_text(sound, encoding="utf-8")
    assert desk.tick("07:00:01").broken == []
    assert desk.ran == [("A", "04 07:00")]


def test_two_files_of_one_name_both_stand_still_until_one_is_gone(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.tick("05:30:00")
    other = desk.root / "workflows" / "zz.yaml"
    other.write_text("name: a\nagent: A\nrecipe: R\n", encoding="utf-8")
    report = desk.tick("06:00:01")
    assert [broken.path for broken in report.broken] == ["workflows/a.yaml", "workflows/zz.yaml"]
    assert report.ran == []
    other.unlink()
    assert desk.tick("07:00:01").broken == []
    assert desk.ran == [("A", "04 07:00")]


def test_a_renamed_file_keeps_its_grid(desk: Bench) -> None:
    path = desk.write("A", "{interval_minutes: 60}")
    desk.tick("06:00:00")
    path.rename(path.with_name("zz.yml"))
    desk.tick("06:30:00")
    desk.tick("07:00:10")
    assert desk.ran == [("A", "04 06:00"), ("A", "04 07:00")]


def test_a_file_that_is_gone_is_not_run_and_not_caught_up_when_it_returns(desk: Bench) -> None:
    path = desk.write("A", HOURLY, catch_up="all")
    desk.tick("05:30:00")
    text = path.read_text(encoding="utf-8")
    path.unlink()
    desk.tick("06:00:01")
    desk.tick("08:00:01")
    path.write_text(text, encoding="utf-8")
    assert desk.tick("08:30:00").is_quiet
    desk.tick("09:00:01")
    assert desk.ran == [("A", "04 09:00")]


def test_a_changed_trigger_counts_from_its_change_on_and_what_it_left_is_recorded(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.tick("05:59:00")
    desk.write("A", '{cron: "30 5 * * *"}')
    desk.tick("06:00:30")
    assert desk.ran == []
    rows = desk.store.history(since=START)
    assert [(row.reason, f"{row.planned_at:%H:%M}") for row in rows] == [("its trigger was changed before it was looked at", "06:00")]


def test_the_projects_zone_counts_where_a_workflow_names_none(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.write("B", '{cron: "0 6 * * *", timezone: UTC}')
    desk.tick("03:59:00")
    desk.source.zone = "Europe/Berlin"
    (desk.root / "avops.yaml").write_text("timezone: Europe/Berlin\n", encoding="utf-8")
    desk.tick("03:59:30")
    desk.tick("04:00:30")
    assert desk.ran == [("A", "04 04:00")]
    desk.tick("06:00:30")
    assert desk.ran == [("A", "04 04:00"), ("B", "04 06:00")]


def test_an_unchanged_file_is_not_read_again_and_a_fresh_one_is_not_trusted(desk: Bench) -> None:
    path = desk.write("A", HOURLY)
    desk.tick("05:30:00")
    reads = len(desk.source.reads)
    desk.tick("05:31:00")
    assert len(desk.source.reads) == reads
    state = path.stat()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("0 * * * *", "5 * * * *"), encoding="utf-8")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    desk.tick("06:00:30")
    desk.tick("06:05:30")
    assert desk.ran == [("A", "04 06:05")]


def test_a_run_that_still_goes_on_counts_for_overlap(desk: Bench) -> None:
    desk.write("S", HOURLY, overlap="skip")
    desk.write("Q", HOURLY, overlap="queue")
    desk.write("X", HOURLY, overlap="allow")
    desk.tick("05:30:00")
    desk.end_as = lambda _: RunStatus.RUNNING
    desk.tick("06:00:01")
    assert sorted(desk.ran) == [("Q", "04 06:00"), ("S", "04 06:00"), ("X", "04 06:00")]
    report = desk.tick("07:00:01")
    assert [name for name, _ in desk.ran[3:]] == ["X"]
    runs = {desk.runs.run(number).workflow: number for number in (1, 2, 3)}
    assert reasons(report) == [("S", 1, f"run {runs['S']} is still running")]
    assert [(left.workflow, left.reason) for left in report.queued] == [("Q", f"run {runs['Q']} is still running")]
    report = desk.tick("08:00:01")
    assert ("Q", 1, f"run {runs['Q']} is still running, and one slot is queued already") in reasons(report)
    desk.end(runs["Q"], RunStatus.SUCCESS)
    desk.end_as = lambda _: RunStatus.SUCCESS
    desk.tick("08:30:00")
    assert desk.ran[-1] == ("Q", "04 07:00")
    assert desk.tick("08:31:00").is_quiet


@pytest.mark.parametrize(("status", "words"), [(RunStatus.WAITING, "waiting for a person"), (RunStatus.INTERRUPTED, "interrupted")])
def test_a_run_that_waits_or_was_interrupted_counts_too_whoever_started_it(desk: Bench, status: RunStatus, words: str) -> None:
    desk.write("A", SIX)
    desk.tick("05:59:00")
    number = desk.by_hand("A", RunEnd(status=status, finished_at=START))
    assert reasons(desk.tick("06:00:01")) == [("A", 1, f"run {number} is {words}")]


def test_a_queued_slot_is_dropped_when_its_workflow_is_paused(desk: Bench) -> None:
    desk.write("A", SIX, overlap="queue")
    desk.tick("05:59:00")
    number = desk.by_hand("A", RunEnd(status=RunStatus.WAITING, finished_at=START))
    desk.tick("06:00:01")
    pause(desk, "06:00:30", None)
    desk.end(number, RunStatus.SUCCESS)
    assert reasons(desk.tick("06:01:01")) == [("A", 1, "paused by ann: fair")]
    assert desk.ran == []


def test_caught_up_slots_of_one_workflow_follow_one_another(desk: Bench) -> None:
    desk.write("A", HOURLY, catch_up="all")
    desk.tick("05:30:00")
    under_way: list[Slot] = []
    most = 0

    def count(slot: Slot) -> None:
        nonlocal most
        busy, _ = desk.store.busy(slot)
        most = max(most, len(under_way), 1 if busy else 0)

    desk.before_run = count
    desk.tick("09:10:00")
    assert [slot for _, slot in desk.ran] == ["04 06:00", "04 07:00", "04 08:00", "04 09:00"]
    assert most == 0


def test_one_run_ends_another_begins(desk: Bench) -> None:
    desk.write("Sweep", SIX)
    desk.write("Repair", "{after: sweep, on: failed}")
    desk.write("Tell", "{after: Sweep, on: ended}")
    desk.tick("05:59:00")
    desk.end_as = lambda name: RunStatus.FAILED if name == "Sweep" else RunStatus.SUCCESS
    report = desk.tick("06:00:01")
    assert report.exit_code == 1
    desk.tick("06:01:01")
    assert sorted(name for name, _ in desk.ran) == ["Repair", "Sweep", "Tell"]
    assert desk.tick("06:02:01").is_quiet
    assert {row.cause for row in desk.store.history(since=START) if row.key in ("repair", "tell")} == {1}


def test_a_simulated_run_starts_nothing_after_it(desk: Bench) -> None:
    desk.write("Sweep", "manual")
    desk.write("Repair", "{after: Sweep}")
    desk.tick("05:30:00")
    desk.clock.at = START + timedelta(minutes=10)
    desk.by_hand("Sweep", RunEnd(status=RunStatus.SUCCESS, simulated=Simulated.ALL, finished_at=desk.clock.at))
    assert reasons(desk.tick("05:41:00")) == [("Repair", 1, "run 1 of 'Sweep' was simulated")]
    assert desk.tick("05:42:00").is_quiet


def test_runs_from_before_a_workflow_was_seen_start_nothing(desk: Bench) -> None:
    desk.write("Sweep", "manual")
    desk.tick("05:30:00")
    desk.by_hand("Sweep", RunEnd(status=RunStatus.SUCCESS, finished_at=START - timedelta(minutes=1)))
    desk.write("Repair", "{after: Sweep}")
    assert desk.tick("05:31:00").is_quiet


def test_a_clock_that_steps_back_runs_nothing_twice(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.tick("05:30:00")
    desk.tick("06:00:01")
    desk.tick("07:00:01")
    report = desk.tick("05:50:00")
    assert report.notes == ["the clock has stepped back: the last tick was at 2026-05-04 07:00:01 UTC"]
    for text in ("06:00:01", "06:30:00", "07:00:01", "08:00:01"):
        desk.tick(text)
    assert [slot for _, slot in desk.ran] == ["04 06:00", "04 07:00", "04 08:00"]


def test_a_clock_that_was_far_ahead_does_not_stop_the_schedule(desk: Bench) -> None:
    desk.write("A", HOURLY, catch_up="none")
    desk.tick("05:30:00")
    desk.tick("2036-01-01T00:00:00Z")
    desk.tick("08:50:00")
    rows = desk.store.history(since=START, states=[SlotState.MISSED])
    assert [(row.count, f"{row.planned_at:%H:%M}", f"{row.until_at:%H:%M}") for row in rows] == [(3, "06:00", "08:00")]
    desk.tick("09:00:01")
    assert desk.ran == [("A", "01 00:00"), ("A", "04 09:00")]


def test_a_start_that_fails_is_told_and_not_tried_again(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.write("B", SIX)
    desk.tick("05:59:00")

    def fail_a(slot: Slot) -> None:
        if slot.key == "a":
            raise AvopsError("the disk is full")

    desk.before_run = fail_a
    report = desk.tick("06:00:01")
    assert [(failed.workflow, failed.message) for failed in report.failed] == [("A", "the disk is full")]
    assert report.exit_code == 1
    assert desk.ran == [("B", "04 06:00")]
    assert desk.tick("06:01:01").is_quiet
    assert [row.reason for row in desk.store.history(since=START, states=[SlotState.FAILED])] == ["the disk is full"]


def test_an_unexpected_error_of_one_run_comes_after_the_others(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.write("B", SIX)
    desk.tick("05:59:00")

    def break_a(slot: Slot) -> None:
        if slot.key == "a":
            raise ZeroDivisionError

    desk.before_run = break_a
    with pytest.raises(ZeroDivisionError):
        desk.tick("06:00:01")
    assert desk.ran == [("B", "04 06:00")]


def test_a_claim_of_a_dead_process_without_a_run_is_taken_over(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.tick("05:59:00")
    lock = ProcessLock.acquire(desk.store.locks)
    claim_and_begin(desk, lock.name)
    assert desk.tick("06:01:00").ran == []  # it lives, and is about to start
    lock.release()
    report = desk.tick("06:02:00")
    assert [f"{slot.planned_at:%H:%M}" for slot in report.ran] == ["06:00"]


def test_a_claim_of_a_dead_process_with_a_run_is_never_run_again(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.tick("05:59:00")
    lock = ProcessLock.acquire(desk.store.locks)
    slot = claim_and_begin(desk, lock.name)

    async def make_run() -> int:
        return await desk.runs.create_run(desk.start("A", slot=slot.id, process=lock.name))

    number = asyncio.run(make_run())
    lock.release()
    assert desk.tick("06:02:00").ran == []
    row = desk.store.history(since=START)[0]
    assert (row.state, row.run_id) == (SlotState.RAN, number)


def test_a_slot_that_kills_its_processes_is_given_up(desk: Bench) -> None:
    desk.write("A", SIX, grace="1d")
    desk.tick("05:59:00")
    for _ in range(3):
        lock = ProcessLock.acquire(desk.store.locks)
        with desk.store.transaction():
            record = next(iter(desk.store.open_slots()), None)
            attempts = 0
            if record is not None:
                attempts = record.attempts + 1
                desk.store.drop_slot(record.slot)
        claim_and_begin(desk, lock.name, attempts)
        lock.release()
    report = desk.tick("06:10:00")
    assert [failed.message for failed in report.failed] == ["3 processes ended before they could start it"]
    assert desk.ran == []


def claim_and_begin(desk: Bench, process: str, attempts: int = 0) -> Slot:
    """What a tick at 06:00 has done up to asking for the run."""
    from avops.model.schedule import Slot, Verdict

    now = datetime.fromisoformat("2026-05-04T06:00:00Z")
    slot = Slot(key="a", planned_at=now)
    with desk.store.transaction():
        assert desk.store.claim(slot, process=process, now=now, attempts=attempts)
        desk.store.set_decided("a", now, now + timedelta(days=1))

    async def begin() -> None:
        verdict = await desk.store.begin(slot, process=process, now=now, judge=lambda *_: Verdict(state=SlotState.STARTED))
        assert verdict is not None

    asyncio.run(begin())
    return slot


def test_a_dry_run_says_what_would_happen_and_leaves_no_trace(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.write("B", SIX)
    desk.source.drafts.add("B")
    desk.tick("05:59:00")
    before = (desk.store.facts(), desk.store.workflows(), desk.store.history(since=START))
    now = datetime.fromisoformat("2026-05-04T06:00:01Z")
    report = rehearse(desk.store, desk.root, desk.source, now=now)
    assert report.summary == "Dry run. Would run 1 workflow."
    assert [slot.workflow for slot in report.ran] == ["A"]
    assert reasons(report) == [("B", 1, "the recipe 'R' is a draft")]
    assert (desk.store.facts(), desk.store.workflows(), desk.store.history(since=START)) == before
    desk.tick("06:00:02")
    assert desk.ran == [("A", "04 06:00")]


def test_a_year_of_ticks_runs_each_slot_once(desk: Bench) -> None:
    desk.write("A", '{cron: "30 2 * * 6,0", timezone: Europe/Berlin}')
    now = datetime.fromisoformat("2026-01-01T00:00:00Z")
    while now.year == 2026:
        desk.tick(now.isoformat())
        now += timedelta(hours=23, minutes=7)
    rows = desk.store.history(since=datetime.fromisoformat("2026-01-01T00:00:00Z"))
    weekends = {f"{row.planned_at:%m-%d}" for row in rows if row.state is SlotState.RAN}
    assert len(desk.ran) == len(weekends) == 104
    assert {"03-29", "10-25"} <= weekends


def test_forever_ticks_each_minute_until_stopped(desk: Bench) -> None:
    desk.write("A", '{cron: "*/2 * * * *"}', overlap="allow")
    reports: list[TickReport] = []

    async def some_minutes() -> None:
        stop = asyncio.Event()

        def hear(report: TickReport) -> None:
            reports.append(report)
            if len(reports) == 7:
                stop.set()

        desk.clock.at = START + timedelta(seconds=20)
        await tick_forever(desk.ticker(), clock=desk.clock, stop=stop, on_report=hear)

    asyncio.run(some_minutes())
    assert sorted(f"{report.at:%H:%M:%S}" for report in reports)[:4] == ["05:30:20", "05:31:00", "05:32:00", "05:33:00"]
    assert sorted(slot for _, slot in desk.ran)[:2] == ["04 05:32", "04 05:34"]


def test_stopping_lets_what_runs_end_and_gives_up_what_has_not_begun(desk: Bench) -> None:
    for name in ("A", "B", "C"):
        desk.write(name, "{interval_minutes: 60}")
    desk.parallel = 1

    async def stop_in_the_first_run() -> None:
        stop = asyncio.Event()
        ticker = desk.ticker()

        def halt(_: Slot) -> None:
            stop.set()
            ticker.stop()

        desk.before_run = halt
        await tick_forever(ticker, clock=desk.clock, stop=stop, on_report=lambda _: None)

    asyncio.run(stop_in_the_first_run())
    assert desk.ran == [("A", "04 05:30")]
    desk.before_run = lambda _: None
    desk.tick("05:31:00")
    assert desk.ran[1:] == [("B", "04 05:30"), ("C", "04 05:30")]


def test_a_cancelled_tick_gives_up_what_has_not_begun(desk: Bench) -> None:
    for name in ("A", "B"):
        desk.write(name, "{interval_minutes: 60}")
    desk.parallel = 1

    async def cancel_in_the_first_run() -> None:
        task = asyncio.ensure_future(desk.ticker().tick(START))
        desk.before_run = lambda _: task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel_in_the_first_run())
    desk.before_run = lambda _: None
    desk.tick("05:31:00")
    assert ("B", "04 05:30") in desk.ran


def test_old_slots_are_forgotten_and_never_run_again(desk: Bench) -> None:
    desk.write("A", HOURLY)
    desk.tick("05:30:00")
    desk.tick("06:00:01")
    desk.tick("07:00:01")
    assert desk.store.forget_slots(datetime.fromisoformat("2026-05-04T06:30:00Z")) == 1
    desk.tick("07:01:00")
    assert desk.ran == [("A", "04 06:00"), ("A", "04 07:00")]


def test_another_store_over_the_same_file_sees_the_same(desk: Bench) -> None:
    desk.write("A", SIX)
    desk.tick("05:59:00")
    desk.tick("06:00:01")
    with SqliteScheduleStore(desk.store.path) as other:
        assert [row.state for row in other.history(since=START)] == [SlotState.RAN]
        assert [workflow.name for workflow in other.workflows()] == ["A"]


def test_workflows_that_start_each_other_in_a_circle_are_left_out_with_the_reason(desk: Bench) -> None:
    desk.write("A", "{after: B, on: ended}")
    desk.write("B", "{after: C, on: ended}")
    desk.write("C", "{after: a, on: ended}")
    desk.write("D", "{after: A, on: ended}")
    desk.write("E", "{after: E, on: ended}")
    desk.tick("06:00:00")
    desk.clock.at = START + timedelta(minutes=31)
    desk.by_hand("A", RunEnd(status=RunStatus.SUCCESS, finished_at=desk.clock.at))
    desk.by_hand("E", RunEnd(status=RunStatus.SUCCESS, finished_at=desk.clock.at))
    report = desk.tick("06:02:00")
    assert [name for name, _ in desk.ran] == ["D"]
    assert reasons(report) == [
        ("C", 1, "these workflows start each other in a circle: 'C' → 'B' → 'A' → 'C'"),
        ("E", 1, "these workflows start each other in a circle: 'E' → 'E'"),
    ]
    assert desk.tick("06:03:00").is_quiet
