"""What another run did to the room since an old run last did anything is not undone, and not written over, unasked."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.bench import KILL, Answering

from avops.connectors.scripted import Fault
from avops.engine.fleet import Fleet, FleetItem, FleetOptions, with_fleet
from avops.errors import AvopsError
from avops.model.run import DecisionStatus, RunStatus

ROOM = {"room": "HQ-1", "room_values": {"room": "HQ-1"}}
ELSEWHERE = {"room": "HQ-2", "room_values": {"room": "HQ-2"}}
WRITE = "  - {tool: room.many, with: {n: 1}, undo: {tool: room.many, with: {n: -1}}}\n"
OLD = "name: Old\nact:\n" + WRITE + "  - {manual: Plug it in}\n" + WRITE.replace("n: 1", "n: 2")
ONLY_ASKS = "name: Old\nact:\n  - {manual: Plug it in}\n" + WRITE
CUT = "name: Old\nact:\n" + WRITE + "  - {tool: room.once, undo: none, why: w}\n"
NEW = "name: New\nact:\n  - {tool: room.many, with: {n: 7}, undo: none, why: w}\n"
LOOKS = "name: Looks\nverify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"
SAYS = "name: Says\nact:\n  - {tool: room.ticket, with: {text: hello}}\n"
REFUSED = r"run 2 wrote to room 'HQ-1' after run 1 {} \('room\.many' in 'New'\)"


def run(coroutine):
    return asyncio.run(coroutine)


def numbers(b):
    return [arguments["n"] for arguments in b.sent("many")]


@pytest.mark.parametrize("more", [{}, {"cancel": "no"}, {"unknown": "abort"}])
def test_a_waiting_run_does_not_go_on_and_is_not_taken_back(bench, more):
    b = bench(many=[{}])

    async def story():
        old = await b.run(OLD, **ROOM)
        await b.run(NEW, **ROOM)
        with pytest.raises(AvopsError, match=REFUSED.format("began to wait")) as refusal:
            await b.resume(old.run_id, **more)
        assert "--anyway" in (refusal.value.hint or "")
        assert refusal.value.exit_code == 3
        assert b.store.run(old.run_id).status is RunStatus.WAITING

    run(story())
    assert numbers(b) == [1, 7]


def test_nor_does_an_interrupted_one(bench):
    b = bench(many=[{}], once=[KILL])

    async def story():
        old = await b.kill(CUT, **ROOM)
        await b.run(NEW, **ROOM)
        with pytest.raises(AvopsError, match=REFUSED.format("was interrupted")):
            await b.resume(old, unknown="abort")

    run(story())
    assert numbers(b) == [1, 7]


def test_a_person_who_says_so_lets_it_go_on_and_that_is_kept(bench):
    b = bench(many=[{}])

    async def story():
        old = await b.run(OLD, **ROOM)
        await b.run(NEW, **ROOM)
        return await b.resume(old.run_id, cancel="no", anyway="I have looked")

    report = run(story())
    assert report.status is RunStatus.CANCELLED
    assert numbers(b) == [1, 7, -1]
    row = b.rows(report.run_id)["anyway"]
    assert (row.actor, row.note) == ("kim", "I have looked")
    assert row.intent.name == "Went on although run 2 had written to room HQ-1"


def test_what_was_looked_at_once_is_not_asked_for_again(bench):
    b = bench(many=[{}])

    async def story():
        old = await b.run(OLD, **ROOM)
        await b.run(NEW, **ROOM)
        assert (await b.resume(old.run_id, anyway="I have looked")).status is RunStatus.WAITING
        await b.decide(old.run_id, DecisionStatus.ANSWERED)
        return await b.resume(old.run_id)

    assert run(story()).status is RunStatus.UNVERIFIED
    assert numbers(b) == [1, 7, 2]


@pytest.mark.parametrize(
    ("recipe", "where"),
    [(LOOKS, ROOM), (SAYS, ROOM), (NEW, ELSEWHERE), (NEW, {})],
    ids=["it only read", "it kept a record", "another room", "no room"],
)
def test_runs_that_changed_nothing_there_do_not_count(bench, recipe, where):
    b = bench(many=[{}], get=[{"power": "on"}], ticket=[{"id": "T1"}])

    async def story():
        old = await b.run(OLD, **ROOM)
        await b.run(recipe, **where)
        return await b.resume(old.run_id, cancel="no")

    assert run(story()).status is RunStatus.CANCELLED


def test_a_write_that_certainly_did_not_happen_does_not_count_and_one_of_which_nobody_knows_does(bench):
    async def story(b):
        old = await b.run(OLD, **ROOM)
        await b.run(NEW, **ROOM)
        return await b.resume(old.run_id, cancel="no")

    assert run(story(bench(many=[{}, Fault("refused", happened="no"), {}]))).status is RunStatus.CANCELLED
    with pytest.raises(AvopsError, match="wrote to room 'HQ-1'"):
        run(story(bench(many=[{}, Fault("no answer", happened="unknown"), {}])))


def test_what_came_before_does_not_count(bench):
    b = bench(many=[{}])

    async def story():
        await b.run(NEW, **ROOM)
        old = await b.run(OLD, **ROOM)
        return await b.resume(old.run_id, cancel="no")

    assert run(story()).status is RunStatus.CANCELLED


def test_an_older_run_that_went_on_later_counts(bench):
    b = bench(many=[{}])

    async def story():
        older = await b.run(ONLY_ASKS.replace("Old", "New"), **ROOM)
        old = await b.run(OLD, **ROOM)
        await b.decide(older.run_id, DecisionStatus.ANSWERED)
        await b.resume(older.run_id, anyway="I have looked")
        with pytest.raises(AvopsError, match="run 1 wrote to room 'HQ-1' after run 2 began to wait"):
            await b.resume(old.run_id)

    run(story())


def test_a_run_that_did_nothing_can_be_ended_and_not_continued(bench):
    b = bench(many=[{}])

    async def story():
        old = await b.run(ONLY_ASKS, **ROOM)
        await b.run(NEW, **ROOM)
        with pytest.raises(AvopsError, match="wrote to room 'HQ-1'"):
            await b.resume(old.run_id)
        await b.decide(old.run_id, DecisionStatus.DENIED)
        return await b.resume(old.run_id)

    assert run(story()).status is RunStatus.CANCELLED
    assert numbers(b) == [7]


def test_who_gets_the_room_only_after_another_has_written_does_not_write_either(bench):
    """The other run is under way when the old one goes on: it is seen when the room is free."""
    b = bench(many=[{}], get=[{"power": "on"}])
    held = "name: Old\nplan:\n  - {id: s, tool: room.get}\n  - {check: s.power == 'on', hold: true}\n"

    async def story():
        old = await b.run(held + OLD.partition("\n")[2], **ROOM)
        await b.decide(old.run_id, DecisionStatus.ANSWERED)

        async def write_first(_):
            await b.executor().start(b.start_of(NEW, **ROOM))
            return {"power": "on"}

        real = b.store.lock_room

        async def lock_late(*arguments, **named):
            b.store.lock_room = real
            await write_first(None)
            return await real(*arguments, **named)

        b.store.lock_room = lock_late
        return await b.resume(old.run_id)

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert "run 2 has written to the room meanwhile" in (report.error or "")
    assert numbers(b)[:2] == [1, 7]
    assert 2 not in numbers(b)


def test_a_fleet_says_which_room_it_left_alone(bench):
    b = bench(many=[{}])
    items = [FleetItem(label=key, room=key, room_values={"room": key}) for key in ("HQ-1", "HQ-2")]

    async def story():
        fleet = Fleet(b.executor(), b.store, b.clock)
        parent = await fleet.start(with_fleet(b.start_of(OLD), items, FleetOptions()), b.lock.name)
        await b.run(NEW, **ROOM)
        return await Fleet(b.executor(), b.store, b.clock).resume(parent.run_id, b.lock.name)

    report = run(story())
    assert report.status is RunStatus.WAITING
    assert "HQ-1 waiting (run 4 wrote to room 'HQ-1' after run 2 began to wait" in (report.error or "")
    assert "HQ-2 waiting" in (report.error or "")


def test_who_waits_for_a_room_says_so_at_once(bench):
    b = bench(get=[{"power": "on"}])
    held = "name: X\nplan:\n  - {id: s, tool: room.get}\n  - {check: s.power == 'on', hold: true}\nact:\n" + WRITE
    busy = []

    async def other(_):
        busy.append(await b.executor().start(b.start_of(held, **ROOM)))
        return {}

    b.tool.script = {"get": [{"power": "on"}], "many": [Answering(other), {}]}
    run(b.run(held, **ROOM))
    assert ("busy", ("HQ-1", 1)) in b.heard.events
    assert b.heard.events.count(("busy", ("HQ-1", 1))) == 1
    assert "the room is held by run 1" in (busy[0].error or "")


def test_who_waits_for_a_room_hears_a_person_at_once(bench):
    b = bench(get=[{"power": "on"}])
    recipe = "name: X\nact:\n" + WRITE
    ended = []

    async def other(_):
        waiting = asyncio.ensure_future(b.executor().start(b.start_of(recipe, **ROOM)))
        while ("busy", ("HQ-1", 1)) not in b.heard.events:
            await asyncio.sleep(0)
        began = b.clock.at
        b.interruption.interrupt()
        ended.append((await waiting, (b.clock.at - began).total_seconds()))
        return {}

    b.tool.script = {"many": [Answering(other), {}]}
    run(b.run(recipe, **ROOM))
    ((report, seconds),) = ended
    assert report.status is RunStatus.CANCELLED, report
    assert "interrupted by a person" in report.error
    assert seconds < 5
    assert len(b.sent("many")) == 1
