"""The ledger of alerts and the outbox of what is to be sent about them.

A fault is kept once for each workflow and room. Its first failure is told; further ones are only counted. It is over when
the room did well `recover_after` times in a row, and comes back as the same alert, untold, when it fails again within
`SAME` of that. So a room that goes back and forth makes one message and one ticket.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from avops.telemetry.instants import MICROSECOND, to_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection
    from datetime import datetime

SAME = timedelta(hours=24)
GIVE_UP = timedelta(days=3)
LONGEST_PAUSE = timedelta(hours=1)
_MARGIN_US = timedelta(minutes=10) // MICROSECOND
"""An end of a run may become visible so long after its `finished_at`, and is still judged when anything else is."""

_BAD = frozenset({"failed", "unverified", "refused"})
_ENDS = f"""
SELECT r.id, r.status, coalesce(r.room, ''), coalesce(r.error, ''), r.recipe, r.finished_at, coalesce(r.workflow, p.workflow)
FROM runs AS r INDEXED BY runs_finished LEFT JOIN runs AS p ON p.id = r.parent_id
WHERE r.finished_at > ?1 - {_MARGIN_US} AND r.simulated <> 'all' AND coalesce(r.workflow, p.workflow) IS NOT NULL
  AND r.status IN ('success', 'failed', 'unverified', 'refused', 'waiting')
  AND NOT EXISTS (SELECT 1 FROM runs AS c WHERE c.parent_id = r.id)
  AND NOT EXISTS (SELECT 1 FROM alert_seen AS s WHERE s.run_id = r.id AND s.status = r.status)
