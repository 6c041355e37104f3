"""Checks in words that the agent's model judges: on what was read, by a fixed form, and never instead of a look."""

from __future__ import annotations

import asyncio
import json

import pytest

from avops.model.run import DecisionKind, RunStatus
from avops.providers.scripted import ScriptedModel, asks, says

ON, OFF = {"power": "on"}, {"power": "off"}
INTAKE = "name: X\nintake:\n  - {id: s, tool: room.get}\n"
MANY = "act:\n  - {tool: room.many, with: {n: 1}, undo: none, why: w}\n"
SIM = """
name: sim
kind: http
simulated: true
base_url: http://127.0.0.1:1
private: true
actions: {get: {effect: read, request: {path: /}}}
"""


def run(coroutine):
    return asyncio.run(coroutine)


def verdict(holds, because="the data says so"):
    return says(json.dumps({"holds": holds, "because": because}))


def made(bench, *lines, **script):
    b = bench(**({"get": [ON], "many": [{}]} | script))
    b.model = ScriptedModel(lines)
    return b


def test_in_verify_a_judgement_on_a_reading_counts_towards_success(bench):
    b = made(bench, verdict(True, "power is on"))
    report = run(b.run("name: X\nverify:\n  - {confirm: It is on, reading: {tool: room.get}}\n"))
    assert report.status is RunStatus.SUCCESS
    assert b.rows(report.run_id)["verify.0"].note == "the model says: power is on"
    (request,) = b.model.requests
    assert '"reading": {"power": "on"}' in request.messages[0].text
    assert request.tools == ()
    assert request.schema["required"] == ["holds", "because"]


def test_a_judgement_on_what_verify_read_before_it_counts(bench):
    b = made(bench, verdict(True))
    report = run(b.run("name: X\nverify:\n  - {id: v, tool: room.get}\n  - {confirm: It is on}\n"))
    assert report.status is RunStatus.SUCCESS
    assert '"results_of_verify": {"v": {"power": "on"}}' in b.model.requests[0].messages[0].text


def test_a_judgement_on_what_was_read_before_act_does_not(bench):
    b = made(bench, verdict(True))
    report = run(b.run(f"{INTAKE}verify:\n  - {{confirm: It is on}}\n"))
    assert report.status is RunStatus.UNVERIFIED


def test_an_answer_of_a_model_that_looked_at_nothing_makes_no_success(bench):
    b = made(bench, says('{"on": true}'), says('{"on": true}'))
    verify = "verify:\n  - {id: v, do: Is it on, expect: {type: object}}\n  - {check: v.on}\n"
    assert run(b.run(INTAKE + verify)).status is RunStatus.UNVERIFIED


def test_an_answer_of_a_model_that_looked_in_verify_may_be_checked(bench):
    b = made(bench, asks(("room__get", {})), says('{"on": true}'))
    verify = "verify:\n  - {id: v, do: Is it on, expect: {type: object}}\n  - {check: v.on}\n"
    assert run(b.run("name: X\n" + verify)).status is RunStatus.SUCCESS


def test_false_fails_the_step_with_the_reason(bench):
    b = made(bench, verdict(False, "power is off"))
    report = run(b.run(f"{INTAKE}plan:\n  - {{confirm: It is on}}\n{MANY}"))
    assert report.status is RunStatus.FAILED
    assert "the model says that it is not so: power is off" in report.error
    assert b.sent("many") == []


@pytest.mark.parametrize("first", ["yes", '{"holds": "true", "because": ""}', '{"holds": true}', '{"holds": 1, "because": "x"}', "true"])
def test_an_answer_in_another_form_is_mended_once(bench, first):
    b = made(bench, says(first), verdict(True))
    report = run(b.run(f"{INTAKE}plan:\n  - {{confirm: It is on}}\n"))
    assert b.statuses(report.run_id)["plan.0"] == "ok"
    b = made(bench, says(first), says(first), verdict(True))
    report = run(b.run(f"{INTAKE}plan:\n  - {{confirm: It is on}}\n"))
    assert b.statuses(report.run_id)["plan.0"] == "failed"


