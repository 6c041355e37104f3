"""What comes next: `when`, `for_each`, `on_error`, `always`, called recipes, and what counts as success."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.engine.bench import Answering

from avops.connectors.scripted import Fault
from avops.model.run import RunStatus

OK = "verify:\n  - {reading: {tool: room.get}, check: reading.power == 'on'}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_skipped_step_is_null_under_its_id(bench):
    b = bench(get=[{"power": "on"}])
    recipe = f"name: X\nintake:\n  - {{id: s, when: 1 == 2, tool: room.get}}\n  - {{check: s is none and intake.s is none}}\n{OK}"
    report = run(b.run(recipe))
    assert report.status is RunStatus.SUCCESS, report
    assert b.statuses(report.run_id)["intake.0"] == "skipped"
    assert b.rows(report.run_id)["intake.0"].error == "when is false: 1 == 2"


def test_a_whole_phase_is_a_value_as_it_was_then(bench):
    b = bench(get=[{"power": "on"}])
    recipe = "name: X\nintake:\n  - {id: s, tool: room.get}\n  - {id: a, set: {all: intake}}\n  - {id: c, check: a.all.s.power == 'on'}\n"
    report = run(b.run(recipe))
    assert report.status is RunStatus.UNVERIFIED, report
    assert b.rows(report.run_id)["intake.1"].value == {"all": {"s": {"power": "on"}}}


def test_on_error_continue_goes_on_and_never_makes_a_success(bench):
    b = bench(get=[Fault("dark"), {"power": "on"}])
    report = run(b.run(f"name: X\nintake:\n  - {{on_error: continue, tool: room.get}}\n  - {{set: {{a: '1'}}}}\n{OK}"))
    assert report.status is RunStatus.FAILED
    assert b.statuses(report.run_id) == {
        "intake.0": "failed",
        "intake.1": "ok",
        "verify.0": "ok",
        "verify.0/reading": "ok",
    }
    assert report.error == "intake.0 'room.get': dark"


def test_default_is_stop_always_still_runs_and_the_rest_is_said_to_be_not_reached(bench):
    b = bench(get=[Fault("dark")], say=[{}])
    recipe = """
name: X
intake:
  - {id: a, tool: room.get}
  - {id: b, tool: room.get}
act:
  - {tool: room.many, undo: none, why: w}
  - {always: true, notify: {room: "#av", text: hi}}
verify:
  - {check: 1 == 1}
"""
    report = run(b.run(recipe))
    assert b.statuses(report.run_id) == {
        "intake.0": "failed",
        "intake.1": "skipped",
        "act.0": "skipped",
        "act.1": "ok",
        "verify.0": "skipped",
    }
    assert b.rows(report.run_id)["act.0"].error == "not reached: intake had failed"


def test_verify_finishes_its_remaining_checks_and_makes_no_more_records(bench):
    b = bench(get=[{"power": "off"}, {"power": "off", "n": 1}])
    recipe = """
name: X
verify:
  - {reading: {tool: room.get}, check: reading.power == 'on'}
  - {id: s, tool: room.get}
  - {check: s.n == 1}
  - {tool: room.ticket, with: {text: all is well}}
  - {confirm: It looks good}
