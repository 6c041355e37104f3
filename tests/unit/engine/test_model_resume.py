"""A step of the model that was cut short goes on after what is kept: nothing is asked or done twice, and all is taken back."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.unit.engine.bench import KILL, Killed

from avops.model.agent import Agent
from avops.model.effect import Phase
from avops.model.run import DecisionStatus, RunStatus
from avops.providers.scripted import ScriptedModel, asks, says

CHECKED = "verify:\n  - {reading: {tool: room.get}, check: 'reading.power == \"on\"'}\n"
ON, OFF = {"power": "on"}, {"power": "off"}
RECIPE = f"name: X\nact:\n  - {{do: Do it}}\n{CHECKED}"
FAILS = "name: X\nact:\n  - {do: Do it}\nverify:\n  - {reading: {tool: room.get}, check: 'reading.power == \"never\"'}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def made(bench, *lines, agent="", **script):
    b = bench(**({"get": [OFF, ON], "set": [{}], "many": [{}], "once": [{}]} | script))
    b.agent_text = f"name: Bot\ntools: {{room: '*'}}\n{agent}"
    b.model = ScriptedModel(lines)
    return b


def dies(request):
    raise Killed


LINES = (
    asks(("room__get", {})),
    asks(("room__set", {"power": "on"}), ("room__many", {"n": 1})),
    asks(("room__once", {"n": 2})),
    says("done"),
)


@pytest.mark.parametrize("turn", range(4))
def test_killed_while_the_model_thinks_it_is_asked_again_and_no_call_is_made_twice(bench, turn):
    b = made(bench, *LINES[:turn], dies)

    async def story():
        run_id = await b.kill(RECIPE)
        first = len(b.model.requests)
        b.model = ScriptedModel(LINES[turn:])
        report = await b.resume(run_id)
        return report, first

    report, first = run(story())
    assert report.status is RunStatus.SUCCESS, report
    assert (b.sent("set"), b.sent("many"), b.sent("once")) == ([{"power": "on"}], [{"n": 1}], [{"n": 2}])
    assert (first, len(b.model.requests)) == (turn + 1, 4 - turn)
    told = json.loads(b.model.requests[-1].messages[-1].text)
    assert told == {"result": {}}, "what was called before is told as it was"


def test_killed_in_an_idempotent_write_it_is_repeated(bench):
    b = made(bench, *LINES, many=[KILL, {}])

    async def story():
        return await b.resume(await b.kill(RECIPE))

    assert run(story()).status is RunStatus.SUCCESS
    assert (b.sent("set"), b.sent("many"), b.sent("once")) == ([{"power": "on"}], [{"n": 1}] * 2, [{"n": 2}])
    assert len(b.model.requests) == 4


@pytest.mark.parametrize(("word", "calls"), [("done", 1), ("redo", 2)])
def test_killed_in_a_write_that_may_not_be_repeated_a_person_says_what_became_of_it(bench, word, calls):
    from avops.errors import UsageError

    b = made(bench, *LINES, once=[KILL, {}])

    async def story():
        run_id = await b.kill(RECIPE)
        assert b.statuses(run_id)["act.0/call-4"] == "unknown"
        with pytest.raises(UsageError, match=r"in the middle of 'room.once' \(act.0/call-4\)"):
            await b.resume(run_id)
        return await b.resume(run_id, unknown=word)

    assert run(story()).status is RunStatus.SUCCESS
    assert len(b.sent("once")) == calls
    assert len(b.model.requests) == 4


def test_a_write_without_an_answer_that_may_not_be_repeated_ends_the_step(bench):
    from avops.connectors.scripted import Fault

    b = made(bench, *LINES, once=[Fault(message="lost", happened="unknown")])
    report = run(b.run(RECIPE))
    assert report.status is RunStatus.FAILED
    assert "nobody knows whether room.once (act.0/call-4) happened: lost" in report.error
    assert len(b.sent("once")) == 1
    assert len(b.model.requests) == 3


def test_what_the_model_changed_is_taken_back_newest_first_where_the_manifest_says_how(bench):
    b = made(bench, *LINES, get=[OFF, OFF, ON])
    report = run(b.run(FAILS))
    assert report.status is RunStatus.FAILED
    assert b.sent("set") == [{"power": "on"}, {"power": "off"}]
    assert "act.0/call-3 'room.many' cannot be taken back" in report.error
    assert "act.0/call-4 'room.once' cannot be taken back" in report.error
    assert b.rows(report.run_id)["act.0/call-2"].undo_status == "ok"


def test_a_step_that_failed_half_way_is_taken_back_too(bench):
    b = made(bench, asks(("room__set", {"power": "on"})), asks(("cannot_do", {"reason": "x"})), get=[OFF])
    report = run(b.run(RECIPE))
    assert b.sent("set") == [{"power": "on"}, {"power": "off"}]
    assert report.status is RunStatus.FAILED


def test_killed_in_rollback_the_models_calls_are_still_known(bench):
    b = made(bench, asks(("room__set", {"power": "on"})), asks(("cannot_do", {"reason": "x"})), get=[OFF], set=[{}, KILL, {}])

    async def story():
        return await b.resume(await b.kill(RECIPE), unknown="redo")

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert "taken back" not in report.error
    assert b.sent("set") == [{"power": "on"}, {"power": "off"}, {"power": "off"}]
    assert len(b.model.requests) == 2


OWN = ", undo: {tool: room.many, with: {n: -1}}"


def test_the_steps_own_undo_stands_for_all_its_calls_and_is_done_once(bench):
    b = made(bench, *LINES, get=[OFF, ON])
    report = run(b.run(FAILS.replace("do: Do it", f"do: Do it{OWN}")))
    assert b.sent("set") == [{"power": "on"}]
    assert b.sent("many") == [{"n": 1}, {"n": -1}]
    assert "taken back" not in report.error
    assert b.rows(report.run_id)["act.0/call-2"].undo_status == "ok"


def test_an_undo_that_uses_the_answer_gets_it(bench):
    b = made(bench, asks(("room__once", {"n": 2})), says('{"n": 7}'), get=[ON])
    own = ", id: fix, expect: {type: object}, undo: {tool: room.many, with: {n: '{{ fix.n }}'}}"
    report = run(b.run(FAILS.replace("do: Do it", f"do: Do it{own}")))
    assert b.sent("many") == [{"n": 7}]
    assert "taken back" not in report.error


def test_an_undo_that_uses_an_answer_that_never_came_is_said_to_be_unknown(bench):
    b = made(bench, asks(("room__once", {"n": 2})), asks(("cannot_do", {"reason": "x"})), get=[ON])
    own = ", id: fix, undo: {tool: room.many, with: {n: '{{ fix.n }}'}}"
    report = run(b.run(FAILS.replace("do: Do it", f"do: Do it{own}")))
    assert b.sent("many") == []
    assert "the arguments of its undo could not be known" in report.error


def test_undo_none_is_heeded_and_its_reason_said(bench):
    b = made(bench, asks(("room__set", {"power": "on"})), says("done"), get=[ON])
    report = run(b.run(FAILS.replace("do: Do it", "do: Do it, undo: none, why: it is how it was")))
    assert b.sent("set") == [{"power": "on"}]
    assert "act.0/call-1 'room.set' cannot be taken back: it is how it was" in report.error


def test_approving_a_call_of_the_model_approves_its_undo(bench):
    b = made(bench, asks(("room__set", {"power": "on"})), says("done"), agent="approvals: {write: L2}\n")
    b.more_texts["avops.yaml"] = "roles: {L2: [lee]}\n"
    report = run(b.run(RECIPE))
    (decision,) = b.store.decisions(report.run_id)
    assert decision.question.call["undo"] == {"tool": "room.set", "with": {"power": "off"}, "effect": "write"}


def test_todays_permissions_narrow_what_is_new_and_leave_what_was_done_to_be_taken_back(bench):
    b = made(bench, asks(("room__set", {"power": "on"})), dies, get=[OFF, ON])

    async def story():
        run_id = await b.kill(FAILS)
        b.model = ScriptedModel([asks(("room__once", {"n": 1})), asks(("room__get", {})), says("done")])
        today = Agent(name="Bot", tools={"room": ["get", "set"]}, limits={"max_turns": 4})
        return await b.resume(run_id, today=dict.fromkeys(Phase, today))

    report = run(story())
    assert b.statuses(report.run_id)["act.0/call-2"] == "denied"
    assert b.sent("once") == []
    assert b.sent("set") == [{"power": "on"}, {"power": "off"}]


def test_todays_limits_bound_what_is_new_and_not_what_was_said(bench):
    b = made(bench, *LINES[:3], dies, get=[OFF, OFF, ON])

    async def story():
        run_id = await b.kill(RECIPE)
        b.model = ScriptedModel(LINES[3:])
        today = Agent(name="Bot", tools={"room": "*"}, limits={"max_turns": 1})
        return await b.resume(run_id, today=dict.fromkeys(Phase, today))

    report = run(story())
    assert "took all its 1 turns" in report.error
    assert b.sent("set") == [{"power": "on"}, {"power": "off"}], "what was done before is known, and taken back"
    assert b.model.requests == []


def test_a_step_that_a_model_began_is_not_given_to_a_person_when_the_model_is_gone(bench):
    b = made(bench, asks(("room__get", {})), dies)

    async def story():
        run_id = await b.kill(RECIPE)
        b.model = None
        return await b.resume(run_id)

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert "no model is configured any more" in report.error


def test_a_question_that_waits_for_a_person_stays_theirs_when_a_model_comes(bench):
    b = made(bench, get=[ON])
    b.model = None

    async def story():
        report = await b.run(RECIPE)
        b.model = ScriptedModel([says("done")])
        report = await b.resume(report.run_id)
        assert report.status is RunStatus.WAITING
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        return await b.resume(report.run_id)

    assert run(story()).status is RunStatus.SUCCESS
    assert b.model.requests == []


def test_an_interruption_cuts_the_model_short_and_takes_back_what_it_did(bench):
    b = made(bench, get=[OFF])

    class Slow(ScriptedModel):
        async def reply(self, request, on_text=None):
            if self.requests:
                asyncio.get_running_loop().call_soon(b.interruption.interrupt)
                await asyncio.Event().wait()
            return await super().reply(request, on_text)

    b.model = Slow([asks(("room__set", {"power": "on"}))])
    report = run(b.run(RECIPE))
    assert report.status is RunStatus.CANCELLED
    assert b.sent("set") == [{"power": "on"}, {"power": "off"}]


def test_entries_of_a_list_are_each_a_talk_of_their_own(bench):
    lines = [asks(("room__many", {"n": 1})), says("one"), asks(("room__many", {"n": 2})), says("two")]
    b = made(bench, *lines)
    report = run(b.run(f"name: X\nact:\n  - {{for_each: [a, b], id: all, do: 'Do {{{{ item }}}}'}}\n{CHECKED}"))
    statuses = b.statuses(report.run_id)
    assert statuses["act.0[0]/call-1"] == statuses["act.0[1]/call-1"] == "ok"
    assert [b.rows(report.run_id)[f"act.0[{n}]"].value for n in (0, 1)] == ["one", "two"]
    assert '"item": "b"' in b.model.requests[2].messages[0].text


def test_a_call_that_may_have_been_made_is_listed_also_where_it_is_not_allowed_any_more(bench):
    b = made(bench, asks(("room__many", {"n": 1}), ("room__many", {"n": 2})), says("I may not."), many=[{}, KILL])

    async def story():
        run_id = await b.kill(FAILS)
        today = Agent(name="Bot", tools={"room": ["get"]})
        return await b.resume(run_id, today=dict.fromkeys(Phase, today))

    report = run(story())
    assert [arguments["n"] for arguments in b.sent("many")] == [1, 2]
    assert report.left == ("act.0/call-2 'room.many' cannot be taken back", "act.0/call-1 'room.many' cannot be taken back")


def test_the_undo_of_the_step_is_looked_at_also_for_a_call_that_is_not_allowed_any_more(bench):
    b = made(bench, asks(("room__many", {"n": 1})), says("I may not."), many=[KILL, {}])

    async def story():
        run_id = await b.kill(FAILS.replace("do: Do it", "do: Do it, undo: {tool: room.set, with: {power: 'off'}}"))
        today = Agent(name="Bot", tools={"room": ["get", "set"]})
        return await b.resume(run_id, today=dict.fromkeys(Phase, today))

    report = run(story())
    told = "act.0/call-1 'room.many' may or may not have happened, and its undo is not idempotent: look, and decide"
    assert (b.sent("set"), report.left) == ([], (told,))
