"""Before a run: everything that can be known to be wrong is said at once, and nothing is called."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from avops.engine.executor import LocalExecutor
from avops.engine.program import Problem
from avops.model.run import RunStatus, Trigger


def refused(bench, recipe, *, agent=None, settings=None, script=None, **more):
    b = bench(**(script or {"get": [{}]}))
    if agent:
        b.agent_text = agent
    if settings:
        b.more_texts["avops.yaml"] = settings
    report = asyncio.run(b.run(recipe, **more))
    assert report.status is RunStatus.REFUSED, report
    assert b.tool.calls == []
    run = b.store.run(report.run_id)
    assert (run.status, run.error) == (RunStatus.REFUSED, report.error)
    return [str(problem) for problem in report.problems]


@pytest.mark.parametrize(
    ("declared", "given", "told"),
    [
        ("{}", {}, "input 'n' is missing"),
        ("{type: integer}", {"n": "3"}, "input 'n': expected an integer, got '3'"),
        ("{type: integer}", {"n": True}, "input 'n': expected an integer, got True"),
        ("{enum: [a, b]}", {"n": "c"}, "input 'n': expected one of a, b, got 'c'"),
        ("{pattern: 'HQ-\\d'}", {"n": "HQ-12"}, "input 'n': 'HQ-12' does not match 'HQ-\\d'"),
        ("{pattern: '('}", {"n": "HQ"}, "is no regular expression"),
        ("{secret: true, pattern: '\\d'}", {"n": "sesame"}, "input 'n': a value does not match"),
        ("{default: x}", {"m": 1}, "input 'm': the recipe declares no such input, expected one of n"),
    ],
)
def test_inputs_are_checked(bench, declared, given, told):
    (problem,) = refused(bench, f"name: X\ninputs: {{n: {declared}}}\nintake:\n  - {{tool: room.get}}\n", inputs=given)
    assert told in problem
    assert "sesame" not in problem


def test_all_missing_secrets_are_named_at_once(bench):
    class Nothing:
        def resolve(self, reference):
            from avops.errors import AvopsError

            raise AvopsError(f"'{reference}' is not set")

    b = bench(get=[{}])
    recipe = "name: X\ninputs: {a: {secret: true}, b: {secret: true}}\nintake:\n  - {tool: room.get}\n"
    executor = b.executor()
    executor._secrets = Nothing()
    report = asyncio.run(executor.start(b.start_of(recipe, inputs={"a": "env:A", "b": "env:B"})))
    assert [str(problem) for problem in report.problems] == ["'env:A' is not set", "'env:B' is not set"]


def test_permissions_are_checked_also_those_of_every_undo_reading_and_rollback_action(bench):
    recipe = """
name: X
guardrails: {rollback_actions: [{notify: {room: "#av", text: hi}}]}
act:
  - {tool: room.many, undo: {tool: room.once}}
  - {tool: room.set, with: {power: 'on'}, undo: auto}
verify:
  - {reading: {tool: room.get}, check: reading.power == 'on'}
