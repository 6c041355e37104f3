"""People in the loop: decisions, roles, four eyes, expiry, and calls that have changed since."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from avops.model.run import DecisionKind, DecisionStatus, RunStatus
from avops.ports import PersonAnswer

APPROVED, DENIED, ANSWERED, EXPIRED = DecisionStatus.APPROVED, DecisionStatus.DENIED, DecisionStatus.ANSWERED, DecisionStatus.EXPIRED
MANY = "  - {tool: room.many, with: {n: %s}, undo: {tool: room.many, with: {n: -%s}}%s}\n"
ROLES = "roles: {L2: [lee, kim]}\n"


def run(coroutine):
    return asyncio.run(coroutine)


def many(n, more=""):
    return MANY % (n, n, more)


def made(bench, *, settings=ROLES, **script):
    b = bench(**({"many": [{}]} | script))
    b.more_texts["avops.yaml"] = settings
    return b


def numbers(b):
    return [a["n"] for a in b.sent("many")]


async def until_decided(b, recipe, *decisions, **more):
    """The run after its decisions, one resume for each."""
    report = await b.run(recipe, **more)
    for status, by in decisions:
        assert report.status is RunStatus.WAITING, report
        await b.decide(report.run_id, status, by=by, note="why not")
        report = await b.resume(report.run_id)
    return report


def test_a_waiting_run_holds_the_rendered_call_its_undo_and_the_readings_so_far(bench):
    b = made(bench, get=[{"power": "on"}])
    recipe = f"name: X\nintake:\n  - {{id: s, tool: room.get}}\nact:\n{many(3, ', name: Do it, expires: 2h, approval: L2')}"
    report = run(b.run(recipe))
    assert report.status is RunStatus.WAITING
    (decision,) = b.store.decisions(report.run_id)
    question = decision.question
    assert (question.kind, question.role, question.key) == (DecisionKind.APPROVE, "L2", "act.0/approval")
    undo = {"tool": "room.many", "with": {"n": -3}, "effect": "write"}
    assert question.call == {"tool": "room.many", "with": {"n": 3}, "effect": "write", "undo": undo}
    assert question.readings == {"s": {"power": "on"}}
    assert question.expires_at - question.asked_at == timedelta(hours=2)
    assert b.heard.events[-2:] == [("waiting", decision.id), ("run", "waiting")]
    assert b.statuses(report.run_id) == {"intake.0": "ok", "act.0/approval": "waiting"}
    assert numbers(b) == []


def test_approved_by_somebody_of_the_role_the_run_goes_on_and_says_who(bench):
    b = made(bench)
    report = run(until_decided(b, f"name: X\nact:\n{many(3, ', approval: L2')}", (APPROVED, "lee")))
    assert report.status is RunStatus.UNVERIFIED
    row = b.rows(report.run_id)["act.0/approval"]
    assert (row.status.value, row.actor, row.note) == ("ok", "lee", "why not")
    assert "waiting" not in b.statuses(report.run_id).values()


@pytest.mark.parametrize(("status", "told"), [(DENIED, "was denied by lee: why not"), (EXPIRED, "the approval ran out")])
def test_denied_or_expired_the_step_is_denied_rollback_runs_and_the_run_is_cancelled(bench, status, told):
    b = made(bench)
    report = run(until_decided(b, f"name: X\nact:\n{many(1)}{many(2, ', approval: L2')}{many(3)}", (status, "lee")))
    assert report.status is RunStatus.CANCELLED
    assert told in (report.error or "")
    assert numbers(b) == [1, -1]
    assert b.statuses(report.run_id)["act.1/approval"] == "denied"


@pytest.mark.parametrize(
    ("step", "status", "word", "ends"),
    [
        ("manual: Look", ANSWERED, "ok", "unverified"),
        ("manual: Look", DENIED, "denied", "cancelled"),
        ("confirm: It is on", ANSWERED, "ok", "unverified"),
        ("confirm: It is on", DENIED, "denied", "failed"),
        ("confirm: It is on", EXPIRED, "denied", "cancelled"),
        ("ask: How many?", ANSWERED, "ok", "unverified"),
        ("approve: L2", APPROVED, "ok", "unverified"),
        ("do: Look around", ANSWERED, "ok", "unverified"),
    ],
)
def test_every_question_to_a_person_waits_for_one(bench, step, status, word, ends):
    key, _, text = step.partition(": ")
    b = made(bench)
    report = run(until_decided(b, f'name: X\nact:\n{many(1)}  - {{{key}: "{text}"}}\n', (status, "lee")))
    assert (report.status.value, b.statuses(report.run_id)["act.1"]) == (ends, word)
    assert numbers(b) == ([1] if ends == "unverified" else [1, -1])


def test_an_answer_is_the_value_of_its_step(bench):
    b = made(bench)

    async def story():
        report = await b.run('name: X\nintake:\n  - {id: n, ask: "How many?"}\nact:\n' + MANY % ("'{{ n }}'", 0, ""))
        await b.decide(report.run_id, ANSWERED, answer=7)
        return await b.resume(report.run_id)

    run(story())
    assert numbers(b) == [7]


def test_a_confirm_in_verify_makes_a_success(bench):
    b = made(bench)
    assert run(until_decided(b, "name: X\nverify:\n  - {confirm: It is on}\n", (ANSWERED, "lee"))).status is RunStatus.SUCCESS


def test_each_waiting_step_is_a_decision_of_its_own(bench):
    b = made(bench)
    recipe = f"name: X\nact:\n{many(1, ', approval: L2')}{many(2, ', approval: L2')}"
    report = run(until_decided(b, recipe, (APPROVED, "lee"), (APPROVED, "kim")))
    assert [(d.question.key, d.status.value, d.decided_by) for d in b.store.decisions(report.run_id)] == [
        ("act.0/approval", "approved", "lee"),
        ("act.1/approval", "approved", "kim"),
    ]


def test_resuming_without_a_decision_asks_nobody_twice(bench):
    b = made(bench)

    async def story():
        report = await b.run(f"name: X\nact:\n{many(1, ', approval: L2')}")
        again = await b.resume(report.run_id)
        return report, again

    report, again = run(story())
    assert (again.status, len(b.store.decisions(report.run_id))) == (RunStatus.WAITING, 1)


def test_who_lacks_the_role_does_not_count_however_the_answer_came_in(bench):
    b = made(bench)
    report = run(until_decided(b, f"name: X\nact:\n{many(1, ', approval: L2')}", (APPROVED, "mallory")))
    assert report.status is RunStatus.WAITING
    assert numbers(b) == []
    assert [d.status.value for d in b.store.decisions(report.run_id)] == ["approved", "open"]


def test_with_four_eyes_nobody_approves_a_run_that_they_started(bench):
    b = made(bench)
    recipe = f"name: X\nguardrails: {{four_eyes: true}}\nact:\n{many(1, ', approval: L2')}"
    report = run(until_decided(b, recipe, (APPROVED, "kim")))
    assert report.status is RunStatus.WAITING
    assert run(until_decided(b, recipe, (APPROVED, "lee"))).status is RunStatus.UNVERIFIED
    # They may stop it.
    assert run(until_decided(b, recipe, (DENIED, "kim"))).status is RunStatus.CANCELLED


def test_four_eyes_of_a_called_recipe_hold_for_the_run(bench):
    b = made(bench)
    b.more_texts["recipes/c.yaml"] = f"name: C\nguardrails: {{four_eyes: true}}\nact:\n{many(1, ', approval: L2')}"
    recipe = "name: X\nact:\n  - {recipe: C}\n"
    assert run(until_decided(b, recipe, (APPROVED, "kim"))).status is RunStatus.WAITING
    assert numbers(b) == []
    assert run(until_decided(b, recipe, (APPROVED, "lee"))).status is RunStatus.UNVERIFIED


class Terminal:
    """A person who is there and answers at once."""

    def __init__(self, by, status=APPROVED):
        self.by, self.status, self.asked = by, status, []

    async def answer(self, question):
        self.asked.append(question.key)
        return PersonAnswer(status=self.status, by=self.by)


def test_at_the_terminal_the_run_goes_on_at_once_and_the_decision_is_kept_all_the_same(bench):
    b = made(bench)
    b.person = Terminal("lee")
    report = run(b.run(f"name: X\nact:\n{many(1, ', approval: L2')}"))
    assert report.status is RunStatus.UNVERIFIED
    (decision,) = b.store.decisions(report.run_id)
    assert (decision.status, decision.decided_by) == (APPROVED, "lee")


def test_at_the_terminal_too_four_eyes_and_roles_hold(bench):
    b = made(bench)
    b.person = Terminal("kim")
    report = run(b.run(f"name: X\nguardrails: {{four_eyes: true}}\nact:\n{many(1, ', approval: L2')}"))
    assert report.status is RunStatus.WAITING
    b.person = Terminal("mallory")
    assert run(b.run(f"name: X\nact:\n{many(1, ', approval: L2')}")).status is RunStatus.WAITING
    assert numbers(b) == []


def test_a_decision_for_a_call_that_has_changed_does_not_count(bench):
    b = made(bench)
    recipe = f"name: X\nact:\n{many(1, ', approval: L2')}"

    async def story(decided):
        report = await b.run(recipe)
        if decided:
            await b.decide(report.run_id, APPROVED)
        start = b.store.start
        b.store.start = lambda run_id: b.start_of(recipe.replace("n: 1", "n: 9"))
        report = await b.resume(report.run_id)
        b.store.start = start
        return report

    report = run(story(decided=True))
    assert report.status is RunStatus.WAITING
    assert [(d.status.value, d.question.call["with"]) for d in b.store.decisions(report.run_id)] == [
        ("approved", {"n": 1}),
        ("open", {"n": 9}),
    ]
    report = run(story(decided=False))
    assert [(d.status.value, d.note) for d in b.store.decisions(report.run_id)] == [
        ("void", "what would be called has changed"),
        ("open", None),
    ]
    assert numbers(b) == []


def test_a_changed_undo_is_a_changed_call(bench):
    b = made(bench)

    async def story():
        report = await b.run(f"name: X\nact:\n{many(1, ', approval: L2')}")
        await b.decide(report.run_id, APPROVED)
        b.store.start = lambda run_id: b.start_of(f"name: X\nact:\n{many(1, ', approval: L2').replace('n: -1', 'n: -9')}")
        return await b.resume(report.run_id)

    assert run(story()).status is RunStatus.WAITING


def test_a_rotated_secret_does_not_change_what_was_approved(bench):
    b = made(bench, say=[{}])
    recipe = "name: X\ninputs: {pin: {secret: true}}\nact:\n  - {tool: room.say, approval: L2, with: {to: a, body: '{{ inputs.pin }}'}}\n"

    async def story():
        report = await b.run(recipe, {"pin": "first-secret"})
        await b.decide(report.run_id, APPROVED)
        return await b.resume(report.run_id, secret_inputs={"pin": "second-secret"})

    assert run(story()).status is RunStatus.UNVERIFIED
    assert b.sent("say") == [{"to": "a", "body": "second-secret"}]


def test_the_agent_may_want_approval_for_an_effect_also_for_that_of_an_undo(bench):
    b = made(bench, restart=[{}])
    b.agent_text = "name: Bot\ntools: {room: '*'}\napprovals: {destructive: L2}\n"
    report = run(b.run("name: X\nact:\n  - {tool: room.many, undo: {tool: room.restart}}\n"))
    assert report.status is RunStatus.WAITING
    assert b.store.decisions(report.run_id)[0].question.role == "L2"


def test_the_writes_of_a_draft_are_asked_for_one_by_one_also_where_it_is_called(bench):
    b = made(bench)
    draft = f"name: D\ndraft: true\nact:\n{many(1)}{many(2)}"
    report = run(until_decided(b, draft, (APPROVED, "anyone"), (APPROVED, "anyone")))
    assert report.status is RunStatus.UNVERIFIED
    b.more_texts["recipes/d.yaml"] = draft
    report = run(until_decided(b, f"name: X\nact:\n{many(7)}  - {{recipe: D}}\n", (APPROVED, "anyone")))
    assert report.status is RunStatus.WAITING
    assert numbers(b) == [1, 2, 7, 1]


def test_a_call_that_a_person_typed_asks_before_a_write(bench):
    b = made(bench)
    assert run(b.run(f"name: X\nact:\n{many(1)}", options={"ask_writes": True})).status is RunStatus.WAITING


def test_a_decision_that_came_in_time_is_found_after_a_crash(bench):
    from contextlib import suppress

    from tests.unit.engine.bench import KILL, Killed

    b = made(bench)
    b.tool.script = {"many": [KILL, {}]}

    async def story():
        report = await b.run(f"name: X\nact:\n{many(1, ', approval: L2')}")
        await b.decide(report.run_id, APPROVED)
        with suppress(Killed):
            await b.resume(report.run_id)
        await b.die()
        return await b.resume(report.run_id)

    report = run(story())
    assert report.status is RunStatus.UNVERIFIED
    assert len(b.store.decisions(report.run_id)) == 1
    assert numbers(b) == [1, 1]


def test_rollback_waits_for_nobody_beside_a_failed_entry(bench):
    b = made(bench)

    async def of(arguments):
        return {} if arguments["n"] != 2 else 1 / 0

    from tests.unit.engine.bench import Answering

    b.tool.script = {"many": [Answering(of)], "once": [{}]}
    b.more_texts["recipes/c.yaml"] = f"name: C\ninputs: {{n: {{type: integer}}}}\nact:\n  - {{when: inputs.n == 1, approve: L2}}\n{many(2)}"
    report = run(b.run("name: X\nact:\n  - {for_each: [1, 2], parallel: 2, recipe: C, with: {n: '{{ item }}'}}\n"))
    assert report.status is RunStatus.FAILED
    assert [d.status.value for d in b.store.decisions(report.run_id)] == ["void"]
    assert "waiting" not in b.statuses(report.run_id).values()
