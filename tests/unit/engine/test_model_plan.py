"""Planning with a model: it may look in Intake and Plan, changes and records nothing, and Act says what it may ask for."""

from __future__ import annotations

import asyncio
import json

from avops.providers.scripted import ScriptedModel, asks, says

ON = {"power": "on"}


def plan(b, recipe):
    view, problems = asyncio.run(b.executor().plan(b.start_of(recipe)))
    assert problems == []
    return view


def made(bench, *lines):
    b = bench(get=[ON], ticket=[{"id": 7}], many=[{}])
    b.agent_text = "name: Bot\ntools: {room: [get, many, ticket]}\n"
    b.model = ScriptedModel(lines)
    return b


def labels(view):
    return {step.key: step.label for step in view.steps}


def test_intake_is_looked_at_by_the_model_and_act_says_what_it_may_ask_for(bench):
    b = made(bench, asks(("room__get", {})), says('{"n": 3}'))
    view = plan(
        b,
        "name: X\nintake:\n  - {id: i, do: Look, expect: {type: object}}\nact:\n  - {do: Fix it}\n"
        "  - {tool: room.many, with: {n: '{{ i.n }}'}, undo: none, why: w}\n",
    )
    assert labels(view) == {"intake.0": "read", "act.0": "would run", "act.1": "would run"}
    assert view.steps[1].note == "the agent's model decides at run time; allowed: room.get, room.many, room.ticket"
    assert view.steps[2].arguments == {"n": 3}
    assert b.sent("many") == []


def test_the_model_records_nothing_while_planning(bench):
    b = made(bench, asks(("room__ticket", {"text": "x"})), says("done"))
    view = plan(b, "name: X\nintake:\n  - {do: Open a ticket}\n")
    assert labels(view) == {"intake.0": "read"}
    assert b.sent("ticket") == []
    assert "refused by plan" in b.model.requests[1].messages[-1].text
    assert [tool.name for tool in b.model.requests[0].tools] == ["room__get", "cannot_do"]


def test_a_judgement_that_fails_in_plan_ends_the_plan(bench):
    b = made(bench, says(json.dumps({"holds": False, "because": "it is off"})))
    view = plan(b, "name: X\nintake:\n  - {id: s, tool: room.get}\nplan:\n  - {confirm: It is on}\nact:\n  - {do: Fix it}\n")
    assert labels(view)["plan.0"] == "failed"
    assert "it is off" in view.problem


def test_what_a_person_will_judge_is_only_said(bench):
    b = made(bench)
    view = plan(b, "name: X\nplan:\n  - {confirm: Nobody is there}\nact:\n  - {do: Fix it}\n")
    assert labels(view) == {"plan.0": "would ask", "act.0": "would run"}
    assert b.model.requests == []


def test_without_a_model_people_are_asked(bench):
    b = made(bench)
    b.model = None
    view = plan(b, "name: X\nintake:\n  - {do: Look}\nact:\n  - {do: Fix it}\n")
    assert labels(view) == {"intake.0": "would ask", "act.0": "would ask"}
