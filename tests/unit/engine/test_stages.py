"""Runs in stages: each sees what those before it came to, and a parent tells the truth about all of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from tests.unit.engine.bench import KILL, Answering, Killed

from avops.engine.stages import StagePlan, Stages, is_staged, with_stages
from avops.errors import UsageError
from avops.model.run import DecisionStatus, RunStatus, Simulated
from avops.model.workflow import stage_key

LOOK = """
name: Look
intake:
  - {id: state, tool: room.get}
verify:
  - {id: seen, tool: room.get}
  - {check: seen.power == 'on'}
outputs: {power: state.power, all: state}
"""
ACT = """
name: Act
inputs: {power: {}, note: {default: none}}
act:
  - {tool: room.set, with: {power: "{{ inputs.power }}"}, undo: none, why: test}
verify:
  - {id: seen, tool: room.get}
  - {check: seen.power == inputs.power}
outputs: {power: seen.power}
"""
TELL = """
name: Tell
inputs: {text: {}}
act:
  - {id: ticket, tool: room.ticket, with: {text: "{{ inputs.text }}"}}
verify:
  - {id: seen, tool: room.get}
  - {check: seen.power != ''}
"""
ASKS = """
name: Asks
act:
  - {name: Go on?, approve: L2}
verify:
  - {id: seen, tool: room.get}
  - {check: seen.power == 'on'}
