"""What every `RunStore` promises."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from avops.errors import NotFoundError, StorageError
from avops.model.run import (
    Artifact,
    DecisionKind,
    DecisionStatus,
    Question,
    RunEnd,
    RunStart,
    RunStatus,
    Simulated,
    StepIntent,
    StepResult,
    StepStatus,
    Trigger,
)
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path
    from typing import TypeVar

    from avops.ports import RunStore

    T = TypeVar("T")

NOW = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
START = RunStart(recipe="Display Fix", agent="Room Tech", started_at=NOW, process="p-1")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def intent(key: str = "act.0", **changes: object) -> StepIntent:
    base = StepIntent(key=key, phase="act", kind="tool", tool="display", action="set_power", effect="write", started_at=later(1))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # the fields of a test


def result(key: str = "act.0", **changes: object) -> StepResult:
    base = StepResult(key=key, status=StepStatus.OK, value={"power": "on"}, finished_at=later(2))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # the fields of a test


def question(key: str = "act.0", **changes: object) -> Question:
    base = Question(key=key, kind=DecisionKind.APPROVE, prompt="Restart the codec?", phase="act", asked_at=later(3))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # the fields of a test


@pytest.fixture(params=["sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunStore]:
    assert request.param == "sqlite"
    with SqliteRunStore(tmp_path / "avops.db") as sqlite:
        yield sqlite


def done(work: Callable[[], Awaitable[T]]) -> T:
    """The result of one write, made in a loop of its own."""

    async def run() -> T:
        return await work()

    return asyncio.run(run())


def new_run(store: RunStore, start: RunStart = START) -> int:
    return done(lambda: store.create_run(start))


def test_a_new_run_is_running(store: RunStore) -> None:
    run = store.run(new_run(store))

    assert run.status is RunStatus.RUNNING
    assert run.simulated is Simulated.NO
    assert run.started_at == NOW
    assert (run.finished_at, run.duration_s, run.error, run.epoch) == (None, None, None, 0)


def test_a_run_gives_back_what_it_started_from(store: RunStore) -> None:
    parent = new_run(store)
    start = RunStart(
        recipe="Display Fix",
        agent="Room Tech",
        workflow="Nightly Displays",
        trigger=Trigger.SCHEDULE,
        room="hq-1",
        room_values={"name": "Größe 1", "seats": 12},
        inputs={"level": 40, "names": ["a", None, 1.5, True]},
        texts={"recipes/display-fix.yaml": "name: Display Fix\n", "agents/room-tech.yaml": "name: Room Tech\n"},
        options={"mock": False},
        started_by="kim",
        started_at=NOW,
        parent_id=parent,
        slot="Nightly Displays@2026-07-01T12:00:00Z",
        process="p-2",
    )

    number = new_run(store, start)

    assert store.start(number) == start
    run = store.run(number)
    assert (run.workflow, run.trigger, run.room, run.parent_id, run.slot, run.process) == (
        "Nightly Displays",
        Trigger.SCHEDULE,
        "hq-1",
        parent,
        "Nightly Displays@2026-07-01T12:00:00Z",
        "p-2",
    )


def test_a_run_knows_the_runs_that_it_started(store: RunStore) -> None:
    parent, other = new_run(store), new_run(store)
    first = new_run(store, dataclasses.replace(START, parent_id=parent))
    new_run(store, dataclasses.replace(START, parent_id=other))
    second = new_run(store, dataclasses.replace(START, parent_id=parent))

    assert [run.id for run in store.children(parent)] == [first, second]
    assert store.children(first) == []


def test_room_values_that_are_missing_stay_missing(store: RunStore) -> None:
    assert store.start(new_run(store)).room_values is None
    assert store.start(new_run(store, dataclasses.replace(START, room_values={}))).room_values == {}


def test_runs_are_numbered_upwards(store: RunStore) -> None:
    first = new_run(store)
    assert new_run(store) > first


def test_a_refused_run_has_ended_with_its_reasons(store: RunStore) -> None:
    run = store.run(done(lambda: store.refuse_run(START, ["no secret 'env:ZOOM'", "outside the window"])))

    assert run.status is RunStatus.REFUSED
    assert run.error == "no secret 'env:ZOOM'; outside the window"
    assert run.finished_at == NOW


def test_an_unknown_run_is_not_found(store: RunStore) -> None:
    with pytest.raises(NotFoundError, match="no run 7"):
        store.run(7)
    with pytest.raises(NotFoundError, match="no run 7"):
        store.start(7)


def test_an_intent_is_running_until_its_result_comes(store: RunStore) -> None:
    number = new_run(store)
    known = intent(
        step_id="power",
        name="Power on",
        arguments={"host": "10.0.0.1", "ports": [1, 2]},
        undo={"tool": "display.set_power", "with": {"power": "off"}},
        simulated=True,
        idempotent=True,
        deadline_at=later(31),
    )
    done(lambda: store.begin_step(number, known))

    (row,) = store.steps(number)
    assert row.intent == known
    assert row.status is StepStatus.RUNNING
    assert (row.value, row.error, row.finished_at, row.undo, row.undo_status) == (None, None, None, known.undo, None)

    answer = result(error="late", actor="kim", note="by hand", tokens=12, cost_usd=0.25)
    done(lambda: store.finish_step(number, answer))

    (row,) = store.steps(number)
    assert row.intent == known
    assert (row.status, row.value, row.error, row.finished_at) == (StepStatus.OK, {"power": "on"}, "late", later(2))
    assert (row.actor, row.note, row.tokens, row.cost_usd, row.epoch) == ("kim", "by hand", 12, 0.25, 0)
    assert row.undo == known.undo


def test_an_undo_known_afterwards_stands_instead_of_the_intents(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.record_step(number, intent(undo={"tool": "a.b"}), result(undo={"tool": "a.c"})))

    (row,) = store.steps(number)
    assert row.undo == {"tool": "a.c"}
    assert row.intent.undo == {"tool": "a.b"}


def test_steps_come_in_the_order_they_were_begun(store: RunStore) -> None:
    number = new_run(store)

    async def work() -> None:
        await asyncio.gather(*(store.begin_step(number, intent(key)) for key in ("act.1", "act.0", "act.10")))
        await store.begin_step(number, intent("act.1", attempt=2))

    asyncio.run(work())

    assert [(row.intent.key, row.intent.attempt) for row in store.steps(number)] == [
        ("act.1", 1),
        ("act.0", 1),
        ("act.10", 1),
        ("act.1", 2),
    ]


def test_an_attempt_is_begun_only_once(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.begin_step(number, intent()))

    with pytest.raises(StorageError, match=r"step 'act\.0' \(attempt 1\) of run \d+ was already begun and is 'running'"):
        done(lambda: store.begin_step(number, intent()))
    with pytest.raises(StorageError, match="already begun"):
        done(lambda: store.record_step(number, intent(), result()))


def test_a_step_that_only_waited_is_taken_over(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.record_step(number, intent(), result(status=StepStatus.WAITING, value=None)))
    done(lambda: store.begin_step(number, intent(started_at=later(60))))

    (row,) = store.steps(number)
    assert (row.status, row.finished_at, row.intent.started_at) == (StepStatus.RUNNING, None, later(60))


def test_a_step_begins_only_in_a_running_run(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.end_run(number, RunEnd(status=RunStatus.CANCELLED, finished_at=later(5))))

    with pytest.raises(StorageError, match="is 'cancelled', not 'running'"):
        done(lambda: store.begin_step(number, intent()))
    with pytest.raises(StorageError, match="no run 99"):
        done(lambda: store.begin_step(99, intent()))


def test_a_result_needs_an_intent(store: RunStore) -> None:
    number = new_run(store)
    with pytest.raises(StorageError, match=r"'act\.0' \(attempt 1\) of run \d+ was never begun"):
        done(lambda: store.finish_step(number, result()))


def test_undoing_is_noted_on_the_newest_attempt(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.record_step(number, intent(), result(status=StepStatus.FAILED)))
    done(lambda: store.record_step(number, intent(attempt=2), result(attempt=2)))
    done(lambda: store.mark_undo(number, "act.0", "failed"))

    assert [row.undo_status for row in store.steps(number)] == [None, "failed"]
    with pytest.raises(StorageError, match="never begun"):
        done(lambda: store.mark_undo(number, "act.7", "ok"))


def test_artifacts_come_back_oldest_first(store: RunStore) -> None:
    number = new_run(store)
    ticket = Artifact(kind="ticket", title="Display dead", id="INC0012", url="https://example.test/INC0012", step_key="act.1")
    report = Artifact(kind="file", title="Report", path="artifacts/3/report.txt", after_failure=True)
    done(lambda: store.add_artifact(number, ticket))
    done(lambda: store.add_artifact(number, report))

    assert store.artifacts(number) == [ticket, report]
    assert store.artifacts(number + 1) == []


def test_a_question_is_an_open_decision_with_all_it_needs(store: RunStore) -> None:
    number = new_run(store)
    asked = question(
        name="Restart",
        step_id="restart",
        role="lead",
        call={"tool": "codec.restart", "with": {"host": "h"}},
        call_hash="abc",
        readings={"state": {"up": False}},
        expect={"type": "boolean"},
        expires_at=later(86400),
    )
    decision_id = done(lambda: store.ask(number, asked))

    (decision,) = store.decisions(number)
    assert decision.question == asked
    assert (decision.id, decision.run_id, decision.status, decision.decided_at) == (decision_id, number, DecisionStatus.OPEN, None)


def test_asking_again_while_open_gives_the_same_decision(store: RunStore) -> None:
    number = new_run(store)
    first = done(lambda: store.ask(number, question()))

    assert done(lambda: store.ask(number, question())) == first
    assert done(lambda: store.ask(number, question("act.1"))) != first
    assert decide(store, first)
    assert done(lambda: store.ask(number, question())) != first


def decide(store: RunStore, decision_id: int, status: DecisionStatus = DecisionStatus.APPROVED) -> bool:
    return done(lambda: store.decide(decision_id, status=status, answer={"level": 3}, note="fine", decided_by="kim", decided_at=later(9)))


def test_only_the_first_decision_counts(store: RunStore) -> None:
    number = new_run(store)
    decision_id = done(lambda: store.ask(number, question()))

    assert decide(store, decision_id) is True
    assert decide(store, decision_id, DecisionStatus.DENIED) is False
    (decision,) = store.decisions(number)
    assert (decision.status, decision.answer, decision.note, decision.decided_by, decision.decided_at) == (
        DecisionStatus.APPROVED,
        {"level": 3},
        "fine",
        "kim",
        later(9),
    )


def test_an_unknown_decision_is_not_found(store: RunStore) -> None:
    with pytest.raises(NotFoundError, match="no decision 5"):
        decide(store, 5)


def test_a_final_end_makes_open_decisions_void(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.ask(number, question()))
    done(lambda: store.end_run(number, RunEnd(status=RunStatus.CANCELLED, finished_at=later(5))))

    assert [decision.status for decision in store.decisions(number)] == [DecisionStatus.VOID]


def test_an_end_keeps_how_long_the_run_worked(store: RunStore) -> None:
    number = new_run(store)
    end = RunEnd(status=RunStatus.FAILED, simulated=Simulated.PARTLY, error="no answer", finished_at=later(90), paused_s=30.5)
    done(lambda: store.end_run(number, end))

    run = store.run(number)
    assert (run.status, run.simulated, run.error, run.finished_at) == (RunStatus.FAILED, Simulated.PARTLY, "no answer", later(90))
    assert (run.duration_s, run.paused_s) == (59.5, 30.5)


def test_a_run_ends_only_once(store: RunStore) -> None:
    number = new_run(store)
    end = RunEnd(status=RunStatus.SUCCESS, finished_at=later(5))
    done(lambda: store.end_run(number, end))

    with pytest.raises(StorageError, match="has already ended: 'success'"):
        done(lambda: store.end_run(number, end))
    with pytest.raises(StorageError, match="no run 99"):
        done(lambda: store.end_run(99, end))
    other = new_run(store)
    with pytest.raises(StorageError, match="cannot end as 'running'"):
        done(lambda: store.end_run(other, RunEnd(status=RunStatus.RUNNING, finished_at=later(5))))


def test_a_waiting_run_is_continued_by_one(store: RunStore) -> None:
    number = new_run(store)
    done(lambda: store.end_run(number, RunEnd(status=RunStatus.WAITING, finished_at=later(5))))
    assert store.run(number).status is RunStatus.WAITING

    async def both() -> list[int | None]:
        return await asyncio.gather(
            *(store.continue_run(number, process=process, now=later(65), paused_s=60.0) for process in ("p-2", "p-3"))
        )

    assert asyncio.run(both()) == [1, None]
    run = store.run(number)
    assert (run.status, run.process, run.epoch, run.finished_at, run.paused_s) == (RunStatus.RUNNING, "p-2", 1, None, 60.0)

    done(lambda: store.begin_step(number, intent()))
    assert store.steps(number)[0].epoch == 1
    done(lambda: store.end_run(number, RunEnd(status=RunStatus.SUCCESS, finished_at=later(70))))
    assert store.run(number).duration_s == 10.0


@pytest.mark.parametrize("status", [status for status in RunStatus if status.is_final and status is not RunStatus.REFUSED])
def test_an_ended_run_is_never_continued(store: RunStore, status: RunStatus) -> None:
    number = new_run(store)
    done(lambda: store.end_run(number, RunEnd(status=status, finished_at=later(5))))

    assert done(lambda: store.continue_run(number, process="p-2", now=later(9), paused_s=0.0)) is None
    assert store.run(number).status is status


def test_a_running_run_is_not_continued(store: RunStore) -> None:
    number = new_run(store)
    assert done(lambda: store.continue_run(number, process="p-2", now=later(9), paused_s=0.0)) is None
    with pytest.raises(NotFoundError, match="no run 99"):
        done(lambda: store.continue_run(99, process="p-2", now=later(9), paused_s=0.0))


def test_writes_start_when_called_and_keep_their_order(store: RunStore) -> None:
    number = new_run(store)

    async def work() -> None:
        begun = store.begin_step(number, intent())
        finished = store.finish_step(number, result())
        ended = store.end_run(number, RunEnd(status=RunStatus.SUCCESS, finished_at=later(5)))
        await ended
        assert store.run(number).status is RunStatus.SUCCESS
        assert store.steps(number)[0].status is StepStatus.OK
        await begun
        await finished

    asyncio.run(work())


def test_a_bad_row_fails_only_itself(store: RunStore) -> None:
    number = new_run(store)

    async def work() -> list[object]:
        writes = (
            store.begin_step(number, intent("act.0")),
            store.begin_step(number, intent("act.1", arguments={"what": object()})),
            store.begin_step(number, intent("act.0")),
            store.begin_step(number, intent("act.2")),
        )
        return await asyncio.gather(*writes, return_exceptions=True)

    first, odd, twice, last = asyncio.run(work())

    assert (first, last) == (None, None)
    assert isinstance(odd, StorageError)
    assert "cannot be kept as JSON" in str(odd)
    assert isinstance(twice, StorageError)
    assert [row.intent.key for row in store.steps(number)] == ["act.0", "act.2"]


def test_what_is_not_a_number_is_refused(store: RunStore) -> None:
    number = new_run(store)
    with pytest.raises(StorageError, match="cannot be kept as JSON"):
        done(lambda: store.begin_step(number, intent(arguments={"level": float("nan")})))


def test_any_text_that_a_device_sends_is_kept(store: RunStore) -> None:
    number = new_run(store)
    value = {"name": "Säle 1\u20132 \u0000 😀", "raw": "half \ud83d character"}
    done(lambda: store.record_step(number, intent(), result(value=value, error="\udcff", note="\x00")))

    (row,) = store.steps(number)
    assert row.value == {"name": "Säle 1\u20132 \u0000 😀", "raw": "half ? character"}
    assert (row.error, row.note) == ("?", "\x00")


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, {"a": {"b": [1, 2.5, None, "x"]}}, 10**30])
def test_values_come_back_as_they_were(store: RunStore, value: object) -> None:
    number = new_run(store)
    done(lambda: store.record_step(number, intent(), result(value=value)))

    kept = store.steps(number)[0].value
    assert kept == value
    assert type(kept) is type(value)


def test_a_cancelled_wait_does_not_undo_the_write(store: RunStore) -> None:
    number = new_run(store)

    async def work() -> None:
        begun = asyncio.ensure_future(store.begin_step(number, intent()))
        begun.cancel()
        await store.begin_step(number, intent("act.1"))

    asyncio.run(work())

    assert [row.intent.key for row in store.steps(number)] == ["act.0", "act.1"]
