"""What steps tell over a period: which fail, which tools fail them, and what the models cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.telemetry.filters import RunFilter, where
from avops.telemetry.rows import to_micros

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

NEWEST = 20_000
"""So many failed attempts are looked at, the newest, however long the period is."""

_PARTS = frozenset({"reading", "hold", "turn"})
_SPENT = "count(*), coalesce(sum(tokens), 0), coalesce(sum(cost_usd), 0.0), coalesce(sum(tokens) FILTER (WHERE cost_usd = 0), 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A step of a recipe, or an action of a tool, that failed."""

    what: str
    """The step's name, or `tool.action`."""
    recipe: str | None
    """The step's recipe; None for a tool."""
    runs: int
    """In how many runs."""
    attempts: int
    """How often altogether, repeated attempts included."""
    last_run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What fails most, first what fails in most runs."""

    steps: tuple[Failing, ...]
    tools: tuple[Failing, ...]
    is_cut: bool
    """True when only the newest `NEWEST` failed attempts were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What models cost in a period. Money spent in simulated runs counts too."""

    steps: int
    tokens: int
    cost_usd: float
    unpriced_tokens: int = 0
    """Tokens without a known price."""


def failures(
    connection: sqlite3.Connection, *, since: datetime, until: datetime, chosen: RunFilter, include_simulated: bool = False, most: int = 5
) -> Failures:
    """The steps and tools that failed in the period, of runs that bear the filter's names.

    A step that failed and then worked when repeated counts too: it will be the next one to fail. Readings and holds count for
    their tool, not as steps; what rollback did counts nowhere.
    """
    condition, values = where(_named(chosen))
    shown = "" if include_simulated else " AND runs.simulated <> 'all'"
    rows = connection.execute(
        "SELECT s.run_id, s.kind, s.name, s.tool, s.action, runs.recipe FROM steps AS s INDEXED BY steps_failed "  # noqa: S608 - values are bound
        "CROSS JOIN runs ON runs.id = s.run_id "
        "WHERE s.status IN ('failed', 'unknown') AND s.started_at >= ? AND s.started_at < ? AND s.phase <> 'rollback' "
        f"AND {condition}{shown} ORDER BY s.started_at DESC LIMIT {NEWEST + 1}",
        (to_micros(since), to_micros(until), *values),
    ).fetchall()
    steps: dict[tuple[str, str | None], dict[int, int]] = {}
    tools: dict[tuple[str, str | None], dict[int, int]] = {}
    for run_id, kind, name, tool, action, recipe in rows[:NEWEST]:
        if kind not in _PARTS:
            by_run = steps.setdefault((name or (f"{tool}.{action}" if tool else kind), recipe), {})
            by_run[run_id] = by_run.get(run_id, 0) + 1
        if tool is not None:
            by_run = tools.setdefault((f"{tool}.{action}", None), {})
            by_run[run_id] = by_run.get(run_id, 0) + 1
    return Failures(steps=_ranked(steps, most), tools=_ranked(tools, most), is_cut=len(rows) > NEWEST)


def _ranked(found: dict[tuple[str, str | None], dict[int, int]], most: int) -> tuple[Failing, ...]:
    made = [
        Failing(what=what, recipe=recipe, runs=len(by_run), attempts=sum(by_run.values()), last_run=max(by_run))
        for (what, recipe), by_run in found.items()
    ]
    made.sort(key=lambda each: (-each.runs, -each.attempts, each.what, each.recipe or ""))
    return tuple(made[:most])


def spending(connection: sqlite3.Connection, *, since: datetime, until: datetime, chosen: RunFilter) -> Spending:
    """Steps, tokens and US dollars of models in the period."""
    condition, values = where(_named(chosen))
    named = f" AND EXISTS (SELECT 1 FROM runs WHERE runs.id = s.run_id AND {condition})" if values else ""  # noqa: S608 - values are bound
    steps, tokens, cost, unpriced = connection.execute(
        f"SELECT {_SPENT} FROM steps AS s INDEXED BY steps_of_models "  # noqa: S608 - values are bound
        f"WHERE tokens > 0 AND s.started_at >= ? AND s.started_at < ?{named}",
        (to_micros(since), to_micros(until), *values),
    ).fetchone()
    return Spending(steps=steps, tokens=tokens, cost_usd=cost, unpriced_tokens=unpriced)


def _named(chosen: RunFilter) -> RunFilter:
    return RunFilter(workflow=chosen.workflow, agent=chosen.agent, recipe=chosen.recipe, room=chosen.room, trigger=chosen.trigger)
