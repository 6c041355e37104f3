"""The names that runs carry, and what of them was active or waiting at some time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from avops.telemetry.filters import RunFilter, where
from avops.telemetry.rows import from_micros_or_none, to_micros

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

Dimension = Literal["workflow", "agent", "recipe", "room"]


def known_names(connection: sqlite3.Connection, dimension: Dimension) -> list[str]:
    """The names that runs carry, sorted; read from the index by leaping from each name to the next."""
    rows = connection.execute(
        f"WITH RECURSIVE name (value) AS (SELECT min({dimension}) FROM runs WHERE {dimension} IS NOT NULL UNION ALL "  # noqa: S608 - constant names
        f"SELECT (SELECT min({dimension}) FROM runs WHERE {dimension} > value) FROM name WHERE value IS NOT NULL) "
        "SELECT value FROM name WHERE value IS NOT NULL"
    )
    return [str(row[0]) for row in rows]


def spelled(connection: sqlite3.Connection, dimension: Dimension, name: str) -> str:
    """The name as runs carry it, whatever its case; the name itself when no run carries it."""
    if connection.execute(f"SELECT 1 FROM runs WHERE {dimension} = ? LIMIT 1", (name,)).fetchone():  # noqa: S608 - constant names
        return name
    folded = name.casefold()
    return next((known for known in known_names(connection, dimension) if known.casefold() == folded), name)


def active_workflows(
    connection: sqlite3.Connection, *, since: datetime, until: datetime, chosen: RunFilter, include_simulated: bool = False
) -> int:
    """How many workflows had a run that started in the period; runs simulated altogether count only where asked for."""
    names = [chosen.workflow] if chosen.workflow is not None else known_names(connection, "workflow")
    condition, values = where(replace(chosen, workflow=None, since=since, until=until))
    shown = "" if include_simulated else " AND simulated <> 'all'"
    sql = f"SELECT EXISTS (SELECT 1 FROM runs INDEXED BY runs_workflow WHERE workflow = ? AND {condition}{shown})"  # noqa: S608 - values are bound
    return sum(int(connection.execute(sql, (name, *values)).fetchone()[0]) for name in names)


def open_decisions_at(connection: sqlite3.Connection, instant: datetime, chosen: RunFilter) -> int:
    """How many decisions were open at an instant, of runs that bear the filter's names."""
    condition, values = where(RunFilter(workflow=chosen.workflow, agent=chosen.agent, recipe=chosen.recipe, room=chosen.room))
    at = to_micros(instant)
    row = connection.execute(
        "SELECT count(*) FROM decisions AS d WHERE asked_at <= ? AND (decided_at IS NULL OR decided_at > ?) "  # noqa: S608 - values are bound
        f"AND EXISTS (SELECT 1 FROM runs WHERE runs.id = d.run_id AND {condition})",
        (at, at, *values),
    ).fetchone()
    return int(row[0])


@dataclass(frozen=True, slots=True)
class ScheduledName:
    """A workflow as the schedule last read it."""

    enabled: bool
    due_at: datetime | None


def scheduled_names(connection: sqlite3.Connection, now: datetime) -> dict[str, ScheduledName]:
    """What the schedule knows of workflows, by folded name: overrides and pauses count; empty before the first tick."""
    overrides = dict(
        connection.execute("SELECT key, enabled FROM schedule_overrides ORDER BY said_at, id").fetchall()  # the newest word stays
    )
    paused = connection.execute(
        "SELECT 1 FROM schedule_pauses WHERE from_at <= ?1 AND (until_at IS NULL OR until_at > ?1)", (to_micros(now),)
    ).fetchone()
    found = {}
    for key, by_file, due_at in connection.execute("SELECT key, enabled, due_at FROM schedule_workflows WHERE path IS NOT NULL"):
        word = overrides.get(key)
        enabled = bool(by_file if word is None else word)
        found[str(key)] = ScheduledName(enabled, from_micros_or_none(due_at) if enabled and not paused else None)
    return found
