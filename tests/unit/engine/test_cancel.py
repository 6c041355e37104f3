"""A run that a person ends is taken back, and nothing else is done; who ended it, and why, is kept."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from tests.unit.engine.bench import KILL, Killed

from avops.connectors.scripted import Fault
from avops.errors import UsageError
from avops.model.run import DecisionStatus, RunStatus

ROOM = {"room": "HQ-1", "room_values": {"room": "HQ-1"}}
WRITE = "  - {tool: room.many, with: {n: 1}, undo: {tool: room.many, with: {n: -1}}}\n"
ASKS = "name: X\nact:\n" + WRITE + "  - {manual: Plug it in}\n" + WRITE.replace("n: 1", "n: 2")
CUT = "name: X\nact:\n" + WRITE + "  - {tool: room.once, undo: none, why: w}\n" + WRITE.replace("n: 1", "n: 2")
LAST = "name: X\nact:\n" + WRITE + "  - {on_error: continue, tool: room.once, undo: none, why: w}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def numbers(b):
    return [arguments["n"] for arguments in b.sent("many")]


def test_a_waiting_run_is_taken_back_and_cancelled_with_who_and_why(bench):
    b = bench(many=[{}])

    async def story():
        waiting = await b.run(ASKS)
        return await b.resume(waiting.run_id, cancel="the meeting was moved")

    report = run(story())
    assert report.status is RunStatus.CANCELLED
    assert (report.error, report.left) == ("cancelled by kim: the meeting was moved", ())
    assert numbers(b) == [1, -1]
    assert [one.status for one in b.store.decisions(report.run_id)] == [DecisionStatus.VOID]
    row = b.rows(report.run_id)["cancel"]
    assert (row.actor, row.note, row.status.value) == ("kim", "the meeting was moved", "ok")
    assert b.rows(report.run_id)["act.1"].status.value == "cancelled"


def test_an_interrupted_run_is_taken_back_and_what_nobody_knows_of_is_said(bench):
    b = bench(many=[{}], once=[KILL])

    async def story():
        return await b.resume(await b.kill(CUT), cancel="")

    report = run(story())
    assert report.status is RunStatus.CANCELLED
    lost = "act.1 'room.once': the process ended before the answer came"
    assert report.error == f"cancelled by kim; {lost}; act.1 'room.once' cannot be taken back: w"
    assert report.left == ("act.1 'room.once' cannot be taken back: w",)
    assert numbers(b) == [1, -1]


@pytest.mark.parametrize("recipe", [LAST, LAST.replace("on_error: continue, ", "")])
def test_a_run_cut_in_its_last_step_is_cancelled_and_not_judged(bench, recipe):
    b = bench(many=[{}], once=[KILL])

    async def story():
        return await b.resume(await b.kill(recipe), cancel="no")

    assert run(story()).status is RunStatus.CANCELLED
    assert numbers(b) == [1, -1]


def test_a_lost_write_that_may_be_repeated_is_taken_back_and_not_repeated(bench):
    b = bench(many=[KILL, {}])

    async def story():
        return await b.resume(await b.kill("name: X\nact:\n" + WRITE), cancel="no")

    assert run(story()).status is RunStatus.CANCELLED
    assert numbers(b) == [1, -1]


def test_a_cancellation_that_was_itself_killed_is_finished_by_resume_and_nothing_else_is_done(bench):
    b = bench(many=[{}, KILL, {}])

    async def story():
        waiting = await b.run(ASKS)
        with suppress(Killed):
            await b.resume(waiting.run_id, cancel="enough")
        await b.die()
        return await b.resume(waiting.run_id)

    report = run(story())
    assert (report.status, report.error) == (RunStatus.CANCELLED, "cancelled by kim: enough")
    assert numbers(b) == [1, -1, -1]


def test_a_secret_in_the_reason_is_not_kept(bench):
    b = bench(many=[{}])
    b.known_secrets = ("4711-secret",)

    async def story():
        return await b.resume((await b.run(ASKS)).run_id, cancel="the pin 4711-secret is wrong")

    report = run(story())
    assert b.rows(report.run_id)["cancel"].note == "the pin «redacted» is wrong"
    assert "4711" not in report.error


def test_an_undo_that_nobody_saw_end_may_have_happened(bench):
    b = bench(many=[{}], once=[KILL])
    recipe = "name: X\nact:\n  - {tool: room.many, undo: {tool: room.once, with: {n: 1}}}\n  - {manual: Plug it in}\n"

    async def story():
        waiting = await b.run(recipe)
        with suppress(Killed):
            await b.resume(waiting.run_id, cancel="enough")
        await b.die()
        return await b.resume(waiting.run_id, cancel="enough")

    told = "act.0 'room.many' may or may not have been taken back: the process ended before the answer came"
    assert run(story()).left == (told,)
    assert len(b.sent("once")) == 1


def test_what_could_not_be_taken_back_is_left_over(bench):
    b = bench(many=[{}, Fault("dark")])

    async def story():
        return await b.resume((await b.run(ASKS)).run_id, cancel="no")

    report = run(story())
    assert [reason.partition(":")[0] for reason in report.left] == ["act.0 'room.many' was not taken back"]


def test_a_run_that_has_ended_is_not_cancelled(bench):
    b = bench(get=[{"power": "on"}])
    report = run(b.run("name: X\nverify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"))
    with pytest.raises(UsageError, match="is success: it has ended already"):
        run(b.resume(report.run_id, cancel="no"))


def test_abort_ends_a_run_also_where_there_is_no_step_to_say_it_of(bench):
    b = bench(many=[{}])

    async def story():
        return await b.resume((await b.run(ASKS)).run_id, unknown="abort")

    report = run(story())
    assert (report.status, report.error) == (RunStatus.CANCELLED, "cancelled by kim")
    assert numbers(b) == [1, -1]