"""
    problems = refused(bench, recipe, agent="name: Bot\ntools: {room: [many, set]}\n")
    assert [line.rpartition(" ")[2] for line in problems] == ["'room.once'", "'room.get'", "'room.get'", "'room.say'"]


def test_the_phase_contract_is_checked_also_inside_called_recipes(bench):
    b = bench(get=[{}])
    b.more_texts["recipes/c.yaml"] = "name: C\nact:\n  - {tool: room.many, undo: none, why: w}\n"
    report = asyncio.run(b.run("name: X\nverify:\n  - {recipe: C}\n"))
    assert [str(problem) for problem in report.problems] == [
        "verify.0/act.0 'room.many': 'room.many' is a write, which verify does not allow"
    ]


def test_roles_must_be_known_also_those_the_agent_wants(bench):
    agent = "name: Bot\ntools: {room: '*'}\napprovals: {destructive: Chief}\n"
    recipe = "name: X\nact:\n  - {approve: Boss}\n  - {tool: room.restart, undo: none, why: w}\n"
    problems = refused(bench, recipe, agent=agent, settings="roles: {Support: [lee]}\n")
    assert problems[0].endswith("no role 'Boss', expected one of Support")
    assert problems[1].endswith("the agent 'Bot' wants 'Chief' to approve, expected one of Support")


def test_a_restore_that_cannot_work_is_found(bench):
    b = bench(get=[{}])
    b.tools_text = b.tools_text.replace("read: get", "read: look")
    report = asyncio.run(b.run("name: X\nact:\n  - {tool: room.set, with: {power: 'on'}, undo: auto}\n"))
    assert [str(problem) for problem in report.problems] == [
        "act.0 'room.set': 'room.set' restores by 'look', which is no action of 'room'"
    ]


def test_the_window_is_looked_at_in_the_rooms_time_zone(bench):
    recipe = 'name: X\nguardrails: {window: "Mon-Fri 09:00-17:00"}\nintake:\n  - {tool: room.get}\n'
    assert refused(bench, recipe) == ["it is outside the window 'Mon-Fri 09:00-17:00' (UTC)"]
    b = bench(get=[{}])
    values = {"room": "T-1", "timezone": "Asia/Tokyo"}
    assert asyncio.run(b.run(recipe, room="T-1", room_values=values)).status is RunStatus.UNVERIFIED


def test_the_window_of_a_called_recipe_holds_for_its_writes(bench):
    b = bench(many=[{}], get=[{}])
    write = "  - {tool: room.many, undo: none, why: w}\n"
    b.more_texts["recipes/c.yaml"] = f'name: C\nguardrails: {{window: "Sat 01:00-02:00"}}\nact:\n  - {{tool: room.get}}\n{write}'
    report = asyncio.run(b.run(f"name: X\nact:\n{write}  - {{recipe: C}}\n"))
    assert "act.1/act.1 'room.many': refused by window: it is outside 'Sat 01:00-02:00' (UTC)" in report.error
    assert [action for action, _ in b.tool.calls] == ["many", "get"]


def test_a_tool_that_is_not_ready_is_a_reason_and_a_mocked_one_is_not_asked(bench):
    b = bench(get=[{}])
    executor = b.executor()
    assert isinstance(executor, LocalExecutor)
    executor._tool_problems = lambda manifest: [Problem(message=f"'{manifest.name}' is not trusted", hint="avops trust")]
    recipe = "name: X\nintake:\n  - {tool: room.get}\n"
    assert asyncio.run(executor.start(b.start_of(recipe))).error == "'room' is not trusted"
    assert asyncio.run(executor.start(b.start_of(recipe, options={"mock": True}))).status is RunStatus.UNVERIFIED


def test_no_schedule_runs_a_draft_also_not_inside_another_recipe(bench):
    b = bench(get=[{}])
    b.more_texts["recipes/c.yaml"] = "name: C\ndraft: true\nintake:\n  - {tool: room.get}\n"
    recipe = "name: X\nintake:\n  - {recipe: C}\n"
    report = asyncio.run(b.run(recipe, trigger=Trigger.SCHEDULE))
    assert report.error == "the recipe 'C' is a draft, which no schedule runs"
    assert asyncio.run(b.run(recipe)).status is RunStatus.UNVERIFIED


def test_recipes_that_call_each_other_end_at_a_bounded_depth(bench):
    b = bench(get=[{}])
    for number in range(1, 7):
        b.more_texts[f"recipes/c{number}.yaml"] = f"name: C{number}\nintake:\n  - {{recipe: C{number + 1}}}\n"
    b.more_texts["recipes/c7.yaml"] = "name: C7\nintake:\n  - {recipe: X}\n"
    report = asyncio.run(b.run("name: X\nintake:\n  - {recipe: C1}\n"))
    assert "recipes call each other more than 5 deep" in (report.error or "")
    b.more_texts["recipes/c1.yaml"] = "name: C1\nintake:\n  - {recipe: X}\n"
    report = asyncio.run(b.run("name: X\nintake:\n  - {recipe: C1}\n"))
    assert "the recipe 'X' calls itself" in (report.error or "")


def test_a_run_that_starts_keeps_the_text_it_started_from(bench):
    b = bench(get=[{}])
    recipe = "name: X\nintake:\n  - {tool: room.get}\n"
    report = asyncio.run(b.run(recipe))
    assert b.store.start(report.run_id).texts["recipes/r.yaml"] == recipe
    assert b.store.run(report.run_id).started_at == datetime(2026, 3, 2, 7, tzinfo=UTC)


CERTAIN = """
name: X
inputs: {n: {type: integer, default: 1}}
intake:
  - {id: s, tool: room.get}