"""
    report = run(b.run(recipe))
    assert report.status is RunStatus.FAILED
    assert [b.statuses(report.run_id)[f"verify.{n}"] for n in range(5)] == ["failed", "ok", "ok", "skipped", "skipped"]
    assert b.sent("ticket") == []


@pytest.mark.parametrize(
    ("verify", "status"),
    [
        ("  - {reading: {tool: room.get}, check: reading.power == 'on'}", "success"),
        ("  - {id: s, tool: room.get}\n  - {check: s.power == 'on'}", "success"),
        ("  - {id: s, tool: room.get}\n  - {id: p, set: {power: s.power}}\n  - {check: p.power == 'on'}", "success"),
        ("  - {check: old.power == 'on'}", "unverified"),
        ("  - {id: p, set: {power: old.power}}\n  - {check: p.power == 'on'}", "unverified"),
        ("  - {id: s, tool: room.get}\n  - {check: old.power == 'on'}", "unverified"),
        ("  - {id: s, when: 1 == 2, tool: room.get}\n  - {check: s is none}", "unverified"),
        ("  - {when: 1 == 2, reading: {tool: room.get}, check: reading.power == 'on'}", "unverified"),
        ("  - {id: all, for_each: '{{ inputs.none }}', tool: room.get}\n  - {check: all == inputs.none}", "unverified"),
        ("  - {id: t, tool: room.ticket, with: {text: hi}}\n  - {check: t.id == 1}", "unverified"),
        ("  - id: all\n    for_each: [a]\n    tool: room.get\n  - {for_each: '{{ all }}', check: item.result.power == 'on'}", "success"),
        ("  - {check: old.power == 'on', within: 9s}", "unverified"),
        ("  - {recipe: Look}", "success"),
        ("  - {reading: {tool: room.get}, check: reading.power == 'off' or old.power == 'on'}", "unverified"),
        ("  - {reading: {tool: room.get}, check: old.power == 'on' or reading.power == 'off'}", "unverified"),
        ("  - {reading: {tool: room.get}, check: not (reading.power == 'off' and old.power == 'off')}", "unverified"),
        ("  - {reading: {tool: room.get}, check: old.power == 'on' and reading.power == 'on'}", "success"),
        ("  - {reading: {tool: room.get}, check: reading.power == 'on' or old.power == 'off'}", "success"),
    ],
)
def test_success_needs_a_passed_check_on_what_verify_read(bench, verify, status):
    b = bench(get=[{"power": "on"}], ticket=[{"id": 1}])
    b.more_texts["recipes/look.yaml"] = f"name: Look\n{OK}"
    report = run(
        b.run(f"name: X\ninputs: {{none: {{type: list, default: []}}}}\nintake:\n  - {{id: old, tool: room.get}}\nverify:\n{verify}\n")
    )
    assert report.status.value == status, report


def test_what_a_check_has_to_read_again_in_verify_was_seen_there(bench):
    b = bench(get=[{"power": "off"}, {"power": "on"}])
    report = run(b.run("name: X\nintake:\n  - {id: old, tool: room.get}\nverify:\n  - {check: old.power == 'on', within: 9s}\n"))
    assert report.status is RunStatus.SUCCESS


def test_checks_of_a_recipe_called_in_act_verify_nothing(bench):
    b = bench(get=[{"power": "on"}])
    b.more_texts["recipes/look.yaml"] = f"name: Look\n{OK}"
    assert run(b.run("name: X\nact:\n  - {recipe: Look}\n")).status is RunStatus.UNVERIFIED


def each(items, more=""):
    return f"name: X\ninputs: {{l: {{type: list}}}}\nact:\n  - {{id: all, for_each: '{{{{ inputs.l }}}}', {more}}}\n", {
        "inputs": {"l": items}
    }


def test_for_each_gives_item_status_and_result_in_list_order_whatever_ends_first(bench):
    async def late(arguments):
        for _ in range(9 - int(arguments["n"])):
            await asyncio.sleep(0)
        return {"n": arguments["n"]}

    b = bench(many=[Answering(late)])
    recipe, more = each([1, 2, 3], "parallel: 3, tool: room.many, with: {n: '{{ item }}'}, undo: none, why: w")
    recipe += "  - {id: out, set: {all: all}}\n"
    report = run(b.run(recipe, **more))
    assert b.rows(report.run_id)["act.1"].value == {"all": [{"item": n, "status": "ok", "result": {"n": n}} for n in (1, 2, 3)]}
    ended = [key for kind, (key, *_) in ((k, v) for k, v in b.heard.events if k == "ended") if "[" in key]
    assert ended == ["act.0[2]", "act.0[1]", "act.0[0]"]


def test_for_each_does_no_more_at_once_than_it_may(bench):
    going, most = 0, 0

    async def slow(_):
        nonlocal going, most
        going += 1
        most = max(most, going)
        for _ in range(20):
            await asyncio.sleep(0)
        going -= 1
        return {}

    b = bench(many=[Answering(slow)])
    recipe, more = each(list(range(9)), "parallel: 4, tool: room.many, undo: none, why: w")
    run(b.run(recipe, **more))
    assert most == 4


def test_for_each_has_when_per_item_and_stops_at_the_first_failure(bench):
    b = bench(many=[Answering(lambda a: {} if a["n"] != 4 else 1 / 0)])
    recipe, more = each([1, 2, 3, 4, 5, 6], "when: item != 2, tool: room.many, with: {n: '{{ item }}'}, undo: none, why: w")
    report = run(b.run(recipe, **more))
    assert b.statuses(report.run_id) == {"act.0[0]": "ok", "act.0[1]": "skipped", "act.0[2]": "ok", "act.0[3]": "unknown"}
    assert [a["n"] for a in b.sent("many")] == [1, 3, 4]


def test_for_each_with_continue_does_every_item_and_still_fails(bench):
    b = bench(many=[Answering(lambda a: {} if a["n"] != 1 else 1 / 0)])
    recipe, more = each([1, 2, 3], "on_error: continue, tool: room.many, with: {n: '{{ item }}'}, undo: none, why: w")
    report = run(b.run(recipe, **more))
    assert report.status is RunStatus.FAILED
    assert [a["n"] for a in b.sent("many")] == [1, 2, 3]


def test_for_each_needs_a_list_and_does_nothing_for_an_empty_one(bench):
    b = bench(many=[{}])
    recipe, _ = each([], "tool: room.many, undo: none, why: w")
    assert run(b.run(recipe, inputs={"l": []})).status is RunStatus.UNVERIFIED
    recipe = "name: X\nact:\n  - {for_each: \"{{ 'abc' }}\", tool: room.many, undo: none, why: w}\n"
    assert "for_each needs a list, got str" in (run(b.run(recipe)).error or "")
    assert b.tool.calls == []


CHILD = """
name: Child
inputs: {n: {type: integer}}
act:
  - {id: did, tool: room.many, with: {n: "{{ inputs.n }}"}, undo: {tool: room.many, with: {n: "{{ 0 - inputs.n }}"}}}
