"""Lists of runs, pages of them, the inbox, and exports."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.telemetry.histories import FIRST, Past, database

from avops.errors import NotFoundError
from avops.model.run import DecisionKind, DecisionStatus, Question, RunStatus, Simulated, Trigger
from avops.telemetry import queries, writes
from avops.telemetry.exports import FIELDS, export_runs
from avops.telemetry.filters import RunFilter

if TYPE_CHECKING:
    import sqlite3

HISTORY = [
    Past(workflow="Nightly", room="hq-1", status=RunStatus.FAILED, error="no answer, none"),
    Past(workflow="Nightly", room="hq-2", started_at=FIRST + timedelta(minutes=1), trigger=Trigger.SCHEDULE),
    Past(agent="Codec Tech", recipe="Codec Reset", started_at=FIRST + timedelta(minutes=1), simulated=Simulated.ALL),
    Past(workflow="Nightly", started_at=FIRST + timedelta(minutes=2), simulated=Simulated.ALL),
    Past(room="hq-1", started_at=FIRST - timedelta(minutes=1), status=RunStatus.WAITING),
]
"""Run 5 was kept last and started first."""


def ids(connection: sqlite3.Connection, chosen: RunFilter) -> list[int]:
    return [run.id for run in queries.list_runs(connection, chosen)]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (RunFilter(), [4, 3, 2, 1, 5]),
        (RunFilter(workflow="Nightly"), [4, 2, 1]),
        (RunFilter(workflow="nightly"), []),
        (RunFilter(agent="Codec Tech"), [3]),
        (RunFilter(recipe="Codec Reset"), [3]),
        (RunFilter(room="hq-1"), [1, 5]),
        (RunFilter(room="hq-1", workflow="Nightly"), [1]),
        (RunFilter(trigger="schedule"), [2]),
        (RunFilter(parent_id=1), []),
        (RunFilter(status=frozenset({RunStatus.FAILED, RunStatus.WAITING})), [1, 5]),
        (RunFilter(status=frozenset()), []),
        (RunFilter(simulated=frozenset({Simulated.ALL})), [4, 3]),
        (RunFilter(since=FIRST), [4, 3, 2, 1]),
        (RunFilter(until=FIRST + timedelta(minutes=1)), [1, 5]),
        (RunFilter(since=FIRST, until=FIRST + timedelta(minutes=2)), [3, 2, 1]),
    ],
)
def test_a_filter_chooses_runs_newest_first(chosen: RunFilter, expected: list[int]) -> None:
    with database(HISTORY) as (connection, _):
        assert ids(connection, chosen) == expected
        assert sorted(run.id for run in queries.each_run(connection, chosen)) == sorted(expected)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 9])
def test_pages_make_up_the_list(limit: int) -> None:
    with database(HISTORY) as (connection, _):
        found: list[int] = []
        before = None
        while page := queries.list_runs(connection, limit=limit, before_id=before):
            assert len(page) <= limit
            found += [run.id for run in page]
            before = page[-1].id
        assert found == [4, 3, 2, 1, 5]
        with pytest.raises(NotFoundError, match="no run 77"):
            queries.list_runs(connection, before_id=77)


def test_the_last_run_of_a_workflow_leaves_simulated_ones_out() -> None:
    with database(HISTORY) as (connection, _):
        last = queries.last_runs(connection, ["Nightly", "Weekly"])
        assert {name: run.id for name, run in last.items()} == {"Nightly": 2}
        every = queries.last_runs(connection, ["Nightly"], include_simulated=True)
        assert {name: run.id for name, run in every.items()} == {"Nightly": 4}


def ask(connection: sqlite3.Connection, key: str, expires_s: float | None) -> int:
    expires_at = None if expires_s is None else FIRST + timedelta(seconds=expires_s)
    question = Question(key=key, kind=DecisionKind.MANUAL, prompt="Plug it in", phase="act", asked_at=FIRST, expires_at=expires_at)
    return writes.ask(connection, 5, question)


def test_the_inbox_holds_what_is_open_with_its_run() -> None:
    with database(HISTORY) as (connection, _):
        first, second, third = ask(connection, "act.0", 10), ask(connection, "act.1", None), ask(connection, "act.2", 20)
        writes.decide(
            connection,
            third,
            status=DecisionStatus.ANSWERED,
            answer="x",
            note=None,
            decided_by="kim",
            decided_at=FIRST + timedelta(seconds=1),
        )

        items = queries.inbox(connection)
        assert [(item.decision.id, item.run.id, item.run.room) for item in items] == [(first, 5, "hq-1"), (second, 5, "hq-1")]
        assert [item.decision.id for item in queries.inbox(connection, expired_at=FIRST + timedelta(seconds=10))] == [first]
        assert queries.inbox(connection, expired_at=FIRST + timedelta(seconds=9)) == []
        assert queries.decision(connection, third).answer == "x"
        with pytest.raises(NotFoundError, match="no decision 9"):
            queries.decision(connection, 9)


def test_json_lines_hold_every_run_oldest_first() -> None:
    with database(HISTORY) as (connection, _):
        lines = [json.loads(line) for line in export_runs(connection)]

    assert [line["id"] for line in lines] == [5, 1, 2, 3, 4]
    assert list(lines[1]) == list(FIELDS)
    assert lines[1] == {
        "id": 1,
        "workflow": "Nightly",
        "agent": "Room Tech",
        "recipe": "Display Fix",
        "trigger": "manual",
        "room": "hq-1",
        "status": "failed",
        "simulated": "no",
        "started_by": "",
        "started_at": "2026-03-27T21:17:03.000500Z",
        "finished_at": "2026-03-27T21:17:13.000500Z",
        "duration_s": 10.0,
        "paused_s": 0.0,
        "error": "no answer, none",
        "parent_id": None,
    }


def test_csv_has_a_header_and_quotes_what_needs_it() -> None:
    with database(HISTORY) as (connection, _):
        text = "\n".join(export_runs(connection, RunFilter(room="hq-1"), layout="csv"))

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == ["5", "1"]
    assert (rows[1]["error"], rows[1]["workflow"], rows[0]["workflow"]) == ("no answer, none", "Nightly", "")


def test_the_views_can_be_read_by_people() -> None:
    with database(HISTORY) as (connection, _):
        row = connection.execute("SELECT started_at, duration_s, status FROM runs_view WHERE id = 1").fetchone()
        ask(connection, "act.0", 10)
        asked = connection.execute("SELECT asked_at, expires_at, decided_at FROM decisions_view").fetchone()
    assert row == ("2026-03-27T21:17:03Z", 10.0, "failed")
    assert asked == ("2026-03-27T21:17:03Z", "2026-03-27T21:17:13Z", None)


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**400])
def test_a_number_that_no_run_has_is_a_run_that_is_not_there(number: int) -> None:
    with database([Past()]) as (connection, _), pytest.raises(NotFoundError, match="there is no run"):
        queries.run(connection, number)
    with database([Past()]) as (connection, _), pytest.raises(NotFoundError, match="there is no run"):
        queries.start(connection, number)
    with database([Past()]) as (connection, _), pytest.raises(NotFoundError, match="there is no decision"):
        queries.decision(connection, number)
