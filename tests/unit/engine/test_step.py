"""A step: its order of commits and checks, retries, timeouts, what its answer may be."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.bench import Answering

from avops.connectors.scripted import Fault
from avops.engine import calls
from avops.engine.artifacts import ArtifactFiles
from avops.model.run import RunStatus

READ = "name: X\nguardrails: {retries: %d}\nverify:\n  - {id: s, tool: room.get}\n  - {check: s.power == 'on'}\n"
ONCE = "name: X\nguardrails: {retries: 5}\nact:\n  - {tool: room.once, timeout: 10ms, undo: none, why: w}\n"
MANY = "name: X\nguardrails: {retries: 2}\nact:\n  - {tool: room.many, timeout: 10ms, undo: {tool: room.many, with: {n: 0}}}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def test_the_intent_is_durable_before_the_call_and_the_result_before_the_next(bench):
    b = bench()
    seen = []

    def look(arguments):
        seen.append([(row.intent.key, row.status.value) for row in b.store.steps(1)])
        return {}

    b.tool.script = {"many": [Answering(look)]}
    run(b.run("name: X\nact:\n  - {tool: room.many, undo: none, why: w}\n  - {tool: room.many, undo: none, why: w}\n"))
    assert seen == [[("act.0", "running")], [("act.0", "ok"), ("act.1", "running")]]


@pytest.mark.parametrize(
    ("agent", "recipe", "rule"),
    [
        ("{room: [get]}", "intake:\n  - {tool: room.get, with: {id: '{{ inputs.n }}'}}", "input-schema"),
        ("{room: [get]}", "act:\n  - {when: inputs.n == 3, tool: room.get, with: {id: '{{ inputs.n }}'}}", "input-schema"),
    ],
)
def test_a_refusal_names_the_rule_and_nothing_is_called(bench, agent, recipe, rule):
    b = bench(get=[{}])
    b.agent_text = f"name: Bot\ntools: {agent}\n"
    report = run(b.run(f"name: X\ninputs: {{n: {{type: integer, default: 3}}}}\n{recipe}\n"))
    assert report.status is RunStatus.FAILED
    assert f"refused by {rule}: room.get: id: 3 is not of type" in (report.error or "")
    assert b.tool.calls == []


def test_policy_keeps_calls_from_denied_domains(bench):
    b = bench(say=[{}])
    b.more_texts = {"avops.yaml": "policy: {denied_domains: [evil.example]}\n"}
    recipe = "name: X\nintake:\n  - {tool: room.say, with: {to: 'https://www.EVIL.example/x', body: hi}}\n"
    report = run(b.run(recipe))
    assert "refused by policy: 'room.say' would go to 'www.evil.example'" in (report.error or "")
    assert b.tool.calls == []
    assert calls.denied_host({"a": ["notevil.example", "evil.example.org"]}, ["evil.example"]) is None


def test_a_read_that_stays_out_failed_after_its_retries(bench):
    b = bench(get=[Fault(hangs=True)])
    report = run(b.run("name: X\nguardrails: {retries: 2}\nintake:\n  - {tool: room.get, timeout: 5ms}\n"))
    assert [(row.intent.attempt, row.status.value, row.error) for row in b.store.steps(report.run_id)] == [
        (n, "failed", "no answer within 0.005 s") for n in (1, 2, 3)
    ]


def test_a_write_that_times_out_is_unknown_and_only_an_idempotent_one_is_repeated(bench):
    b = bench(once=[Fault(hangs=True)], many=[Fault(hangs=True), Fault(hangs=True), {}])
    once = run(b.run(ONCE))
    assert [row.status.value for row in b.store.steps(once.run_id)] == ["unknown"]
    many = run(b.run(MANY))
    assert [(row.intent.attempt, row.status.value) for row in b.store.steps(many.run_id)] == [(1, "unknown"), (2, "unknown"), (3, "ok")]


def test_a_step_may_say_that_a_repeat_is_safe_or_is_not(bench):
    b = bench(once=[Fault("busy"), {}], many=[Fault("busy"), {}])
    run(b.run("name: X\nact:\n  - {tool: room.once, idempotent: true, retries: 1, undo: none, why: w}\n"))
    run(b.run("name: X\nact:\n  - {tool: room.many, idempotent: false, retries: 1, undo: none, why: w}\n"))
    assert [action for action, _ in b.tool.calls] == ["once", "once", "many"]


def test_backoff_doubles_with_jitter_and_keeps_to_what_the_service_asks(bench):
    b = bench(get=[Fault("busy"), Fault("busy"), Fault("busy", retry_after_s=60), {"power": "on"}])
    waits = []
    sleep = b.clock.sleep

    async def noted(seconds):
        waits.append(seconds)
        await sleep(seconds)

    b.clock.sleep = noted
    assert run(b.run(READ % 3)).status is RunStatus.SUCCESS
    assert [low <= wait <= 1.5 * low for wait, low in zip(waits, (1, 2, 60), strict=True)] == [True] * 3
    assert [calls.backoff_s(n) for n in (2, 3, 4, 9)] == [1, 2, 4, 30]


def test_a_service_that_asks_for_a_very_long_wait_is_not_asked_again(bench):
    b = bench(get=[Fault("busy", retry_after_s=3600)])
    assert run(b.run(READ % 3)).status is RunStatus.FAILED
    assert len(b.tool.calls) == 1


def test_the_time_of_the_run_bounds_all_and_is_told_once(bench):
    b = bench(get=[Fault("busy")])
    report = run(b.run("name: X\nguardrails: {retries: 20, timeout_minutes: 0.5}\nintake:\n  - {tool: room.get}\n"))
    assert report.status is RunStatus.FAILED
    assert "intake.0 'room.get': the run has taken longer than its 0.5 minutes" in (report.error or "")
    assert 3 <= len(b.tool.calls) <= 6
    assert (b.store.run(report.run_id).duration_s or 0) < 90


def test_an_answer_that_does_not_fit_is_no_success(bench):
    b = bench(get=["text"], many=[{}])
    report = run(b.run("name: X\nintake:\n  - {tool: room.get}\n"))
    assert "the answer does not fit the action's output" in (report.error or "")
    expecting = "name: X\nact:\n  - {tool: room.many, expect: {required: [done]}, undo: {tool: room.many, with: {n: 0}}}\n"
    report = run(b.run(expecting))
    assert b.rows(report.run_id)["act.0"].status.value == "unknown"
    assert b.sent("many") == [{}, {"n": 0}]


@pytest.mark.parametrize("answer", [object(), {1: object()}, float("inf")])
def test_an_answer_that_is_no_plain_data_fails_its_step_and_nothing_else(bench, answer):
    b = bench(many=[answer])
    report = run(b.run("name: X\nact:\n  - {tool: room.many, undo: none, why: w}\nverify:\n  - {check: 1 == 1}\n"))
    assert report.status in (RunStatus.FAILED, RunStatus.UNVERIFIED)
    assert b.rows(report.run_id)["act.0"].status.value in ("unknown", "ok")


def test_whatever_a_connector_raises_fails_its_step_and_nothing_else(bench):
    b = bench(many=[Answering(lambda _: 1 / 0)])
    report = run(b.run("name: X\nact:\n  - {tool: room.many, on_error: continue, undo: none, why: w}\n  - {set: {a: '1'}}\n"))
    assert b.statuses(report.run_id) == {"act.0": "unknown", "act.1": "ok"}
    assert "ZeroDivisionError: division by zero" in (report.error or "")


def test_a_large_answer_is_kept_as_a_file_and_read_back(bench):
    big = {"power": "on", "log": ["line"] * 30_000}
    b = bench(get=[big])
    report = run(b.run("name: X\nverify:\n  - {id: s, tool: room.get}\n  - check: s.log[29999] == 'line'\n"))
    assert report.status is RunStatus.SUCCESS, report
    kept = b.rows(report.run_id)["verify.0"].value
    assert set(kept) == {"avops:file", "characters", "begins"}
    assert ArtifactFiles(b.folder).read(kept["avops:file"]).count("line") == 30_000


def test_an_answer_beyond_all_bounds_is_no_answer(bench):
    b = bench(get=[{"log": "x" * (16 * 1024 * 1024)}])
    report = run(b.run("name: X\nintake:\n  - {tool: room.get}\n"))
    assert "more than 16 MiB" in (report.error or "")
    assert b.rows(report.run_id)["intake.0"].value is None


def test_half_characters_in_a_large_answer_do_not_stop_the_run(bench):
    b = bench(get=[{"power": "on", "log": "\ud800" + "x" * 100_000}])
    assert run(b.run(READ % 0)).status is RunStatus.SUCCESS


def test_an_artifact_is_kept_from_an_answer_and_a_poor_answer_costs_only_its_id(bench):
    b = bench(ticket=[{"id": "T-1"}, {}])
    recipe = "name: X\nact:\n  - {tool: room.ticket, with: {text: hi}}\n"
    first, second = run(b.run(recipe)), run(b.run(recipe))
    assert [(a.title, a.id) for a in b.store.artifacts(first.run_id)] == [("Ticket T-1", "T-1")]
    assert [(a.title, a.id) for a in b.store.artifacts(second.run_id)] == [("ticket", None)]
    assert second.status is RunStatus.UNVERIFIED


def test_an_artifact_that_cannot_be_made_fails_its_step(bench):
    b = bench()
    report = run(b.run("name: X\nact:\n  - {artifact: {kind: file, title: Log}}\n"))
    assert report.status is RunStatus.FAILED
    assert "needs a text" in (report.error or "")
