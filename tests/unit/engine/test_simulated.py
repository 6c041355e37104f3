"""Honesty: how much was simulated is said, and no real write depends on a simulated result."""

from __future__ import annotations

import asyncio

import pytest

from avops.model.run import DecisionStatus, RunStatus

SIM = """
name: sim
kind: http
simulated: true
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, input: {}, request: {path: "/"}}
  set: {effect: write, idempotent: true, input: {n: {type: integer, required: false}}, request: {method: PUT, path: "/"}}
"""
REFUSED = "refused by simulation: 'room.many' is real, and"


def made(bench):
    b = bench(get=[{"n": 3, "list": [1, 2], "power": "on", "on": True}], many=[{}], set=[{"n": 9}], say=[{}], once=[{}])
    b.more_texts = {"tools/sim.yaml": SIM, "avops.yaml": "roles: {L2: [lee]}\n"}
    b.agent_text = "name: Bot\ntools: {room: '*', sim: '*'}\n"
    return b


def run(b, recipe, **more):
    return asyncio.run(b.run(recipe, **more))


MANY = "tool: room.many, undo: none, why: w"


@pytest.mark.parametrize(
    ("steps", "options", "simulated"),
    [
        ("{tool: room.get}", {}, "no"),
        ("{tool: sim.get}", {}, "all"),
        ("{tool: room.get}", {"mock": True}, "all"),
        ("{tool: room.get}", {"mock": ["room"]}, "all"),
        ("{tool: room.get}", {"mock": ["sim"]}, "no"),
        ("{tool: room.get}\n  - {tool: sim.get}", {}, "partly"),
        ("{set: {a: '1'}}", {"mock": True}, "no"),
    ],
)
def test_a_run_says_how_much_of_it_was_simulated(bench, steps, options, simulated):
    b = made(bench)
    report = run(b, f"name: X\nintake:\n  - {steps}\n", options=options)
    assert (report.simulated.value, b.store.run(report.run_id).simulated.value) == (simulated, simulated)


def test_a_waiting_run_says_so_too_and_after_going_on(bench):
    b = made(bench)

    async def story():
        report = await b.run("name: X\nintake:\n  - {tool: sim.get}\n  - {manual: Look}\n  - {tool: room.get}\n")
        assert b.store.run(report.run_id).simulated.value == "all"
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        return await b.resume(report.run_id)

    assert asyncio.run(story()).simulated.value == "partly"


@pytest.mark.parametrize(
    "act",
    [
        "{tool: room.many, with: {n: '{{ s.n }}'}, undo: none, why: w}",
        f"{{when: s.on, {MANY}}}",
        f"{{for_each: '{{{{ s.list }}}}', {MANY}}}",
        "{for_each: '{{ s.list }}', tool: room.many, with: {n: '{{ item }}'}, undo: none, why: w}",
        "{tool: room.many, with: {n: '{{ made.copy }}'}, undo: none, why: w}",
        f"{{when: 'each[0].result.on', {MANY}}}",
        f"{{when: skipped is none, {MANY}}}",
        "{recipe: Child, with: {n: '{{ s.n }}'}}",
        "{when: s.on, recipe: Plain}",
        "{for_each: '{{ s.list }}', recipe: Plain}",
        f"{{when: given.n == 3, {MANY}}}",
        f"{{when: looked is not none, {MANY}}}",
        f"{{when: told is not none, {MANY}}}",
        f"{{when: called is not none, {MANY}}}",
        f"{{when: 'tried[0].status == \"ok\"', {MANY}}}",
    ],
)
def test_a_real_write_that_depends_on_a_simulated_result_is_refused(bench, act):
    b = made(bench)
    b.more_texts["recipes/c.yaml"] = (
        "name: Child\ninputs: {n: {type: integer}}\nact:\n  - {tool: room.many, with: {n: '{{ inputs.n }}'}, undo: none, why: w}\n"
    )
    b.more_texts["recipes/p.yaml"] = f"name: Plain\nact:\n  - {{{MANY}}}\n"
    b.more_texts["recipes/k.yaml"] = "name: Knows\noutputs: {n: '1'}\nplan:\n  - {set: {a: 1}}\n"
    b.more_texts["recipes/g.yaml"] = "name: Gives\nintake:\n  - {id: s, tool: sim.get}\noutputs: {n: s.n}\n"
    recipe = f"""
name: X
intake:
  - {{id: s, tool: sim.get}}
  - {{id: made, set: {{copy: s.n}}}}
  - {{id: each, for_each: [1], tool: sim.get}}
  - {{id: skipped, when: s.n == 4, tool: room.get}}
  - {{id: given, recipe: Gives}}
  - {{id: looked, when: s.on, tool: room.get}}
  - {{id: told, when: s.on, set: {{a: 1}}}}
  - {{id: called, when: s.on, recipe: Knows}}
  - {{id: tried, for_each: '{{{{ s.list }}}}', tool: room.get}}
act:
  - {act}
"""
    report = run(b, recipe)
    assert report.status is RunStatus.FAILED
    assert REFUSED in (report.error or ""), report.error
    assert b.sent("many") == []


