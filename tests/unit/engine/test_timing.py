"""Time: `within`, `every`, `for`, waits, deadlines that survive a restart, and a clock that jumps."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.unit.engine.bench import KILL, START, Answering, Killed

from avops.connectors.scripted import Fault
from avops.model.run import RunStatus

ON = {"power": "on"}
OFF = {"power": "off"}


def run(coroutine):
    return asyncio.run(coroutine)


def check(more):
    return f"name: X\nverify:\n  - {{reading: {{tool: room.get}}, check: reading.power == 'on', {more}}}\n"


@pytest.mark.parametrize(
    ("answers", "more", "status", "reads"),
    [
        ([ON], "within: 20s", "success", 1),
        ([OFF, OFF, ON], "within: 20s", "success", 3),
        ([OFF], "within: 20s", "failed", 5),
        ([OFF], "within: 20s, every: 10s", "failed", 3),
        ([Fault("dark"), ON], "within: 20s", "success", 2),
        ([ON], "for: 10s", "success", 3),
        ([ON, OFF, ON], "for: 10s", "failed", 2),
        ([ON, OFF, ON], "within: 60s, for: 10s", "success", 5),
        ([OFF, ON, OFF], "within: 20s, for: 10s", "failed", 5),
        ([OFF, OFF, OFF, ON], "within: 17s, for: 10s", "success", 6),
    ],
)
def test_a_check_reads_at_once_then_every_so_often_until_its_time_is_over(bench, answers, more, status, reads):
    b = bench(get=answers)
    report = run(b.run(check(more)))
    assert (report.status.value, len(b.tool.calls)) == (status, reads)


def test_out_of_time_it_fails_with_the_last_value_or_error(bench):
    b = bench(get=[OFF])
    assert "not true within 7 s: reading.power == 'on' (reading.power is \"off\")" in (run(b.run(check("within: 7s"))).error or "")
    b = bench(get=[Fault("no route")])
    assert "not true within 7 s: the reading failed: no route" in (run(b.run(check("within: 7s"))).error or "")


def test_a_reading_that_hangs_does_not_outlast_the_deadline(bench, monkeypatch):
    monkeypatch.setattr("avops.engine.steps.check.LAST_LOOK_S", 0.01)

    async def hang(_):
        b.clock.at += timedelta(seconds=3600)
        await asyncio.sleep(3600)

    b = bench(get=[Answering(hang)])
    report = run(b.run(check("within: 20ms")))
    assert report.status is RunStatus.FAILED
    assert "no answer within 0.0" in (report.error or "")


def test_a_wait_waits_and_one_that_runs_out_of_time_fails(bench):
    b = bench(get=[OFF, OFF, ON])
    report = run(b.run("name: X\nintake:\n  - {wait: 90s}\n"))
    assert (b.store.run(report.run_id).duration_s or 0) >= 90
    until = "name: X\nintake:\n  - {wait: {until: reading.power == 'on', reading: {tool: room.get}}%s}\n"
    assert run(b.run(until % ", within: 20s")).status is RunStatus.UNVERIFIED
    b.tool.script = {"get": [OFF]}
    b.tool._left.clear()
    assert run(b.run(until % ", within: 20s")).status is RunStatus.FAILED
    assert "not true within 600 s" in (run(b.run(until % "")).error or "")


def test_a_wait_that_does_not_fit_into_the_run_fails_at_once(bench):
    b = bench()
    report = run(b.run("name: X\nguardrails: {timeout_minutes: 1}\nintake:\n  - {wait: 2m}\n"))
    assert "does not fit" in (report.error or "")
    assert b.clock.at - START < timedelta(seconds=1)


def test_the_deadline_of_a_check_survives_a_restart(bench):
    b = bench(get=[OFF, OFF, KILL, OFF])

    async def story():
        run_id = await b.kill(check("within: 60s, every: 10s"))
        b.clock.at += timedelta(seconds=20)
        return await b.resume(run_id)

    report = run(story())
    assert report.status is RunStatus.FAILED
    # Two readings and the lost one, 20 s of nothing, then at 40, 50 and 60 s.
    assert len(b.tool.calls) == 6
    assert b.statuses(report.run_id)["verify.0"] == "failed"


def test_the_deadline_of_a_wait_survives_a_restart(bench):
    b = bench()
    sleep = b.clock.sleep

    async def dying(seconds):
        if seconds > 50:
            await sleep(40)
            KILL.of({})
        await sleep(seconds)

    b.clock.sleep = dying

    async def story():
        run_id = await b.kill("name: X\nguardrails: {timeout_minutes: 2}\nintake:\n  - {wait: 60s}\n")
        before = b.clock.at
        return await b.resume(run_id), before

    report, before = run(story())
    assert report.status is RunStatus.UNVERIFIED
    assert timedelta(seconds=19) < b.clock.at - before < timedelta(seconds=21)
    assert [row.status.value for row in b.store.steps(report.run_id)] == ["failed", "ok"]


def test_a_deadline_that_has_passed_meanwhile_still_gets_one_look(bench):
    b = bench(get=[OFF, KILL, ON])

    async def story():
        run_id = await b.kill(check("within: 60s"))
        b.clock.at += timedelta(days=3)
        return await b.resume(run_id)

    assert run(story()).status is RunStatus.SUCCESS


def jump(b, by):
    """Reads, and moves the clock while it does."""

    def read(_):
        b.clock.at += by
        return ON

    return Answering(read)


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_durations_are_never_negative_and_timeouts_are_bounded_when_the_clock_jumps(bench, hours):
    b = bench(many=[{}], get=[OFF])
    b.tool.script = {"many": [{}], "get": [jump(b, timedelta(hours=hours)), OFF]}
    recipe = """