ORDER BY r.finished_at, r.id
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Something to be sent, claimed by this process."""

    id: int
    alert_id: int | None
    task: str
    """`tell` people, `open` a ticket, `close` it."""
    room: str
    subject: str
    text: str
    ticket: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class _End:
    run_id: int
    status: str
    room: str
    error: str
    recipe: str
    finished_at: int
    workflow: str

    @property
    def fault(self) -> str:
        """What went wrong, without the figures of this one time: `Display Fix: verify.0 'The display reports power on'`."""
        first = self.error.partition("; ")[0].partition(": ")[0]
        return f"{self.recipe}: {(first or self.status)[:200]}"

    @property
    def where(self) -> str:
        return f"{self.workflow}, {self.room}" if self.room else self.workflow


def is_quiet(connection: sqlite3.Connection, now: datetime) -> bool:
    """True when no run has ended since the last look and nothing is due to be sent."""
    (until,) = connection.execute("SELECT value FROM schedule_facts WHERE name = 'alerts_until'").fetchone() or (0,)
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM runs INDEXED BY runs_finished WHERE finished_at > ?1 "
        "AND (workflow IS NOT NULL OR parent_id IS NOT NULL)) OR EXISTS "
        "(SELECT 1 FROM alert_outbox WHERE state IN ('pending', 'sending') AND next_at <= ?2)",
        (int(until), to_micros(now)),
    ).fetchone()
    return not row[0]


def judge(
    connection: sqlite3.Connection, now: datetime, notify_on: Callable[[str], Collection[str]], *, recover_after: int, tickets: bool
) -> int:
    """Judges the ends of runs since the last look, and fills the outbox; returns how many ends there were.

    `notify_on` tells of a workflow what its people want to hear. The caller owns the transaction.
    """
    (until,) = connection.execute("SELECT value FROM schedule_facts WHERE name = 'alerts_until'").fetchone() or (0,)
    ends = [_End(*row) for row in connection.execute(_ENDS, (int(until),)).fetchall()]
    for end in ends:
        wanted = notify_on(end.workflow)
        if wanted:
            _judge_one(connection, end, now, wanted, recover_after=recover_after, tickets=tickets)
        connection.execute("INSERT OR IGNORE INTO alert_seen VALUES (?, ?, ?)", (end.run_id, end.status, end.finished_at))
    (latest,) = connection.execute("SELECT max(finished_at) FROM runs WHERE finished_at IS NOT NULL").fetchone()
    reached = max(int(until), latest or 0)
    connection.execute("UPDATE schedule_facts SET value = ? WHERE name = 'alerts_until'", (str(reached),))
    connection.execute("DELETE FROM alert_seen WHERE finished_at <= ?", (reached - _MARGIN_US,))
    return len(ends)


def _judge_one(
    connection: sqlite3.Connection, end: _End, now: datetime, wanted: Collection[str], *, recover_after: int, tickets: bool
) -> None:
    if end.status == "waiting":
        if "waiting" in wanted:
            _put(connection, None, "tell", end, now, f"waiting: {end.where}", f"Run {end.run_id} of '{end.recipe}' waits for a person.")
    elif end.status in _BAD:
        _failed(connection, end, now, wanted, tickets=tickets)
    else:
        _went_well(connection, end, now, wanted, recover_after=recover_after)


def _failed(connection: sqlite3.Connection, end: _End, now: datetime, wanted: Collection[str], *, tickets: bool) -> None:
    row = connection.execute(
        "SELECT id, state, closed_at, ticket FROM alerts WHERE workflow = ? AND room = ? AND fault = ?", (end.workflow, end.room, end.fault)
    ).fetchone()
    known = row is not None and (row[1] == "open" or end.finished_at - row[2] <= SAME // MICROSECOND)
    if known:
        connection.execute(
            "UPDATE alerts SET state = 'open', failures = failures + 1, good_runs = 0, last_run = ?, closed_at = NULL WHERE id = ?",
            (end.run_id, row[0]),
        )
        return
    cursor = connection.execute(
        "INSERT INTO alerts (workflow, room, fault, state, failures, good_runs, opened_at, opened_run, last_run) "
        "VALUES (?, ?, ?, 'open', 1, 0, ?, ?, ?) ON CONFLICT DO UPDATE SET state = 'open', failures = 1, good_runs = 0, "
        "opened_at = excluded.opened_at, opened_run = excluded.opened_run, last_run = excluded.last_run, closed_at = NULL, ticket = NULL "
        "RETURNING id",
        (end.workflow, end.room, end.fault, end.finished_at, end.run_id, end.run_id),
    )
    (alert_id,) = cursor.fetchone()
    if "failed" not in wanted:
        return
    subject = f"{end.status}: {end.where}"
    text = f"Run {end.run_id} of '{end.recipe}' is {end.status}: {end.error or 'no reason was kept'}"
    _put(connection, alert_id, "tell", end, now, subject, text)
    if tickets:
        _put(connection, alert_id, "open", end, now, subject, text)


def _went_well(connection: sqlite3.Connection, end: _End, now: datetime, wanted: Collection[str], *, recover_after: int) -> None:
    rows = connection.execute(
        "UPDATE alerts SET good_runs = good_runs + 1 WHERE workflow = ? AND room = ? AND state = 'open' "
        "RETURNING id, good_runs, failures, opened_run, last_run, fault",
        (end.workflow, end.room),
    ).fetchall()
    for alert_id, good_runs, failures, opened_run, last_run, fault in rows:
        if good_runs < recover_after:
            continue
        connection.execute("UPDATE alerts SET state = 'recovered', closed_at = ? WHERE id = ?", (end.finished_at, alert_id))
        text = (
            f"{fault} is over: {good_runs} runs in a row succeeded, the newest is run {end.run_id}, whose checks after the change held. "
            f"It had failed {failures} time{'' if failures == 1 else 's'}, from run {opened_run} to run {last_run}."
        )
        told = connection.execute("SELECT 1 FROM alert_outbox WHERE alert_id = ? AND task = 'tell'", (alert_id,)).fetchone()
        if "recovered" in wanted and (told or "failed" not in wanted):
            _put(connection, alert_id, "tell", end, now, f"recovered: {end.where}", text)
        if connection.execute("SELECT 1 FROM alert_outbox WHERE alert_id = ? AND task = 'open'", (alert_id,)).fetchone():
            _put(connection, alert_id, "close", end, now, f"recovered: {end.where}", text)


def _put(connection: sqlite3.Connection, alert_id: int | None, task: str, end: _End, now: datetime, subject: str, text: str) -> None:  # noqa: PLR0917 - a row
    at = to_micros(now)
    connection.execute(
        "INSERT INTO alert_outbox (alert_id, task, run_id, room, subject, text, made_at, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (alert_id, task, end.run_id, end.room, subject, text, at, at),
    )


def claim(connection: sqlite3.Connection, now: datetime, process: str, is_alive: Callable[[str], bool]) -> list[Sending]:
    """What is due to be sent and nobody is at, oldest first, now this process's. The caller owns the transaction.

    Of one alert only the oldest comes, so that a ticket is opened before it is closed.
    """
    rows = connection.execute(
        "SELECT o.id, o.alert_id, o.task, o.room, o.subject, o.text, a.ticket, o.attempts, o.process FROM alert_outbox AS o "
        "LEFT JOIN alerts AS a ON a.id = o.alert_id WHERE o.state IN ('pending', 'sending') AND o.next_at <= ? "
        "AND NOT EXISTS (SELECT 1 FROM alert_outbox AS e WHERE e.alert_id = o.alert_id AND e.id < o.id "
        "AND e.task <> 'tell' AND o.task <> 'tell' AND e.state IN ('pending', 'sending')) ORDER BY o.id LIMIT 100",
        (to_micros(now),),
    ).fetchall()
    free = [row for row in rows if row[8] is None or not is_alive(row[8])]
    connection.executemany(
        "UPDATE alert_outbox SET state = 'sending', process = ?, attempts = attempts + 1 WHERE id = ?", [(process, row[0]) for row in free]
    )
    return [
        Sending(id=row[0], alert_id=row[1], task=row[2], room=row[3], subject=row[4], text=row[5], ticket=row[6], attempts=row[7] + 1)
        for row in free
    ]


def settle_sent(connection: sqlite3.Connection, sending: Sending, ticket: str | None) -> None:
    """Keeps that it was sent, and the ticket that was opened."""
    connection.execute("UPDATE alert_outbox SET state = 'sent', process = NULL, error = NULL WHERE id = ?", (sending.id,))
    if ticket is not None:
        connection.execute("UPDATE alerts SET ticket = ? WHERE id = ?", (ticket, sending.alert_id))


def settle_failed(connection: sqlite3.Connection, sending: Sending, now: datetime, error: str, *, for_good: bool = False) -> bool:
    """Keeps why it was not sent; True when it is given up, else it is tried again after 1, 2, 4, … minutes, at most an hour."""
    (made_at,) = connection.execute("SELECT made_at FROM alert_outbox WHERE id = ?", (sending.id,)).fetchone()
    given_up = for_good or to_micros(now) - made_at > GIVE_UP // MICROSECOND
    pause = min(timedelta(minutes=2 ** min(sending.attempts - 1, 10)), LONGEST_PAUSE)
    connection.execute(
        "UPDATE alert_outbox SET state = ?, process = NULL, error = ?, next_at = ? WHERE id = ?",
        ("dropped" if given_up else "pending", error, to_micros(now + pause), sending.id),
    )
    return given_up