def test_a_model_that_asks_for_calls_where_it_is_to_judge_fails_the_step(bench):
    b = made(bench, asks(("room__many", {"n": 1})), verdict(True))
    report = run(b.run(f"{INTAKE}plan:\n  - {{confirm: It is on}}\n"))
    assert "asked for calls where it was to judge" in report.error
    assert b.sent("many") == []


def test_where_nothing_was_read_a_person_judges(bench):
    b = made(bench, verdict(True))
    report = run(b.run("name: X\nplan:\n  - {confirm: Nobody is in the room}\n"))
    assert report.status is RunStatus.WAITING
    (decision,) = b.store.decisions(report.run_id)
    assert decision.question.kind is DecisionKind.CONFIRM
    assert b.model.requests == []


def test_a_held_judgement_is_made_again_on_a_new_reading_before_the_write(bench):
    b = made(bench, verdict(True), verdict(False, "somebody came"), get=[ON, OFF])
    report = run(b.run(f"name: X\nplan:\n  - {{confirm: Nobody is there, hold: true, reading: {{tool: room.get}}}}\n{MANY}"))
    assert report.status is RunStatus.FAILED
    assert "does not hold any more: the model says that it is not so: somebody came" in report.error
    assert b.sent("many") == []
    assert '"power": "off"' in b.model.requests[1].messages[0].text
    assert b.statuses(report.run_id)["plan.0/hold@act.0"] == "failed"


def test_a_held_judgement_reads_again_what_its_words_name(bench):
    b = made(bench, verdict(True), verdict(True), get=[ON, OFF])
    report = run(b.run(f"{INTAKE}plan:\n  - {{confirm: 'Nobody is there: {{{{ s }}}}', hold: true}}\n{MANY}"))
    assert b.sent("many") == [{"n": 1}]
    assert '"value 1": {"power": "off"}' in b.model.requests[1].messages[0].text
    assert b.statuses(report.run_id)["plan.0/hold@act.0"] == "ok"


def test_a_held_judgement_that_could_see_nothing_new_is_a_persons(bench):
    b = made(bench, verdict(True), verdict(True))
    report = run(b.run(f"{INTAKE}plan:\n  - {{confirm: Nobody is there, hold: true}}\n{MANY}"))
    assert report.status is RunStatus.WAITING
    assert b.sent("many") == []
    assert len(b.model.requests) == 1


def test_a_judgement_that_was_made_before_a_crash_is_not_made_again_but_a_held_one_is(bench):
    from tests.unit.engine.bench import KILL

    b = made(bench, verdict(True), verdict(True), get=[ON, ON, OFF], many=[KILL, {}])
    recipe = f"name: X\nplan:\n  - {{confirm: Nobody is there, hold: true, reading: {{tool: room.get}}}}\n{MANY}"

    async def story():
        run_id = await b.kill(recipe)
        b.model = ScriptedModel([verdict(False, "somebody came")])
        return await b.resume(run_id)

    report = run(story())
    assert "somebody came" in report.error
    assert len(b.sent("many")) == 1
    assert len(b.model.requests) == 1


def test_a_judgement_on_a_simulated_reading_leads_to_no_real_write(bench):
    b = made(bench, verdict(True))
    b.more_texts["tools/sim.yaml"] = SIM
    b.agent_text = "name: Bot\ntools: {room: '*', sim: '*'}\n"
    report = run(b.run(f"name: X\nintake:\n  - {{id: s, tool: sim.get}}\nplan:\n  - {{confirm: It is well}}\n{MANY}"))
    assert "refused by simulation" in report.error
    assert b.sent("many") == []


@pytest.mark.parametrize(
    ("lines", "status"), [((asks(("room__get", {})), says("on")) * 2, "success"), ((says("on"), says("on")), "unverified")]
)
def test_of_a_list_of_answers_each_must_have_looked(bench, lines, status):
    b = made(bench, *lines)
    verify = "verify:\n  - {id: v, for_each: [a, b], do: 'Is {{ item }} on'}\n  - {check: 'v[0].result == \"on\"'}\n"
    assert run(b.run("name: X\n" + verify)).status.value == status
