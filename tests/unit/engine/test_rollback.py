"""Rollback: what is taken back, in which order, within which time, and what is said of the rest."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.bench import Answering, each

from avops.connectors.scripted import Fault
from avops.model.run import RunStatus

FAIL = "  - {tool: room.ticket, with: {text: hi}}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def many(n, undo=None):
    undo = f"{{tool: room.many, with: {{n: {-n}}}}}" if undo is None else undo
    return f"  - {{tool: room.many, with: {{n: {n}}}, undo: {undo}}}\n"


def failing(*, only=None, at=None):
    """Answers of `many`: all fine but the numbers that fail, with what each raises."""

    def of(arguments):
        fault = (at or {}).get(arguments.get("n"))
        if fault is not None:
            raise fault
        return {"n": arguments.get("n")}

    return [Answering(of)]


def fault(message="dark", happened="no"):
    from avops.errors import ToolError

    return ToolError(message, happened=happened)


def numbers(b):
    return [a["n"] for a in b.sent("many")]


def test_newest_first_each_once_and_marked(bench):
    b = bench(many=[{}], ticket=[Fault("no")])
    report = run(b.run(f"name: X\nact:\n{many(1)}{many(2)}{many(3)}{FAIL}"))
    assert numbers(b) == [1, 2, 3, -3, -2, -1]
    rows = b.rows(report.run_id)
    assert [rows[f"act.{n}"].undo_status for n in (0, 1, 2, 3)] == ["ok", "ok", "ok", None]
    assert [(rows[f"act.{n}/undo"].intent.phase, rows[f"act.{n}/undo"].intent.kind) for n in (0, 1, 2)] == [("rollback", "undo")] * 3


@pytest.mark.parametrize(
    ("on", "fails", "taken_back"),
    [
        ("", "act", True),
        ("", "verify", True),
        ("rollback_on: [act]", "verify", False),
        ("rollback_on: [verify]", "act", False),
        ("rollback_on: []", "act", False),
    ],
)
def test_rollback_on_decides(bench, on, fails, taken_back):
    b = bench(many=[{}], ticket=[Fault("no")], get=[{"power": "off"}])
    recipe = f"name: X\nguardrails: {{{on}}}\nact:\n{many(1)}" + (
        FAIL if fails == "act" else "verify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"
    )
    assert run(b.run(recipe)).status is RunStatus.FAILED
    assert (numbers(b) == [1, -1]) is taken_back


def test_undo_auto_puts_back_what_was_there(bench):
    b = bench(get=[{"power": "off"}], set=[{}], ticket=[Fault("no")])
    report = run(b.run(f"name: X\nact:\n  - {{tool: room.set, with: {{power: 'on'}}, undo: auto}}\n{FAIL}"))
    assert b.tool.calls[:3] == [("get", {"id": "HQ-1"}), ("set", {"power": "on"}), ("ticket", {"text": "hi"})]
    assert b.tool.calls[3] == ("set", {"power": "off"})
    row = b.rows(report.run_id)["act.0"]
    assert row.undo == {"tool": "room.set", "with": {"power": "off"}, "effect": "write"}


def test_undo_auto_does_not_write_when_the_state_cannot_be_read(bench):
    b = bench(get=[Fault("no route")], set=[{}])
    assert run(b.run("name: X\nact:\n  - {tool: room.set, with: {power: 'on'}, undo: auto}\n")).status is RunStatus.FAILED
    assert b.sent("set") == []


def test_undo_arguments_stand_with_the_intent_or_with_the_result(bench):
    seen = []

    def look(arguments):
        seen.append(b.rows(1)[f"act.{len(seen)}"].intent.undo)
        return {"n": 7}

    b = bench(many=[Answering(look)])
    own = "  - {id: made, tool: room.many, undo: {tool: room.many, with: {n: '{{ made.n }}'}}}\n"
    report = run(b.run(f"name: X\nact:\n{many(1)}{own}"))
    rows = b.rows(report.run_id)
    assert seen == [{"tool": "room.many", "with": {"n": -1}, "effect": "write"}, None]
    assert rows["act.1"].undo == {"tool": "room.many", "with": {"n": 7}, "effect": "write"}


def test_an_undo_that_the_result_does_not_tell_is_said_to_be_missing(bench):
    b = bench(many=[{}], ticket=[Fault("no")])
    own = "  - {id: made, tool: room.many, undo: {tool: room.many, with: {n: '{{ made.n }}'}}}\n"
    report = run(b.run(f"name: X\nact:\n{own}{FAIL}"))
    assert b.statuses(report.run_id)["act.0"] == "ok"
    assert "act.0 'room.many' was not taken back: the arguments of its undo could not be known" in (report.error or "")


def test_what_could_not_be_undone_is_listed_with_its_reason(bench):
    b = bench(many=failing(at={-2: fault("stuck")}), ticket=[Fault("no")])
    recipe = f"""
