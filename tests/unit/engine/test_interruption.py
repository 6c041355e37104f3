"""Ctrl-C and SIGTERM: once ends the run with its rollback, twice skips the rollback."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.bench import KILL, Answering, each

from avops.model.run import RunStatus


def run(coroutine):
    return asyncio.run(coroutine)


def many(n, more=""):
    return f"  - {{tool: room.many, with: {{n: {n}}}, undo: {{tool: room.many, with: {{n: {-n}}}}}{more}}}\n"


def interrupting(b, *at):
    """`many` answers at once, but the calls with these numbers are interrupted while they are under way."""

    async def of(arguments):
        if arguments["n"] in at:
            b.interruption.interrupt()
            await asyncio.sleep(60)
        return {}

    return [Answering(of)]


def numbers(b):
    return [a["n"] for a in b.sent("many")]


def test_the_step_in_flight_is_cut_short_rollback_runs_and_the_run_is_cancelled(bench):
    b = bench()
    b.tool.script = {"many": interrupting(b, 2), "say": [{}]}
    actions = "guardrails: {rollback_actions: [{notify: {room: '#av', text: hi}}]}"
    report = run(b.run(f"name: X\n{actions}\nact:\n{many(1)}{many(2)}{many(3)}"))
    assert report.status is RunStatus.CANCELLED
    # The second was under way: nobody knows whether it happened, and its undo is idempotent.
    assert numbers(b) == [1, 2, -2, -1]
    assert b.statuses(report.run_id)["act.1"] == "unknown"
    assert len(b.sent("say")) == 1
    assert report.error == "interrupted by a person"


def test_a_write_that_was_cut_short_and_cannot_be_taken_back_is_said(bench):
    b = bench()
    b.tool.script = {"many": interrupting(b, 2)}
    report = run(b.run(f"name: X\nact:\n{many(1)}  - {{tool: room.many, with: {{n: 2}}, undo: none, why: no way back}}\n"))
    assert "act.1 'room.many' cannot be taken back: no way back" in (report.error or "")
    assert numbers(b) == [1, 2, -1]


def test_a_read_that_was_cut_short_is_cancelled(bench):
    b = bench()

    async def hang(_):
        b.interruption.interrupt()
        await asyncio.sleep(60)

    b.tool.script = {"get": [Answering(hang)]}
    report = run(b.run("name: X\nintake:\n  - {tool: room.get}\n  - {tool: room.get}\n"))
    assert report.status is RunStatus.CANCELLED
    assert b.statuses(report.run_id) == {"intake.0": "cancelled"}


@pytest.mark.parametrize("step", ["  - {wait: 1h}\n", "  - {reading: {tool: room.get}, check: 1 == 2, within: 1h}\n"])
def test_waits_and_polls_end_at_once(bench, step):
    b = bench(many=[{}], get=[{}])
    sleep = b.clock.sleep

    async def interrupted(seconds):
        b.interruption.interrupt()
        await sleep(0)

    b.clock.sleep = interrupted
    before = b.clock.at
    report = run(b.run(f"name: X\nact:\n{many(1)}{step}"))
    assert report.status is RunStatus.CANCELLED
    assert numbers(b) == [1, -1]
    assert (b.clock.at - before).total_seconds() < 60
    assert "running" not in b.statuses(report.run_id).values()


def test_twice_skips_the_rest_of_rollback_and_says_what_was_left(bench):
    b = bench()
    b.tool.script = {"many": interrupting(b, 3, -2), "say": [{}]}
    actions = "guardrails: {rollback_actions: [{notify: {room: '#av', text: hi}}]}"
    report = run(b.run(f"name: X\n{actions}\nact:\n{many(1)}{many(2)}{many(3)}"))
    assert report.status is RunStatus.CANCELLED
    assert numbers(b) == [1, 2, 3, -3, -2]
    assert b.sent("say") == []
    assert "act.1 'room.many' was not taken back: interrupted by a person" in (report.error or "")
    assert "act.0 'room.many' was not taken back: rollback was skipped" in (report.error or "")
    assert "rollback.0 'notify room': rollback was skipped" in (report.error or "")
    assert b.rows(report.run_id)["act.1"].undo_status == "failed"


def test_once_during_the_rollback_of_a_failed_run_lets_it_finish(bench):
    b = bench()

    async def of(arguments):
        if arguments["n"] == 2:
            raise RuntimeError("broken")
        if arguments["n"] == -1:
            b.interruption.interrupt()
            await asyncio.sleep(0)
        return {}

    b.tool.script = {"many": [Answering(of)]}
    report = run(b.run(f"name: X\nact:\n{many(1)}{many(2)}"))
    assert report.status is RunStatus.FAILED
    assert b.rows(report.run_id)["act.0"].undo_status == "ok"


def test_all_entries_under_way_are_cut_short_and_no_other_is_begun(bench):
    b = bench()

    async def of(arguments):
        if arguments["n"] == 3:
            b.interruption.interrupt()
        if arguments["n"] > 0:
            await asyncio.sleep(60)
        return {}

    b.tool.script = {"many": [Answering(of)]}
    recipe = f"name: X\nact:\n{each([1, 2, 3, 4, 5], ', parallel: 3')}"
    report = run(b.run(recipe))
    assert report.status is RunStatus.CANCELLED
    assert sorted(numbers(b)) == [-3, -2, -1, 1, 2, 3]


def test_while_a_person_is_asked_at_the_terminal(bench):
    class Thinking:
        async def answer(self, question):
            b.interruption.interrupt()
            await asyncio.sleep(60)

    b = bench(many=[{}])
    b.person = Thinking()
    report = run(b.run(f"name: X\nact:\n{many(1)}  - {{manual: Look}}\n"))
    assert report.status is RunStatus.CANCELLED
    assert b.statuses(report.run_id) == {"act.0": "ok", "act.1": "cancelled", "act.0/undo": "ok"}
    assert [decision.status.value for decision in b.store.decisions(report.run_id)] == ["void"]
    assert numbers(b) == [1, -1]


@pytest.mark.parametrize("where", ["call", "person", "wait", "poll"])
def test_a_run_killed_while_it_was_being_taken_back_goes_on_with_that_and_nothing_else(bench, where):
    b = bench()

    async def of(arguments):
        if arguments["n"] == 2 and where == "call":
            b.interruption.interrupt()
            await asyncio.sleep(60)
        if arguments["n"] == -1 and numbers(b).count(-1) == 1:
            KILL.of({})
        return {}

    class Thinking:
        async def answer(self, question):
            b.interruption.interrupt()
            await asyncio.sleep(60)

    async def interrupted(seconds):
        b.interruption.interrupt()
        await asyncio.sleep(0)

    b.tool.script = {"many": [Answering(of)], "get": [{"power": "on"}]}
    if where == "person":
        b.person = Thinking()
    if where in ("wait", "poll"):
        sleep, b.clock.sleep = b.clock.sleep, interrupted
    step = {
        "call": many(2),
        "person": "  - {manual: Look}\n",
        "wait": "  - {wait: 1h}\n",
        "poll": "  - {reading: {tool: room.get}, check: reading.power == 'off', within: 1h}\n",
    }[where]

    async def story():
        run_id = await b.kill(f"name: X\nact:\n{many(1)}{step}{many(3)}")
        if where in ("wait", "poll"):
            b.clock.sleep = sleep
        b.person = None
        reads = len(b.sent("get"))
        report = await b.resume(run_id)
        assert len(b.sent("get")) == reads
        return report

    report = run(story())
    assert report.status is RunStatus.CANCELLED, report
    assert 3 not in numbers(b)
    assert numbers(b)[-1] == -1
    assert b.rows(report.run_id)["act.0"].undo_status == "ok"


def test_an_interruption_while_the_intent_is_being_kept_is_heard_and_nothing_is_called(bench):
    b = bench(many=[{}])
    began = b.heard.step_began

    def interrupted(run_id, intent):
        began(run_id, intent)
        if intent.key == "act.1":
            b.interruption.interrupt()

    b.heard.step_began = interrupted
    report = run(b.run(f"name: X\nact:\n{many(1)}{many(2)}{many(3)}"))
    assert report.status is RunStatus.CANCELLED
    assert numbers(b) == [1, -1]
    assert b.statuses(report.run_id)["act.1"] == "cancelled"


def test_an_interruption_while_a_question_is_being_kept_is_heard_and_nobody_is_asked(bench):
    b = bench()

    class Person:
        async def answer(self, question):
            raise AssertionError("nobody is asked any more")

    ask = b.store.ask

    async def interrupted(run_id, question):
        number = await ask(run_id, question)
        b.interruption.interrupt()
        return number

    b.person, b.store.ask = Person(), interrupted
    report = run(b.run("name: X\nverify:\n  - confirm: Is it on?\n"))
    assert report.status is RunStatus.CANCELLED