@pytest.mark.parametrize(
    "judged",
    [
        "{check: s.on}",
        "{reading: {tool: sim.get}, check: reading.on}",
        "{reading: {tool: sim.get}, check: reading.on, hold: true}",
        "{wait: {until: s.on}}",
        "{recipe: Judges}",
    ],
)
def test_after_a_check_that_a_simulated_tool_answered_no_real_write_is_made(bench, judged):
    b = made(bench)
    b.more_texts["recipes/j.yaml"] = "name: Judges\nintake:\n  - {reading: {tool: sim.get}, check: reading.on}\n"
    report = run(b, f"name: X\nintake:\n  - {{id: s, tool: sim.get}}\n  - {judged}\nact:\n  - {{{MANY}}}\n")
    assert f"{REFUSED} a condition before it was judged on a simulated tool" in (report.error or "")
    assert b.sent("many") == []


def test_that_holds_after_a_crash_as_well(bench):
    from tests.unit.engine.bench import KILL

    b = made(bench)
    b.tool.script = {**b.tool.script, "once": [KILL]}
    check = "  - {reading: {tool: sim.get}, check: reading.on, within: 9s}\n"
    recipe = f"name: X\nintake:\n{check}act:\n  - {{tool: sim.set, undo: none, why: w}}\n  - {{{MANY}}}\n"
    b.tool.script = {**b.tool.script, "set": [KILL, {}]}

    async def story():
        return await b.resume(await b.kill(recipe))

    report = asyncio.run(story())
    assert REFUSED in (report.error or "")
    assert b.sent("many") == []


def test_a_simulated_write_a_record_and_a_read_may_depend_on_anything(bench):
    b = made(bench)
    recipe = """
name: X
intake:
  - {id: s, tool: sim.get}
  - {check: s.on}
act:
  - {tool: sim.set, with: {n: '{{ s.n }}'}, undo: none, why: w}
  - {notify: {room: "#av", text: "n is {{ s.n }}"}}
  - {tool: room.get, with: {id: "{{ s.power }}"}}
"""
    assert run(b, recipe).status is RunStatus.UNVERIFIED


def test_a_real_write_that_depends_on_real_results_is_made_beside_simulated_ones(bench):
    b = made(bench)
    report = run(b, f"name: X\nintake:\n  - {{id: s, tool: sim.get}}\n  - {{id: r, tool: room.get}}\nact:\n  - {{when: r.on, {MANY}}}\n")
    assert (report.status, report.simulated.value) == (RunStatus.UNVERIFIED, "partly")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (
            "{tool: room.many, undo: {tool: room.many, with: {n: '{{ s.n }}'}}}",
            "the undo 'room.many' is real, and its arguments come from a",
        ),
        ("{tool: sim.set, undo: {tool: room.many}}", "'sim.set' is simulated, and its undo 'room.many' is real"),
        ("{id: me, tool: sim.set, undo: {tool: room.many, with: {n: '{{ me.n }}'}}}", "is simulated, and its undo 'room.many' is real"),
    ],
)
def test_an_undo_that_would_depend_on_a_simulated_result_keeps_the_step_from_being_done(bench, step, told):
    b = made(bench)
    report = run(b, f"name: X\nintake:\n  - {{id: s, tool: sim.get}}\nact:\n  - {step}\n")
    assert told in (report.error or "")
    assert b.sent("many", "set") == []


def test_rollback_actions_make_no_real_write_from_simulated_results(bench):
    b = made(bench)
    first = "{tool: room.many, with: {n: '{{ s.n }}'}, undo: none, why: w}"
    actions = f"rollback_actions: [{first}, {{when: s.on, tool: room.once, undo: none, why: w}}]"
    report = run(b, f"name: X\nguardrails: {{{actions}}}\nintake:\n  - {{id: s, tool: sim.get}}\nact:\n  - {{check: 1 == 2}}\n")
    assert "rollback.0 'room.many': refused by simulation" in (report.error or "")
    assert "rollback.1 'room.once': refused by simulation" in (report.error or "")
    assert b.sent("many", "once") == []
