"""Ways to have a run claim or do what it must not: each was tried, and is refused."""

from __future__ import annotations

import asyncio

import pytest

from avops.model.run import RunStatus

REAL = """
name: real
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, output: {type: object}, request: {path: /g}}
  set: {effect: write, request: {method: PUT, path: /p}}
  restart: {effect: destructive, idempotent: false, request: {method: POST, path: /r}}
"""
WRITE = "act:\n  - {tool: real.set, undo: none, why: w}\n"
CHECKED = "verify:\n  - {reading: {tool: real.get}, check: 'reading.power is defined'}\n"

FAKED = {
    "a check that a mocked `when` left out": f"""
intake:
  - {{id: z, tool: room.get}}
plan:
  - {{check: "1 == 2", when: "z.power == 'none'"}}
{WRITE}{CHECKED}""",
    "a whole phase, looked up by an input": f"""
inputs: {{k: {{default: z}}}}
intake:
  - {{id: z, tool: room.get}}
act:
  - {{tool: real.set, when: "intake[inputs.k].power == 'on'", undo: none, why: w}}
{CHECKED}""",
    "a failed check that the run went on after": f"""
intake:
  - {{id: z, tool: room.get}}
plan:
  - {{id: ok, check: "z.power == 'none'", on_error: continue}}
act:
  - {{tool: real.set, when: ok == null, undo: none, why: w}}
{CHECKED}""",
    "a rollback action after a check of a mocked reading failed": """
guardrails: {rollback_actions: [{tool: real.restart}]}
verify:
  - {reading: {tool: room.get}, check: "reading.power == 'none'"}
""",
}


@pytest.mark.parametrize("trick", FAKED)
def test_a_mocked_answer_leads_to_no_real_write(bench, trick):
    b = bench(get=[{"power": "on"}], set=[{}], restart=[{}])
    b.more_texts["tools/real.yaml"] = REAL
    b.agent_text = "name: Bot\ntools: {room: '*', real: '*'}\n"
    report = asyncio.run(b.run(f"name: X\n{FAKED[trick]}", options={"mock": ["room"]}))
    assert report.status is RunStatus.FAILED
    assert [action for action, _ in b.tool.calls if action in ("set", "restart")] == []
    assert "simulat" in (report.error or "")


SUB = "name: Sub\nverify:\n  - {id: s, set: {ok: '1 == 1'}}\noutputs: {ok: s.ok}\n"
UNSEEN = {
    "a reading that nothing judges": "verify:\n  - {reading: {tool: room.get}, check: \"run.recipe == 'X'\"}\n",
    "a condition that Intake alone meets": """
intake:
  - {id: b, tool: room.get}
verify:
  - {reading: {tool: room.get}, check: "b.power == 'on' or reading.power == 'never'"}
""",
    "an old value beside a new one": """
intake:
  - {id: b, tool: room.get}
verify:
  - {id: n, tool: room.get}
  - {id: v, set: {old: b.power, new: n.power}}
  - {check: "v.old == 'on'"}
""",
    "a called recipe that looks at nothing": "verify:\n  - {id: s, recipe: Sub}\n  - {check: s.ok}\n",
}


@pytest.mark.parametrize("trick", UNSEEN)
def test_a_check_that_hangs_on_nothing_seen_in_verify_is_no_success(bench, trick):
    b = bench(get=[{"power": "on"}])
    b.more_texts["recipes/sub.yaml"] = SUB
    report = asyncio.run(b.run(f"name: X\n{UNSEEN[trick]}"))
    assert report.status is RunStatus.UNVERIFIED, report.error


def test_a_called_recipe_that_reads_counts(bench):
    b = bench(get=[{"power": "on"}])
    b.more_texts["recipes/sub.yaml"] = "name: Sub\nintake:\n  - {id: s, tool: room.get}\noutputs: {power: s.power}\n"
    report = asyncio.run(b.run("name: X\nverify:\n  - {id: s, recipe: Sub}\n  - {check: s.power == 'on'}\n"))
    assert report.status is RunStatus.SUCCESS, report.error