name: X
guardrails: {timeout_minutes: 5}
intake:
  - {tool: room.get}
act:
  - {tool: room.many, undo: {tool: room.many, with: {n: 0}}}
verify:
  - {reading: {tool: room.get}, check: reading.power == 'on', within: 60s, every: 10s}
"""
    report = run(b.run(recipe))
    assert report.status is RunStatus.FAILED
    kept = b.store.run(report.run_id)
    rows = b.store.steps(report.run_id)
    assert all(row.finished_at >= row.intent.started_at for row in rows if row.finished_at)
    assert (kept.duration_s or 0) >= 0
    readings = [row for row in rows if row.intent.key == "verify.0/reading"]
    if hours < 0:
        assert len(readings) == 7
        assert (kept.duration_s or 0) < 120
        assert [b.statuses(report.run_id)[key] for key in ("act.0", "act.0/undo")] == ["ok", "ok"]
    else:
        assert "longer than its 5 minutes" in (report.error or "")


def test_the_order_of_rollback_does_not_hang_on_the_clock(bench):
    b = bench()

    def back(arguments):
        b.clock.at -= timedelta(hours=1)
        return {} if arguments["n"] != 4 else 1 / 0

    b.tool.script = {"many": [Answering(back)]}
    steps = "".join(f"  - {{tool: room.many, with: {{n: {n}}}, undo: {{tool: room.many, with: {{n: -{n}}}}}}}\n" for n in (1, 2, 3))
    run(b.run(f"name: X\nact:\n{steps}  - {{tool: room.once, undo: none, why: w}}\n"))
    assert [a["n"] for a in b.sent("many")] == [1, 2, 3, -3, -2, -1]


def test_waiting_for_people_and_lying_dead_count_neither_in_the_timeout_nor_in_the_duration(bench):
    from avops.model.run import DecisionStatus

    b = bench(get=[KILL, ON])
    recipe = f"guardrails: {{timeout_minutes: 1}}\nintake:\n  - {{manual: Look}}\n{check('within: 9s').partition(chr(10))[2]}"

    async def story():
        report = await b.run(f"name: X\n{recipe}")
        assert report.status is RunStatus.WAITING
        b.clock.at += timedelta(hours=20)
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        with suppress(Killed):
            await b.resume(report.run_id)
        b.clock.at += timedelta(hours=20)
        (run_id,) = await b.die()
        return await b.resume(run_id)

    report = run(story())
    assert report.status is RunStatus.SUCCESS, report
    kept = b.store.run(report.run_id)
    assert (kept.duration_s or 0) < 10
    assert kept.paused_s > 39 * 3600