outputs: {power: seen.power}
"""
SETTINGS = "roles: {L2: [lee]}\n"
ON, OFF = {"power": "on"}, {"power": "off"}

look = StagePlan(name="Baseline checks", agent="Bot", recipe="Look")
act = StagePlan(
    name="act", agent="Bot", recipe="Act", takes=("power", "note"), inputs={"power": "{{ stages.baseline_checks.outputs.power }}"}
)
tell = StagePlan(name="tell", agent="Bot", recipe="Tell", takes=("text",), always=True, inputs={"text": "It {{ stages.act.status }}"})


def staged(b, *plans, **more):
    b.more_texts = {"recipes/a.yaml": ACT, "recipes/t.yaml": TELL, "recipes/q.yaml": ASKS, "avops.yaml": SETTINGS}
    return with_stages(replace(b.start_of(LOOK, workflow="All of it", **more), recipe="All of it"), plans)


def stages(b) -> Stages:
    return Stages(b.executor(), b.store, b.clock, process=b.lock.name)


def run(b, *plans, **more):
    return asyncio.run(stages(b).start(staged(b, *plans, **more)))


def children(b, parent: int = 1) -> list[tuple[str, str]]:
    return [(child.recipe, child.status.value) for child in b.store.children(parent)]


def test_each_stage_gets_what_those_before_it_came_to(bench):
    b = bench(get=[ON], set=[{}], ticket=[{"id": "T1"}])
    report = run(b, look, act, tell)
    assert (report.run_id, report.status, report.error) == (1, RunStatus.SUCCESS, None)
    assert children(b) == [("Look", "success"), ("Act", "success"), ("Tell", "success")]
    assert ("set", {"power": "on"}) in b.tool.calls
    assert ("ticket", {"text": "It success"}) in b.tool.calls
    parent = b.store.run(1)
    assert (parent.workflow, parent.recipe) == ("All of it", "All of it")
    assert {child.workflow for child in b.store.children(1)} == {None}
    assert is_staged(b.store.start(1))
    assert not is_staged(b.store.start(2))


def test_a_stage_that_fails_stops_the_rest_but_for_those_that_always_run(bench):
    b = bench(get=[ON, OFF, ON], ticket=[{"id": "T1"}])
    report = run(b, look, act, tell)
    assert report.status is RunStatus.FAILED
    assert children(b) == [("Look", "failed"), ("Tell", "success")]
    assert ("ticket", {"text": "It skipped"}) in b.tool.calls
    assert report.error is not None
    assert report.error.startswith("stage 'Baseline checks' (run 2) failed: ")
    assert report.error.endswith("; not started: act")


def test_on_error_continue_goes_on_and_is_no_success(bench):
    b = bench(get=[OFF, OFF, ON], set=[{}], ticket=[{"id": "T1"}])
    going_on = StagePlan(name="Baseline checks", agent="Bot", recipe="Look", on_error="continue")
    own = StagePlan(name="act", agent="Bot", recipe="Act", takes=("power", "note"), inputs={"power": "on"})
    report = run(b, going_on, own, tell)
    assert report.status is RunStatus.FAILED
    assert children(b) == [("Look", "failed"), ("Act", "success"), ("Tell", "success")]


def test_inputs_that_cannot_be_had_fail_their_stage(bench):
    b = bench(get=[OFF, OFF, ON])
    going_on = StagePlan(name="Baseline checks", agent="Bot", recipe="Look", on_error="continue")
    report = run(b, going_on, act)
    assert report.status is RunStatus.FAILED
    assert report.error is not None
    assert "stage 'act' failed: its inputs: " in report.error
    assert children(b) == [("Look", "failed")]


def test_a_stage_that_could_not_run_refuses_all_of_them_before_anything_is_called(bench):
    b = bench(get=[ON])
    b.agent_text = "name: Bot\ntools: {room: [get]}\n"
    report = run(b, look, act, inputs={"colour": "red"})
    assert report.status is RunStatus.REFUSED
    assert report.error is not None
    assert "stage 'act': act.0" in report.error
    assert "input 'colour': no stage's recipe declares it, expected one of note, power" in report.error
    assert b.tool.calls == []
    assert children(b) == []


def test_the_workflows_inputs_go_to_the_stages_that_declare_them(bench):
    b = bench(get=[ON], set=[{}])
    report = run(b, look, act, inputs={"note": "n"})
    assert report.status is RunStatus.SUCCESS
    assert [b.store.start(run_id).inputs for run_id in (2, 3)] == [{}, {"note": "n", "power": "on"}]


def test_a_stage_that_waits_lets_the_rest_wait_and_goes_on_when_it_was_decided(bench):
    b = bench(get=[ON], set=[{}])
    asks = StagePlan(name="Baseline checks", agent="Bot", recipe="Asks")

    async def go():
        waiting = await stages(b).start(staged(b, asks, act))
        await b.decide(2, DecisionStatus.APPROVED)
        await b.resume(2)
        return waiting, await stages(b).resume(1)

    waiting, report = asyncio.run(go())
    assert waiting.status is RunStatus.WAITING
    assert report.status is RunStatus.SUCCESS
    assert children(b) == [("Asks", "success"), ("Act", "success")]
    assert ("set", {"power": "on"}) in b.tool.calls


def test_a_denied_stage_cancels_the_whole(bench):
    b = bench(get=[ON], set=[{}])
    asks = StagePlan(name="asks", agent="Bot", recipe="Asks")
    own = StagePlan(name="act", agent="Bot", recipe="Act", takes=("power", "note"), inputs={"power": "on"})

    async def go():
        await stages(b).start(staged(b, asks, own))
        await b.decide(2, DecisionStatus.DENIED)
        await b.resume(2)
        return await stages(b).resume(1)

    assert asyncio.run(go()).status is RunStatus.CANCELLED
    assert children(b) == [("Asks", "cancelled")]


def test_a_killed_parent_goes_on_after_the_stage_that_had_ended(bench):
    b = bench(get=[ON, ON, KILL, ON], set=[{}])

    async def go():
        with suppress(Killed):
            await stages(b).start(staged(b, look, act))
            raise AssertionError("it ended")
        await b.die()
        return await stages(b).resume(1)

    report = asyncio.run(go())
    assert report.status is RunStatus.SUCCESS
    assert children(b) == [("Look", "success"), ("Act", "success")]
    assert [name for name, _ in b.tool.calls].count("set") == 1


def test_an_interruption_starts_nothing_more(bench):
    b = bench(set=[{}], ticket=[{"id": "T1"}])

    async def answer():
        b.interruption.interrupt()
        await asyncio.sleep(0)

    b.tool = type(b.tool)({"get": [Answering(lambda _: answer())], "ticket": [{"id": "T"}]})
    report = run(b, look, act, tell)
    assert report.status is RunStatus.CANCELLED
    assert [name for name, _ in b.tool.calls] == ["get"]


def test_writes_that_stand_on_a_simulated_stage_are_refused(bench):
    b = bench(get=[ON], set=[{}])
    seen = b.tools_text.replace("name: room", "name: seen")
    start = staged(b, look, act, options={"mock": ["seen"]})
    more = {"recipes/r.yaml": LOOK.replace("room.get", "seen.get"), "tools/seen.yaml": seen}
    more["agents/a.yaml"] = "name: Bot\ntools: {room: '*', seen: '*'}\n"
    start = replace(start, texts={**start.texts, **more})
    report = asyncio.run(stages(b).start(start))
    assert report.status is RunStatus.FAILED
    assert report.error is not None
    assert "simulated" in report.error
    assert b.store.run(1).simulated is Simulated.PARTLY
    assert "set" not in [name for name, _ in b.tool.calls]


def test_large_outputs_reach_the_stages_after_it_whole(bench):
    long = {"power": "on", "text": "x" * 100_000}
    b = bench(get=[long], ticket=[{"id": "T"}])
    own = StagePlan(
        name="tell", agent="Bot", recipe="Tell", takes=("text",), inputs={"text": "{{ stages.baseline_checks.outputs.all.text | length }}"}
    )
    run(b, look, own)
    assert b.store.start(3).inputs == {"text": 100_000}


def test_stages_have_names_of_their_own(bench):
    b = bench()
    assert stage_key("Baseline checks") == "baseline_checks"
    assert stage_key("2nd look!") == "_2nd_look"
    with pytest.raises(UsageError, match="two stages are called 'baseline Checks'"):
        staged(b, look, StagePlan(name="baseline Checks", agent="Bot", recipe="Look"))
    with pytest.raises(UsageError, match="has no letters"):
        staged(b, StagePlan(name="!!", agent="Bot", recipe="Look"))