name: X
act:
{many(1)}{many(2)}  - {{tool: room.once, undo: none, why: it cannot be unsaid}}
{FAIL}"""
    b.tool.script = {**b.tool.script, "once": [{}]}
    report = run(b.run(recipe))
    assert report.error == (
        "act.3 'room.ticket': no; act.2 'room.once' cannot be taken back: it cannot be unsaid; act.1 'room.many' was not taken back: stuck"
    )
    assert [b.rows(report.run_id)[f"act.{n}"].undo_status for n in (0, 1, 2)] == ["ok", "failed", None]
    assert numbers(b)[-1] == -1


def test_a_step_nobody_knows_of_is_taken_back_only_by_an_idempotent_undo(bench):
    b = bench(many=failing(at={2: fault("lost", "unknown")}))
    report = run(b.run(f"name: X\nact:\n{many(1)}{many(2)}"))
    assert numbers(b) == [1, 2, -2, -1]
    b = bench(many=failing(at={2: fault("lost", "unknown")}), once=[{}])
    report = run(b.run(f"name: X\nact:\n{many(1)}{many(2, undo='{tool: room.once}')}"))
    assert b.sent("once") == []
    assert "act.1 'room.many' may or may not have happened, and its undo is not idempotent: look, and decide" in (report.error or "")


def test_an_attempt_that_may_have_happened_counts_also_when_the_last_one_certainly_did_not(bench):
    b = bench(many=[Fault("lost", happened="unknown"), Fault("refused"), {}])
    report = run(b.run(f"name: X\nguardrails: {{retries: 1}}\nact:\n{many(1)}"))
    assert [row.status.value for row in b.store.steps(report.run_id)] == ["unknown", "failed", "ok"]
    assert numbers(b) == [1, 1, -1]


def test_what_certainly_did_not_happen_is_not_taken_back(bench):
    b = bench(many=failing(at={1: fault("refused")}))
    run(b.run(f"name: X\nact:\n{many(1)}"))
    assert numbers(b) == [1]


def test_an_undo_is_tried_again_where_that_is_safe(bench):
    b = bench(many=[{}, Fault("busy"), {}], ticket=[Fault("no")])
    report = run(b.run(f"name: X\nguardrails: {{retries: 1}}\nact:\n{many(1)}{FAIL}"))
    assert [row.status.value for row in b.store.steps(report.run_id) if row.intent.key == "act.0/undo"] == ["failed", "ok"]


def test_rollback_minutes_bound_rollback_and_nothing_else_does(bench):
    from datetime import timedelta

    def slow(arguments):
        if arguments["n"] < 0:
            b.clock.at += timedelta(minutes=4)
        return {}

    b = bench(many=[Answering(slow)], ticket=[Fault("no")])
    recipe = f"name: X\nguardrails: {{rollback_minutes: 7, timeout_minutes: 1}}\nact:\n{many(1)}{many(2)}{many(3)}{FAIL}"
    report = run(b.run(recipe))
    assert numbers(b) == [1, 2, 3, -3, -2]
    assert "act.0 'room.many' was not taken back: the time for rollback is over" in (report.error or "")


def test_the_window_does_not_stop_rollback(bench):
    from datetime import timedelta

    def late(arguments):
        b.clock.at += timedelta(hours=3)
        return {}

    b = bench(many=[Answering(late)])
    report = run(b.run(f'name: X\nguardrails: {{window: "Mon-Sun 06:00-08:00"}}\nact:\n{many(1)}{many(2)}'))
    assert "refused by window" in (report.error or "")
    assert numbers(b) == [1, -1]


def test_rollback_actions_come_last_also_when_nothing_was_done(bench):
    b = bench(many=[{}], say=[{}], ticket=[Fault("no")])
    actions = "rollback_actions: [{notify: {room: '#av', text: 'back in {{ run.recipe }}'}}]"
    run(b.run(f"name: X\nguardrails: {{{actions}}}\nact:\n{many(1)}{FAIL}"))
    assert b.tool.calls[-1] == ("say", {"to": "#av", "body": "back in X"})


def test_rollback_actions_keep_their_conditions_and_do_nothing_that_needs_a_person(bench):
    b = bench(many=[{}], say=[{}], restart=[{}], ticket=[Fault("no")])
    b.agent_text += "approvals: {destructive: L2}\n"
    b.more_texts["avops.yaml"] = "roles: {L2: [lee]}\n"
    actions = """
  rollback_actions:
    - {when: 1 == 2, notify: {room: '#av', text: no}}
    - {for_each: [a, b], notify: {room: '{{ item }}', text: yes}}
    - {tool: room.restart, undo: none, why: w}