outputs: {twice: inputs.n * 2}
"""


def test_a_called_recipe_gets_inputs_gives_outputs_and_sees_nothing_else(bench):
    b = bench(many=[{}], get=[{"power": "on"}])
    b.more_texts["recipes/c.yaml"] = CHILD
    recipe = f"name: X\nact:\n  - {{id: c, recipe: Child, with: {{n: 4}}}}\n  - {{check: c.twice == 8}}\n{OK}"
    report = run(b.run(recipe))
    assert report.status is RunStatus.SUCCESS, report
    assert b.statuses(report.run_id)["act.0/act.0"] == "ok"
    b.more_texts["recipes/c.yaml"] = CHILD.replace("inputs.n * 2", "outside")
    report = run(b.run(f"name: X\nact:\n  - {{id: outside, set: {{a: '1'}}}}\n  - {{recipe: Child, with: {{n: 4}}}}\n{OK}"))
    assert (report.status, report.error) == (RunStatus.REFUSED, "act.1/outputs.twice: 'outside' is no name that can be used here")


def test_what_a_called_recipe_did_is_taken_back_with_the_rest_newest_first(bench):
    b = bench(many=[{}], get=[{"power": "off"}])
    b.more_texts["recipes/c.yaml"] = CHILD
    undo = "undo: {tool: room.many, with: {n: -1}}"
    child = "  - {for_each: [2, 3], recipe: Child, with: {n: '{{ item }}'}}\n"
    recipe = f"name: X\nact:\n  - {{tool: room.many, with: {{n: 1}}, {undo}}}\n{child}{OK}"
    report = run(b.run(recipe))
    assert [a["n"] for a in b.sent("many")] == [1, 2, 3, -3, -2, -1]
    assert b.statuses(report.run_id)["act.1[1]/act.0/undo"] == "ok"


def test_the_time_of_the_run_bounds_called_recipes_too(bench):
    b = bench(get=[{"power": "off"}])
    b.more_texts["recipes/c.yaml"] = "name: C\nintake:\n  - {wait: {until: reading.power == 'on', reading: {tool: room.get}}, within: 1h}\n"
    report = run(b.run("name: X\nguardrails: {timeout_minutes: 1}\nintake:\n  - {recipe: C}\n"))
    assert "longer than its 1 minutes" in (report.error or "")
    assert (b.store.run(report.run_id).duration_s or 0) < 70
    b.more_texts["recipes/c.yaml"] = "guardrails: {timeout_minutes: 2}\n" + b.more_texts["recipes/c.yaml"]
    report = run(b.run("name: X\nguardrails: {timeout_minutes: 9}\nintake:\n  - {recipe: C}\n"))
    assert "longer than its 2 minutes" in (report.error or "")


def test_outputs_that_cannot_be_had_are_a_failure_not_a_success(bench):
    b = bench(get=[{"power": "on"}])
    report = run(b.run(f"name: X\nintake:\n  - {{id: s, tool: room.get}}\n{OK}outputs: {{a: s.colour}}\n"))
    assert report.status is RunStatus.FAILED
    report = run(b.run(f"name: X\nintake:\n  - {{id: s, tool: room.get}}\n{OK}outputs: {{a: s.power}}\n"))
    assert report.outputs == {"a": "on"}
