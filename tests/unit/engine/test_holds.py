"""Held checks: read again before the first write, and before any write that follows a wait, an approval or a resume."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from tests.unit.engine.bench import KILL, Killed

from avops.model.run import DecisionStatus, RunStatus

FREE, BUSY = {"status": "Free"}, {"status": "InMeeting"}
HEAD = "name: X\nintake:\n  - {id: state, tool: room.get}\nplan:\n  - {check: \"state.status != 'InMeeting'\", hold: true}\nact:\n"
WRITE = "  - {tool: room.many, undo: {tool: room.many, with: {n: 0}}}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def order(b):
    return " ".join(action for action, _ in b.tool.calls)


def test_once_before_the_first_write_and_not_again_without_a_reason(bench):
    b = bench(get=[FREE], many=[{}])
    run(b.run(HEAD + WRITE * 3))
    assert order(b) == "get get many many many"


@pytest.mark.parametrize("between", ["  - {wait: 5s}\n", "  - {wait: {until: 1 == 1}}\n"])
def test_again_after_a_wait(bench, between):
    b = bench(get=[FREE], many=[{}])
    run(b.run(HEAD + WRITE + between + WRITE * 2))
    assert order(b) == "get get many get many many"


def test_after_an_approval_and_what_people_did(bench):
    b = bench(get=[FREE, FREE, FREE, BUSY], many=[{}])
    b.more_texts["avops.yaml"] = "roles: {L2: [lee]}\n"

    async def story():
        report = await b.run(HEAD + WRITE + WRITE.replace("undo", "approval: L2, undo"))
        assert report.status is RunStatus.WAITING
        before = order(b)
        await b.decide(report.run_id, DecisionStatus.APPROVED)
        return before, await b.resume(report.run_id)

    before, report = run(story())
    assert before == "get get many"
    assert report.status is RunStatus.UNVERIFIED
    assert order(b) == "get get many get many"
    b.tool.calls.clear()
    b.tool.script, b.tool._left = {"get": [FREE, FREE, BUSY], "many": [{}]}, {}
    before, report = run(story())
    assert report.status is RunStatus.FAILED
    assert "does not hold any more" in (report.error or "")
    assert order(b) == "get get many get many"  # the last one is the undo of the first
    assert b.sent("many")[-1] == {"n": 0}


@pytest.mark.parametrize("killed_in", ["first", "second"])
def test_after_a_resume_also_for_the_write_that_was_in_flight(bench, killed_in):
    b = bench(get=[FREE], many=[KILL, {}] if killed_in == "first" else [{}, KILL, {}])

    async def story():
        return await b.resume(await b.kill(HEAD + WRITE * 2))

    run(story())
    assert order(b) == {"first": "get get many get many many", "second": "get get many many get many"}[killed_in]


def test_after_a_resume_when_only_the_held_check_had_been_read(bench):
    b = bench(get=[FREE, FREE, BUSY], many=[{}])
    begin = b.store.begin_step
    b.store.begin_step = lambda run_id, intent: KILL.of({}) if intent.key == "act.0" else begin(run_id, intent)

    async def story():
        run_id = await b.kill(HEAD + WRITE)
        b.store.begin_step = begin
        return await b.resume(run_id)

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert order(b) == "get get get"


def test_the_held_checks_of_the_calling_recipe_and_of_the_called_one_are_both_read(bench):
    b = bench(get=[FREE, FREE, FREE, BUSY], many=[{}])
    child = HEAD.replace("name: X", "name: C") + WRITE
    b.more_texts["recipes/c.yaml"] = child
    report = run(b.run(HEAD + "  - {recipe: C}\n"))
    # X reads; C reads; then before the write X's check is read again, and C's.
    assert order(b) == "get get get get"
    assert report.status is RunStatus.FAILED
    assert {"plan.0/hold@act.0/act.0", "act.0/plan.0/hold@act.0/act.0"} <= set(b.statuses(report.run_id))


def test_a_held_check_with_its_own_reading_and_a_condition(bench):
    b = bench(get=[FREE], many=[{}])
    hold = "plan:\n  - {when: 1 == %d, reading: {tool: room.get}, check: reading.status == 'Free', hold: true}\nact:\n"
    run(b.run("name: X\n" + hold % 1 + WRITE))
    assert order(b) == "get get many"
    b.tool.calls.clear()
    run(b.run("name: X\n" + hold % 2 + WRITE))
    assert order(b) == "many"


def test_a_held_check_that_cannot_be_read_stops_the_run(bench):
    from avops.connectors.scripted import Fault

    b = bench(get=[FREE, Fault("no route")], many=[{}])
    report = run(b.run(HEAD + WRITE))
    assert "could not be read again: no route" in (report.error or "")
    assert order(b) == "get get"


def test_a_held_confirm_is_asked_again_before_the_write(bench):
    b = bench(many=[{}])
    recipe = "name: X\nplan:\n  - {confirm: Nobody is in the room, hold: true}\nact:\n" + WRITE

    async def story(second):
        report = await b.run(recipe)
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        report = await b.resume(report.run_id)
        assert report.status is RunStatus.WAITING
        assert b.tool.calls == []
        await b.decide(report.run_id, second)
        return await b.resume(report.run_id)

    report = run(story(DecisionStatus.DENIED))
    assert report.status is RunStatus.FAILED
    assert b.tool.calls == []
    assert run(story(DecisionStatus.ANSWERED)).status is RunStatus.UNVERIFIED
    assert order(b) == "many"


def test_a_yes_that_was_said_before_the_process_ended_is_asked_for_anew(bench):
    b = bench(many=[KILL, {}])
    recipe = "name: X\nplan:\n  - {confirm: Nobody is in the room, hold: true}\nact:\n" + WRITE

    async def story():
        report = await b.run(recipe)
        for _ in range(2):
            await b.decide(report.run_id, DecisionStatus.ANSWERED)
            with suppress(Killed):
                await b.resume(report.run_id)
        await b.die()
        report = await b.resume(report.run_id)
        assert report.status is RunStatus.WAITING
        assert order(b) == "many", "the call that was in flight, and no other"
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        return await b.resume(report.run_id)

    assert run(story()).status is RunStatus.UNVERIFIED
    assert order(b) == "many many"


def test_what_a_person_has_done_by_hand_is_not_judged_by_a_check_that_held_before(bench):
    b = bench(get=[FREE, FREE, BUSY])

    async def story():
        report = await b.run(HEAD + "  - {manual: Switch it off}\n")
        assert report.status is RunStatus.WAITING
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        return await b.resume(report.run_id)

    assert run(story()).status is RunStatus.UNVERIFIED
    assert order(b) == "get get"


def test_the_room_is_locked_from_the_held_check_on_and_free_while_the_run_waits(bench):
    b = bench(get=[FREE], many=[KILL])
    b.more_texts["avops.yaml"] = "roles: {L2: [lee]}\n"
    room = {"room": "HQ-1", "room_values": {"room": "HQ-1"}}

    def holder():
        return b.store.reader().execute("SELECT run_id FROM room_locks").fetchall()

    async def story():
        report = await b.run(HEAD + WRITE.replace("undo", "approval: L2, undo"), **room)
        waiting = holder()
        await b.decide(report.run_id, DecisionStatus.APPROVED)
        with suppress(Killed):
            await b.resume(report.run_id)
        running = holder()
        second = await b.run(HEAD + WRITE, **room)
        return waiting, running, second

    waiting, running, second = run(story())
    assert (waiting, running) == ([], [(1,)])
    assert second.status is RunStatus.FAILED
    assert "the room is held by run 1" in (second.error or "")
