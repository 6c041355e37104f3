"""The ledger of alerts: what is told, what is only counted, and in which order it is sent."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.telemetry.histories import Past, database, keep

from avops.model.run import RunStatus, Simulated
from avops.telemetry import alerts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

NOW = datetime(2100, 1, 1, tzinfo=UTC)
GOOD, BAD = RunStatus.SUCCESS, RunStatus.FAILED
DARK = "verify.0 'The display reports power on': not true within 90 s"
EVERYTHING = ("failed", "waiting", "recovered")


class Ledger:
    """A database in which runs end, hour by hour, and are judged after each."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.hour = 0
        self.wanted: tuple[str, ...] = EVERYTHING
        self.tickets = True

    def end(self, status: RunStatus, *, room: str | None = "HQ-1", error: str = DARK, hours: int = 1, **more: object) -> None:
        self.hour += hours
        at = NOW + timedelta(hours=self.hour)
        told = None if status is GOOD else error
        keep(self.connection, Past(status=status, started_at=at, workflow="Watch", room=room, error=told, **more))  # type: ignore[arg-type]
        self.judge()

    def judge(self) -> int:
        return alerts.judge(self.connection, self.now, lambda workflow: self.wanted, recover_after=2, tickets=self.tickets)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(hours=self.hour, minutes=1)

    @property
    def outbox(self) -> list[tuple[str, str]]:
        return self.connection.execute("SELECT task, subject FROM alert_outbox ORDER BY id").fetchall()


@contextmanager
def ledger() -> Iterator[Ledger]:
    with database() as (connection, _):
        yield Ledger(connection)


def test_a_fault_is_told_once_and_its_end_once() -> None:
    with ledger() as kept:
        for status in (GOOD, BAD, BAD, BAD, GOOD, GOOD, GOOD):
            kept.end(status)
        assert kept.outbox == [
            ("tell", "failed: Watch, HQ-1"),
            ("open", "failed: Watch, HQ-1"),
            ("tell", "recovered: Watch, HQ-1"),
            ("close", "recovered: Watch, HQ-1"),
        ]
        (text,) = kept.connection.execute("SELECT text FROM alert_outbox WHERE task = 'close'").fetchone()
        assert "2 runs in a row succeeded, the newest is run 6" in text
        assert "failed 3 times, from run 2 to run 4" in text


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([GOOD, BAD]), max_size=25))
def test_a_room_that_goes_back_and_forth_makes_one_ticket(statuses: list[RunStatus]) -> None:
    with ledger() as kept:
        for status in statuses:
            kept.end(status)
        tasks = [task for task, _ in kept.outbox]
        assert tasks.count("open") == tasks.count("tell") - tasks.count("close") <= 1
        if not any(one is other is GOOD for one, other in pairwise(statuses)):
            assert "close" not in tasks


def test_a_fault_that_comes_back_much_later_is_a_new_one() -> None:
    with ledger() as kept:
        for status in (BAD, GOOD, GOOD):
            kept.end(status)
        kept.end(BAD, hours=23)
        assert [task for task, _ in kept.outbox].count("open") == 1
        for _ in range(2):
            kept.end(GOOD)
        kept.end(BAD, hours=25)
        assert [task for task, _ in kept.outbox].count("open") == 2


def test_rooms_and_faults_are_kept_apart() -> None:
    with ledger() as kept:
        kept.end(BAD)
        kept.end(BAD, room="HQ-2")
        kept.end(BAD, error="act.1 'Select the input': no answer")
        kept.end(BAD, error="verify.0 'The display reports power on': not true within 80 s")
        kept.end(BAD, room=None)
        assert [subject for task, subject in kept.outbox if task == "open"] == [
            "failed: Watch, HQ-1",
            "failed: Watch, HQ-2",
            "failed: Watch, HQ-1",
            "failed: Watch",
        ]


def test_only_what_is_asked_for_is_told() -> None:
    with ledger() as kept:
        kept.wanted = ()
        kept.end(BAD)
        kept.wanted = ("waiting",)
        kept.end(RunStatus.WAITING)
        kept.end(BAD)
        kept.end(BAD, simulated=Simulated.ALL, room="HQ-9")
        assert kept.outbox == [("tell", "waiting: Watch, HQ-1")]


def test_an_end_is_judged_once_and_then_all_is_quiet() -> None:
    with ledger() as kept:
        assert alerts.is_quiet(kept.connection, kept.now)
        kept.end(BAD)
        assert kept.judge() == 0
        assert not alerts.is_quiet(kept.connection, kept.now)
        for sending in alerts.claim(kept.connection, kept.now, "p", lambda _: True):
            alerts.settle_sent(kept.connection, sending, "INC1" if sending.task == "open" else None)
        assert alerts.is_quiet(kept.connection, kept.now)


def test_what_another_process_sends_is_left_to_it_while_it_lives() -> None:
    with ledger() as kept:
        kept.end(BAD)
        assert len(alerts.claim(kept.connection, kept.now, "one", lambda _: True)) == 2
        assert alerts.claim(kept.connection, kept.now, "two", lambda _: True) == []
        assert len(alerts.claim(kept.connection, kept.now, "two", lambda _: False)) == 2


def test_a_ticket_is_closed_only_after_it_was_opened() -> None:
    with ledger() as kept:
        for status in (BAD, GOOD, GOOD):
            kept.end(status)
        first = alerts.claim(kept.connection, kept.now, "p", lambda _: True)
        assert [sending.task for sending in first] == ["tell", "open", "tell"]
        alerts.settle_sent(kept.connection, first[1], "INC7")
        (close,) = [sending for sending in alerts.claim(kept.connection, kept.now, "p", lambda _: True) if sending.task == "close"]
        assert close.ticket == "INC7"


def test_what_fails_is_tried_again_later_and_later_and_given_up_after_days() -> None:
    with ledger() as kept:
        kept.tickets = False
        kept.end(BAD)
        at, pauses = kept.now, []
        while True:
            (sending,) = alerts.claim(kept.connection, at, "p", lambda _: False)
            if alerts.settle_failed(kept.connection, sending, at, "no answer"):
                break
            assert alerts.claim(kept.connection, at, "p", lambda _: False) == []
            (next_at,) = kept.connection.execute("SELECT next_at FROM alert_outbox").fetchone()
            later = datetime.fromtimestamp(next_at / 1e6, UTC)
            pauses.append((later - at).total_seconds() / 60)
            at = later
        assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
        assert len(pauses) > 70
        assert alerts.is_quiet(kept.connection, at + timedelta(days=9))