plan:
  - {check: later.power == 'on'}
  - {check: s.power is defined and s.power == 'on'}
act:
  - {id: w, for_each: [1], tool: room.many, with: {n: "{{ item }}"}, undo: {tool: room.many, with: {n: "{{ w.n }}"}}}
  - {tool: room.set, with: {power: blue}, undo: none, why: w}
  - {tool: room.many, with: {n: "{{ itm }}", m: 1}, undo: {tool: room.set, with: {}}}
  - {recipe: Child, with: {n: 1}}
verify:
  - {id: later, tool: room.get, when: plan.s.power == 'on' and maybe is defined and maybe.so}
  - {reading: {tool: room.get}, check: reading.power == 'on' and inputs.colour}
outputs: {a: nothing.here}
"""


def test_what_is_certain_to_fail_later_is_said_before_anything_is_called(bench):
    b = bench(get=[{"power": "on"}], many=[{}])
    b.more_texts["recipes/c.yaml"] = "name: Child\ninputs: {n: {type: integer}}\nact:\n  - {set: {a: s.power}}\n"
    report = asyncio.run(b.run(CERTAIN))
    assert report.status is RunStatus.REFUSED
    assert [str(problem) for problem in report.problems] == [
        "plan.0 'later.power == 'on'': 'later' is no name that can be used here",
        'act.1 \'room.set\': \'room.set\': power: "blue" is not one of "on" or "off"',
        "act.2 'room.many': 'itm' is no name that can be used here",
        "act.2 'room.many': 'room.many' takes no 'm', expected one of n",
        "act.2 'room.many': 'room.set' needs 'power'",
        "act.3/act.0 'set a': 's' is no name that can be used here",
        "verify.0 'room.get': 'plan.s' is no name that can be used here",
        "verify.1 'reading.power == 'on' and inputs.colour': the recipe has no input 'colour'",
        "outputs.a: 'nothing' is no name that can be used here",
    ]
    assert b.tool.calls == []


@pytest.mark.parametrize(
    "steps",
    [
        "  - {for_each: [a, b], tool: room.get, with: {id: '{{ item }}'}}",
        "  - {for_each: [{id: x}], when: item.id == 'x', tool: room.get, with: {id: '{{ item.id }}'}}",
        "  - {when: extra is defined, tool: room.get, with: {id: '{{ extra }}'}}",
        "  - {when: inputs.colour is defined and inputs.colour == 'red', check: inputs.colour == 'red'}",
        "  - {set: {colour: inputs.colour is defined}}",
        "  - {set: {colour: \"extra | default('red')\"}}",
        "  - {id: s, when: 1 == 2, tool: room.get}\n  - {when: s is not none, check: s.power == 'on'}",
        "  - {id: s, tool: room.get}\n  - {check: plan.s.power == 'on'}",
        "  - {id: s, for_each: [1], recipe: Child, with: {n: '{{ item }}'}}\n  - {check: 's[0].result.n == 1'}",
        "  - {recipe: Child}",
        "  - {notify: {room: '#av', text: 'run {{ run.id }}'}}",
        "  - {wait: {until: reading.power == 'on', reading: {tool: room.get}}, within: 5s}",
    ],
)
def test_what_can_go_well_is_not_refused(bench, steps):
    b = bench(get=[{"power": "on"}], say=[{}])
    b.more_texts["recipes/c.yaml"] = (
        "name: Child\ninputs: {n: {type: integer, required: false}}\nplan:\n"
        "  - {id: s, when: inputs.n is not none, set: {n: inputs.n}}\noutputs: {n: s.n | default(none)}\n"
    )
    report = asyncio.run(b.run(f"name: X\nplan:\n{steps}\n"))
    assert (report.status, report.problems) == (RunStatus.UNVERIFIED, ()), report
