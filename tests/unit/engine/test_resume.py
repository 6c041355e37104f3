"""kill -9 and resume: nothing finished is repeated, nothing unknown is guessed, and rollback is finished."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.unit.engine.bench import KILL, Answering, Killed, each

from avops.connectors.scripted import Fault
from avops.errors import AvopsError, StorageError, UsageError
from avops.model.agent import Agent
from avops.model.effect import Phase
from avops.model.run import RunStatus
from avops.telemetry.run_store import SqliteRunStore

ONCE = "name: X\nact:\n  - {id: a, tool: room.many, undo: {tool: room.many, with: {n: 0}}}\n  - {tool: room.once, undo: none, why: w}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def actions(b):
    return " ".join(action for action, _ in b.tool.calls)


def many(n, more=""):
    return f"  - {{tool: room.many, with: {{n: {n}}}, undo: {{tool: room.many, with: {{n: {-n}}}}}{more}}}\n"


def numbers(b):
    return [a["n"] for a in b.sent("many")]


def test_a_killed_run_is_found_interrupted_and_what_it_committed_is_kept(bench):
    b = bench(many=[{"n": 1}], once=[KILL])
    run_id = run(b.kill(ONCE))
    kept = b.store.run(run_id)
    assert (kept.status, kept.error) == (RunStatus.INTERRUPTED, "its process ended")
    assert [(row.intent.key, row.status.value, row.error) for row in b.store.steps(run_id)] == [
        ("act.0", "ok", None),
        ("act.1", "unknown", "the process ended before the answer came"),
    ]


def test_a_live_run_is_never_touched(bench):
    b = bench(many=[Answering(lambda _: b.store.recover())])
    seen = []

    async def look(_):
        seen.append(await b.store.recover())
        return {}

    b.tool.script = {"many": [Answering(look)]}
    run(b.run("name: X\nact:\n  - {tool: room.many, undo: none, why: w}\n"))
    assert seen == [[]]


@pytest.mark.parametrize("status", ["success", "cancelled"])
def test_a_run_that_has_ended_does_not_go_on(bench, status):
    b = bench(get=[{"power": "on"}])
    report = run(b.run("name: X\nverify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"))
    with pytest.raises(UsageError, match="is success: only an interrupted or waiting run can go on"):
        run(b.resume(report.run_id))


def test_an_unknown_step_that_may_not_be_repeated_needs_a_word_and_nothing_is_called_without(bench):
    b = bench(many=[{}], once=[KILL, {}])

    async def story():
        run_id = await b.kill(ONCE)
        with pytest.raises(UsageError, match=r"in the middle of 'room.once' \(act.1\): avops does not know whether it happened"):
            await b.resume(run_id)
        assert b.store.run(run_id).status is RunStatus.INTERRUPTED

    run(story())
    assert actions(b) == "many once"


@pytest.mark.parametrize(
    ("word", "calls", "status", "step"),
    [
        ("redo", "many once once", "unverified", "ok"),
        ("done", "many once", "unverified", "ok"),
        ("abort", "many once many", "cancelled", "unknown"),
    ],
)
def test_redo_done_and_abort(bench, word, calls, status, step):
    b = bench(many=[{}], once=[KILL, {}])

    async def story():
        return await b.resume(await b.kill(ONCE), unknown=word)

    report = run(story())
    assert (actions(b), report.status.value) == (calls, status)
    row = b.rows(report.run_id)["act.1"]
    assert row.status.value == step
    assert next(r.note for r in b.store.steps(report.run_id) if r.intent.key == "act.1") == f"a person said: {word}"
    assert next(r.actor for r in b.store.steps(report.run_id) if r.intent.key == "act.1") == "kim"


def test_abort_ends_the_run_also_where_the_step_would_go_on(bench):
    b = bench(once=[KILL], many=[{}])
    recipe = "name: X\nact:\n  - {on_error: continue, tool: room.once, undo: none, why: w}\n  - {tool: room.many, undo: none, why: w}\n"

    async def story():
        return await b.resume(await b.kill(recipe), unknown="abort")

    report = run(story())
    assert report.status is RunStatus.CANCELLED
    assert actions(b) == "once"
    assert "a person ended the run; act.0 'room.once' cannot be taken back: w" in (report.error or "")


def test_each_of_several_unknown_steps_gets_its_own_word(bench):
    async def both(_):
        for _ in range(20):
            await asyncio.sleep(0)
        KILL.of({})

    b = bench(once=[Answering(both)])
    recipe = "name: X\nact:\n  - {for_each: [1, 2], parallel: 2, tool: room.once, with: {n: '{{ item }}'}, undo: none, why: w}\n"

    async def story():
        run_id = await b.kill(recipe)
        with pytest.raises(UsageError, match=r"'room.once' \(act.0\[0\]\) and 'room.once' \(act.0\[1\]\)"):
            await b.resume(run_id)
        with pytest.raises(UsageError, match=r"in the middle of 'room.once' \(act.0\[1\]\):"):
            await b.resume(run_id, unknown={"act.0[0]": "done"})
        b.tool.script, b.tool._left = {"once": [{}]}, {}
        return await b.resume(run_id, unknown={"act.0[0]": "done", "act.0[1]": "redo"})

    assert run(story()).status is RunStatus.UNVERIFIED
    assert [a["n"] for a in b.sent("once")] == [1, 2, 2]


def test_an_idempotent_write_and_a_read_are_done_again_by_themselves(bench):
    b = bench(get=[KILL, {"power": "on"}], many=[KILL, {}])
    verify = "verify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"
    recipe = f"name: X\nintake:\n  - {{tool: room.get}}\nact:\n{many(1)}{verify}"

    async def story():
        with suppress(Killed):
            await b.resume(await b.kill(recipe))
        (run_id,) = await b.die()
        return await b.resume(run_id)

    report = run(story())
    assert report.status is RunStatus.SUCCESS
    assert actions(b) == "get get many many get"
    rows = [(row.intent.key, row.intent.attempt, row.status.value, row.epoch) for row in b.store.steps(report.run_id)]
    assert rows == [
        ("intake.0", 1, "failed", 0),
        ("intake.0", 2, "ok", 1),
        ("act.0", 1, "unknown", 1),
        ("act.0", 2, "ok", 2),
        ("verify.0/reading", 1, "ok", 2),
        ("verify.0", 1, "ok", 2),
    ]


def test_retries_already_made_count(bench):
    b = bench(get=[Fault("busy"), Fault("busy"), KILL, Fault("busy"), {"power": "on"}])

    async def story():
        return await b.resume(await b.kill("name: X\nguardrails: {retries: 2}\nintake:\n  - {tool: room.get}\n"))

    assert run(story()).status is RunStatus.FAILED
    assert len(b.tool.calls) == 4


def test_a_step_that_may_have_happened_is_taken_back_when_the_run_may_not_go_on(bench):
    b = bench(many=[KILL, {}], get=[{"power": "on"}, {"power": "on"}, {"power": "off"}])
    hold = "intake:\n  - {id: s, tool: room.get}\nplan:\n  - {check: s.power == 'on', hold: true}\n"

    async def story():
        return await b.resume(await b.kill(f"name: X\n{hold}act:\n{many(1)}"))

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert numbers(b) == [1, -1]


def test_what_is_kept_of_results_is_what_later_steps_see_also_when_it_is_large(bench):
    big = {"log": ["line"] * 30_000, "last": 7}
    b = bench(get=[big], many=[KILL, {}])
    recipe = "name: X\nintake:\n  - {id: s, tool: room.get}\nact:\n  - {tool: room.many, with: {n: '{{ s.last }}'}, undo: none, why: w}\n"

    async def story():
        return await b.resume(await b.kill(recipe))

    assert run(story()).status is RunStatus.UNVERIFIED
    assert numbers(b) == [7, 7]


@pytest.mark.parametrize("kill_at", ["act.0/undo", "act.1/undo", "rollback.0"])
@pytest.mark.parametrize("when", ["intent", "result"])
def test_an_interrupted_rollback_is_finished_by_resume_and_nothing_else_is_done(bench, kill_at, when):
    b = bench(many=[{}], ticket=[Fault("no")], say=[{}])
    actions_ = "guardrails: {rollback_minutes: 5, rollback_actions: [{notify: {room: '#av', text: hi}}]}"
    recipe = f"name: X\n{actions_}\nact:\n{many(1)}{many(2)}  - {{tool: room.ticket, with: {{text: a}}}}\n{many(3)}"
    name = "begin_step" if when == "intent" else "finish_step"
    real = getattr(b.store, name)
    setattr(b.store, name, lambda run_id, row: KILL.of({}) if row.key == kill_at else real(run_id, row))

    async def story():
        run_id = await b.kill(recipe)
        setattr(b.store, name, real)
        b.clock.at += timedelta(days=2)
        # A message is not idempotent: whether it went out is for a person to say.
        return await b.resume(run_id, unknown="done" if (kill_at, when) == ("rollback.0", "result") else None)

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert set(numbers(b)) == {1, 2, -2, -1}
    assert len(b.sent("ticket")) == 1
    rows = b.rows(report.run_id)
    assert [rows[key].status.value for key in ("act.0/undo", "act.1/undo", "rollback.0")] == ["ok", "ok", "ok"]
    assert [rows[key].undo_status for key in ("act.0", "act.1")] == ["ok", "ok"]
    assert report.error == "act.2 'room.ticket': no"


def test_an_interrupted_rollback_is_finished_outside_the_window(bench):
    b = bench(many=[{}, KILL, {}], ticket=[Fault("no")])
    recipe = f'name: X\nguardrails: {{window: "Mon-Sun 06:00-08:00"}}\nact:\n{many(1)}  - {{tool: room.ticket, with: {{text: a}}}}\n'

    async def story():
        run_id = await b.kill(recipe)
        b.clock.at += timedelta(hours=6)
        return await b.resume(run_id)

    assert run(story()).status is RunStatus.FAILED
    assert numbers(b) == [1, -1, -1]


def test_a_failure_that_time_caused_stays_a_failure(bench):
    b = bench(get=[Fault("busy")], many=[{}, KILL, {}])
    recipe = f"name: X\nguardrails: {{timeout_minutes: 1, retries: 20}}\nact:\n{many(1)}  - {{tool: room.get}}\n{many(2)}"

    async def story():
        run_id = await b.kill(recipe)
        reads = len(b.sent("get"))
        report = await b.resume(run_id)
        assert len(b.sent("get")) == reads
        return report

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert numbers(b) == [1, -1, -1]


def test_entries_that_ended_beside_a_failed_one_are_still_taken_back(bench):
    async def of(arguments):
        n = arguments["n"]
        if n == 1:
            for _ in range(30):
                await asyncio.sleep(0)
            raise RuntimeError("late failure")
        if n == -3 and numbers(b).count(-3) == 1:
            KILL.of({})
        return {}

    b = bench(many=[Answering(of)])
    recipe = f"name: X\nact:\n{each(list(range(1, 10)), ', parallel: 2, idempotent: false')}"

    async def story():
        return await b.resume(await b.kill(recipe))

    report = run(story())
    assert report.status is RunStatus.FAILED
    done = {n for n in numbers(b) if n > 0}
    assert {n for n in numbers(b) if n < 0} == {-n for n in done}
    assert [n for n in numbers(b) if n > 0] == sorted(done)


def test_todays_permissions_may_only_narrow_a_run(bench):
    b = bench(many=[{}], once=[KILL, {}])

    async def story(tools):
        run_id = await b.kill(ONCE)
        today = dict.fromkeys(Phase, Agent(name="Bot", tools={"room": tools}))
        return await b.resume(run_id, unknown="redo", today=today)

    with pytest.raises(AvopsError, match=r"the agent 'Bot' may not call 'room\.once'"):
        run(story(["many"]))
    assert actions(b) == "many once"
    b.agent_text = "name: Bot\ntools: {room: [many, once]}\n"
    b.tool.script, b.tool._left = {"many": [{}], "once": [KILL, {}]}, {}
    assert run(story("*")).status is RunStatus.UNVERIFIED


def test_a_run_goes_on_from_the_text_it_started_with(bench):
    b = bench(many=[{}], once=[KILL, {}])

    async def story():
        run_id = await b.kill(ONCE)
        b.agent_text, b.tools_text = "name: Bot\n", "name: room\nkind: http\nbase_url: http://127.0.0.1:1\nactions: {}\n"
        return await b.resume(run_id, unknown="redo")

    assert run(story()).status is RunStatus.UNVERIFIED


def test_two_processes_do_not_both_go_on(bench):
    b = bench(many=[KILL, {}])
    recipe = f"name: X\nact:\n{many(1)}"

    async def story():
        run_id = await b.kill(recipe)
        with SqliteRunStore(b.folder / "avops.db", locks=b.locks) as other:
            second = b.executor()
            second._store = other
            return await asyncio.gather(b.resume(run_id), second.resume(run_id), return_exceptions=True)

    reports = run(story())
    assert sorted(isinstance(report, AvopsError) for report in reports) == [False, True]
    assert numbers(b) == [1, 1]


def test_an_artifact_is_kept_once_however_often_the_run_goes_on(bench):
    b = bench(ticket=[{"id": 1}], many=[KILL, KILL, {}])
    recipe = (
        f"name: X\nact:\n  - {{tool: room.ticket, with: {{text: a}}}}\n  - {{artifact: {{kind: file, title: Log, text: hi}}}}\n{many(1)}"
    )

    async def story():
        with suppress(Killed):
            await b.resume(await b.kill(recipe))
        (run_id,) = await b.die()
        return await b.resume(run_id)

    report = run(story())
    assert [(artifact.kind, artifact.id) for artifact in b.store.artifacts(report.run_id)] == [("ticket", "1"), ("file", None)]


def test_a_store_that_refuses_leaves_the_run_interrupted_and_calls_nothing_more(bench):
    b = bench(many=[{}])
    real = b.store.finish_step

    async def full():
        raise StorageError("the disk is full")

    b.store.finish_step = lambda run_id, row: full() if row.key == "act.1" else real(run_id, row)
    with pytest.raises(StorageError, match="the disk is full"):
        run(b.run(f"name: X\nact:\n{many(1)}{many(2)}{many(3)}"))
    assert numbers(b) == [1, 2]
    kept = b.store.run(1)
    assert (kept.status, kept.error) == (RunStatus.INTERRUPTED, "the disk is full")
    assert b.statuses(1)["act.1"] == "unknown"
    b.store.finish_step = real
    assert run(b.resume(1)).status is RunStatus.UNVERIFIED
    assert numbers(b) == [1, 2, 2, 3]


def test_parallel_entries_stop_at_the_first_write_that_is_not_kept(bench):
    b = bench(many=[{}])
    real = b.store.finish_step

    async def full():
        raise StorageError("the disk is full")

    b.store.finish_step = lambda run_id, row: full() if row.key == "act.0[3]" else real(run_id, row)
    recipe = f"name: X\nact:\n{each(list(range(1, 13)), ', parallel: 2')}"
    with pytest.raises(StorageError):
        run(b.run(recipe))
    assert len(numbers(b)) <= 6