"""
    report = run(b.run(f"name: X\nguardrails:{actions}act:\n{FAIL}"))
    assert [a["to"] for a in b.sent("say")] == ["a", "b"]
    assert b.sent("restart") == []
    assert "rollback.2 'room.restart': it needs the approval of role L2, and rollback waits for nobody" in (report.error or "")


def test_a_failed_rollback_action_is_said(bench):
    b = bench(say=[Fault("no channel")], ticket=[Fault("no")])
    report = run(b.run(f"name: X\nguardrails: {{rollback_actions: [{{notify: {{room: '#av', text: hi}}}}]}}\nact:\n{FAIL}"))
    assert "rollback.0 'notify room': no channel" in (report.error or "")


def test_entries_of_a_parallel_for_each_are_taken_back_in_the_order_they_ended(bench):
    async def late(arguments):
        for _ in range(50 - 10 * abs(int(arguments["n"]))):
            await asyncio.sleep(0)
        return {}

    b = bench(many=[Answering(late)], ticket=[Fault("no")])
    recipe = f"name: X\nact:\n{each([1, 2, 3], ', parallel: 3')}{FAIL}"
    run(b.run(recipe))
    assert numbers(b) == [1, 2, 3, -1, -2, -3]


def test_the_order_stays_the_same_when_the_run_is_continued(bench):
    b = bench(once=[fault("lost", "unknown"), {}], many=[{}])
    steps = [f"tool: room.once, with: {{n: {n}}}, undo: {{tool: room.many, with: {{n: {-n}}}}}" for n in (1, 2)]
    recipe = f"name: X\nact:\n  - {{on_error: continue, {steps[0]}}}\n  - {{{steps[1]}}}\n  - {{manual: Look}}\n"

    async def story():
        return await b.resume((await b.run(recipe)).run_id, cancel="no")

    run(story())
    assert numbers(b) == [-2, -1]


def test_artifacts_stay_and_are_marked(bench):
    b = bench(many=[{}], ticket=[{"id": 7}, Fault("no")])
    report = run(b.run(f"name: X\nact:\n{many(1)}{FAIL}{FAIL}"))
    assert [(artifact.id, artifact.after_failure) for artifact in b.store.artifacts(report.run_id)] == [("7", True)]
