"""How each room stands: its last results, and what happened in a period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from avops.model.run import RunStatus
from avops.telemetry.filters import where
from avops.telemetry.kpis import parts
from avops.telemetry.names import known_names
from avops.telemetry.rows import RUN_COLUMNS, run_from_row, to_micros

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from avops.model.run import Run
    from avops.telemetry.filters import RunFilter

LOOKED_AT = 10
"""So many of a room's newest runs are its record."""
FLAPS = 4
"""A room whose record changes between good and bad so often is flapping."""

_BAD = frozenset({RunStatus.FAILED, RunStatus.UNVERIFIED, RunStatus.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomState:
    """One room: its newest runs and its figures."""

    room: str
    newest: tuple[Run, ...]
    """Up to `LOOKED_AT` runs, newest first; never empty."""
    runs: int
    """How many ended in the period."""
    failures: int
    """How many of them failed or stayed unverified."""
    open_decisions: int

    @property
    def last(self) -> Run:
        """Its newest run."""
        return self.newest[0]

    @property
    def is_flapping(self) -> bool:
        """True when its ended runs changed between good and bad `FLAPS` times or more."""
        results = [run.status in _BAD for run in self.newest if run.status in _BAD or run.status is RunStatus.SUCCESS]
        return sum(one != other for one, other in pairwise(results)) >= FLAPS

    @property
    def needs_a_person(self) -> bool:
        """True when a run of it waits, or was interrupted and nobody went on with it."""
        return self.open_decisions > 0 or self.last.status in (RunStatus.WAITING, RunStatus.INTERRUPTED)


def room_states(
    connection: sqlite3.Connection, *, since: datetime, until: datetime, chosen: RunFilter, include_simulated: bool = False
) -> list[RoomState]:
    """The rooms that had a run, those first that need a person, then by what is wrong: last result, flapping, failures, age."""
    names = [chosen.room] if chosen.room is not None else known_names(connection, "room")
    open_by_room = dict(
        connection.execute(
            "SELECT runs.room, count(*) FROM decisions JOIN runs ON runs.id = decisions.run_id "
            "WHERE decisions.status = 'open' AND runs.room IS NOT NULL GROUP BY runs.room"
        ).fetchall()
    )
    states = []
    for name in names:
        newest = _newest(connection, replace(chosen, room=name), include_simulated)
        if not newest:
            continue
        runs, failures = _counted(connection, replace(chosen, room=name), since, until, include_simulated)
        states.append(RoomState(room=name, newest=newest, runs=runs, failures=failures, open_decisions=open_by_room.get(name, 0)))
    return sorted(states, key=_rank)


def _rank(state: RoomState) -> tuple[object, ...]:
    order = {RunStatus.FAILED: 0, RunStatus.REFUSED: 0, RunStatus.UNVERIFIED: 1, RunStatus.CANCELLED: 2}
    worst = order.get(state.last.status, 3)
    return (not state.needs_a_person, min(worst, 2) if state.is_flapping else worst, -state.failures, state.last.started_at, state.room)


def _newest(connection: sqlite3.Connection, chosen: RunFilter, include_simulated: bool) -> tuple[Run, ...]:
    condition, values = where(replace(chosen, since=None, until=None, status=None))
    shown = "" if include_simulated else " AND simulated <> 'all'"
    sql = f"SELECT {RUN_COLUMNS} FROM runs INDEXED BY runs_room WHERE {condition}{shown} ORDER BY started_at DESC LIMIT {LOOKED_AT}"  # noqa: S608 - values are bound
    return tuple(run_from_row(row) for row in connection.execute(sql, values))


def _counted(
    connection: sqlite3.Connection, chosen: RunFilter, since: datetime, until: datetime, include_simulated: bool
) -> tuple[int, int]:
    """Ended runs of the period, and how many of them were bad."""
    runs = failures = 0
    shown = "('no', 'partly', 'all')" if include_simulated else "('no', 'partly')"
    for part in parts(to_micros(since), to_micros(until), rolled_up=len(chosen.names) == 1):
        span = (part.starts_at, part.ends_at)
        if part.table == "runs":
            condition, values = where(replace(chosen, since=None, until=None, status=None))
            sql = (
                "SELECT count(*), coalesce(sum(status IN ('failed', 'unverified')), 0) FROM runs INDEXED BY runs_room "  # noqa: S608 - values are bound
                f"WHERE {condition} AND started_at >= ? AND started_at < ? AND simulated IN {shown} "
                "AND status IN ('success', 'failed', 'unverified', 'refused', 'cancelled')"
            )
            row = connection.execute(sql, (*values, *span)).fetchone()
        else:
            sql = (
                "SELECT coalesce(sum(success + failed + unverified + refused + cancelled), 0), coalesce(sum(failed + unverified), 0) "  # noqa: S608 - own names
                f"FROM {part.table} WHERE dimension = 'room' AND name = ? AND simulated IN {shown} AND starts_at >= ? AND starts_at < ?"
            )
            row = connection.execute(sql, (chosen.room, *span)).fetchone()
        runs, failures = runs + row[0], failures + row[1]
    return runs, failures
