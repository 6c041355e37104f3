"""Whole runs: what comes next, and what the run amounts to."""

from __future__ import annotations

import asyncio

from avops.connectors.scripted import Fault
from avops.model.run import RunStatus

FIX = """
name: Fix
guardrails: {timeout_minutes: 10}
intake:
  - {id: state, name: Look, tool: room.get}
plan:
  - {name: Nobody meets, check: "state.status != 'InMeeting'", hold: true}
act:
  - name: Power on
    tool: room.set
    with: {power: "on"}
    undo: {tool: room.set, with: {power: "off"}}
verify:
  - name: It is on
    reading: {tool: room.get}
    check: reading.power == 'on'
    within: 20s
"""


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_run_that_works_is_a_success_and_every_step_is_kept(bench):
    b = bench(get=[{"status": "Free", "power": "off"}, {"status": "Free", "power": "off"}, {"power": "off"}, {"power": "on"}], set=[{}])
    report = run(b.run(FIX))
    assert report.status is RunStatus.SUCCESS, report
    assert b.statuses(report.run_id) == {
        "intake.0": "ok",
        "plan.0": "ok",
        "plan.0/hold@act.0/state": "ok",
        "plan.0/hold@act.0": "ok",
        "act.0": "ok",
        "verify.0/reading": "ok",
        "verify.0": "ok",
    }
    assert b.tool.calls == [("get", {"id": "HQ-1"}), ("get", {"id": "HQ-1"}), ("set", {"power": "on"}), *[("get", {"id": "HQ-1"})] * 2]


def test_a_display_that_stays_dark_fails_the_run_and_is_taken_back(bench):
    b = bench(get=[{"status": "Free", "power": "off"}], set=[{}])
    report = run(b.run(FIX))
    assert report.status is RunStatus.FAILED
    assert "verify.0 'It is on': not true within 20 s: reading.power == 'on' (reading.power is \"off\")" in (report.error or "")
    assert b.tool.calls[-1] == ("set", {"power": "off"})
    assert b.rows(report.run_id)["act.0"].undo_status == "ok"
    assert b.statuses(report.run_id)["act.0/undo"] == "ok"


def test_a_held_check_that_no_longer_holds_stops_before_the_write(bench):
    b = bench(get=[{"status": "Free"}, {"status": "InMeeting"}], set=[{}])
    report = run(b.run(FIX))
    assert report.status is RunStatus.FAILED
    assert ("set", {"power": "on"}) not in b.tool.calls
    assert "does not hold any more" in (report.error or "")


def test_a_run_without_a_check_in_verify_is_unverified(bench):
    b = bench(set=[{}])
    report = run(b.run("name: X\nact:\n  - {tool: room.set, with: {power: 'on'}, undo: none, why: harmless}\n"))
    assert report.status is RunStatus.UNVERIFIED
    assert report.error == "nothing that Verify read was checked"


def test_a_check_on_what_intake_saw_does_not_verify(bench):
    b = bench(get=[{"power": "on"}])
    report = run(b.run("name: X\nintake:\n  - {id: s, tool: room.get}\nverify:\n  - {check: s.power == 'on'}\n"))
    assert report.status is RunStatus.UNVERIFIED


def test_a_write_without_an_answer_is_unknown_and_not_repeated(bench):
    b = bench(once=[Fault(hangs=True)])
    recipe = "name: X\nguardrails: {retries: 3}\nact:\n  - {tool: room.once, timeout: 10ms, undo: none, why: w}\n"
    report = run(b.run(recipe))
    assert report.status is RunStatus.FAILED
    assert b.statuses(report.run_id) == {"act.0": "unknown"}
    assert len(b.tool.calls) == 1


def test_a_read_is_tried_again_and_each_attempt_is_kept(bench):
    b = bench(get=[Fault("busy"), Fault("busy"), {"power": "on"}])
    report = run(b.run("name: X\nguardrails: {retries: 2}\nverify:\n  - {id: s, tool: room.get}\n  - {check: s.power == 'on'}\n"))
    assert report.status is RunStatus.SUCCESS
    assert [(row.intent.attempt, row.status.value) for row in b.store.steps(report.run_id) if row.intent.key == "verify.0"] == [
        (1, "failed"),
        (2, "failed"),
        (3, "ok"),
    ]


def test_everything_wrong_is_said_before_anything_is_called(bench):
    b = bench(get=[{}])
    recipe = """
name: X
room: required
inputs: {who: {description: the guest}}
intake:
  - {tool: room.gett}
  - {tool: display.get}
  - {tool: room.set, with: {power: 'on'}, undo: none, why: w}
act:
  - {tool: room.restart}
"""
    report = run(b.run(recipe))
    assert report.status is RunStatus.REFUSED
    told = "\n".join(map(str, report.problems))
    for part in (
        "input 'who' is missing",
        "no action 'gett'",
        "no tool 'display'",
        "which intake does not allow",
        "without an undo",
        "about one room",
    ):
        assert part in told
    assert b.tool.calls == []
    assert b.store.run(report.run_id).status is RunStatus.REFUSED


def test_for_each_keeps_the_order_of_the_list(bench):
    b = bench(get=[{"power": "on"}])
    recipe = """
name: X
inputs: {rooms: {type: list}}
verify:
  - {id: all, for_each: "{{ inputs.rooms }}", parallel: 3, tool: room.get, with: {id: "{{ item }}"}}
  - {check: "all[1].item == 'b' and all[1].result.power == 'on'"}
"""
    report = run(b.run(recipe, inputs={"rooms": ["a", "b", "c"]}))
    assert report.status is RunStatus.SUCCESS, report
    assert list(b.statuses(report.run_id)) == ["verify.0[0]", "verify.0[1]", "verify.0[2]", "verify.1"]
