"""How a recipe did: its last runs as judged before it is promoted, and its runs by the version of its text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.telemetry.rollups import MEASURED
from avops.telemetry.rows import from_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

JUDGED = 20
"""So many of the newest runs are judged."""
NEWEST = 5_000
"""So many of the newest runs are sorted by version."""

_MEASURED_SQL = f"status IN ({', '.join(repr(status) for status in sorted(MEASURED))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRuns:
    """The newest runs of a recipe that ended as success, failed or unverified and were not simulated."""

    runs: int
    success_rate: float | None
    p95_s: float | None
    """Exact, by nearest rank."""
    verify_passed: int
    verify_judged: int
    """Checks and confirmations of Verify that were judged; how many of them held is `verify_passed`."""

    @property
    def verify_rate(self) -> float | None:
        """The share of Verify's judgements that held."""
        return self.verify_passed / self.verify_judged if self.verify_judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionResults:
    """Runs that started from one text of the recipe."""

    sha256: str | None
    """Of the text; None for runs whose text was not kept."""
    runs: int
    """How many ended as success, failed or unverified."""
    success_rate: float | None
    p95_s: float | None
    first_at: datetime
    last_at: datetime
    last_run: int


def last_runs(connection: sqlite3.Connection, recipe: str, *, most: int = JUDGED) -> LastRuns:
    """The newest measured runs of a recipe."""
    rows = connection.execute(
        f"SELECT id, status, coalesce(duration_us, 0) FROM runs WHERE recipe = ? AND {_MEASURED_SQL} AND simulated = 'no' "  # noqa: S608 - own names
        "ORDER BY started_at DESC, id DESC LIMIT ?",
        (recipe, most),
    ).fetchall()
    passed, judged = _verified(connection, [row[0] for row in rows])
    return LastRuns(
        runs=len(rows),
        success_rate=sum(row[1] == "success" for row in rows) / len(rows) if rows else None,
        p95_s=_p95([row[2] for row in rows]),
        verify_passed=passed,
        verify_judged=judged,
    )


def _verified(connection: sqlite3.Connection, run_ids: Sequence[int]) -> tuple[int, int]:
    """Of the judgements of Verify, the last attempt of each: how many held, of how many."""
    passed = judged = 0
    for run_id in run_ids:
        rows = connection.execute(
            "SELECT key, status FROM steps WHERE run_id = ? AND phase = 'verify' AND kind IN ('check', 'confirm') "
            "AND status IN ('ok', 'failed', 'denied', 'unknown') ORDER BY attempt",
            (run_id,),
        )
        last = dict(rows.fetchall())
        judged += len(last)
        passed += sum(status == "ok" for status in last.values())
    return passed, judged


def by_version(connection: sqlite3.Connection, recipe: str, paths: Sequence[str]) -> list[VersionResults]:
    """Results by text among the newest `NEWEST` runs that were not simulated altogether, the newest version first.

    `paths` are the names that the recipe's file has had, relative to the project.
    """
    marks = ", ".join("?" * len(paths))
    rows = connection.execute(
        "SELECT e.sha256, r.id, r.status, coalesce(r.duration_us, 0), r.started_at FROM "  # noqa: S608 - values are bound
        "(SELECT id, status, duration_us, started_at FROM runs WHERE recipe = ? AND simulated <> 'all' "
        "ORDER BY started_at DESC LIMIT ?) AS r "
        "JOIN run_starts AS s ON s.run_id = r.id "
        f"LEFT JOIN text_set_entries AS e ON e.text_set_id = s.text_set_id AND e.path IN ({marks}) ORDER BY r.started_at DESC",
        (recipe, NEWEST, *paths),
    )
    found: dict[str | None, list[tuple[int, str, int, int]]] = {}
    for sha256, *row in rows:
        found.setdefault(sha256, []).append((row[0], row[1], row[2], row[3]))
    return [_results(sha256, runs) for sha256, runs in found.items()]


def _results(sha256: str | None, runs: Sequence[tuple[int, str, int, int]]) -> VersionResults:
    measured = [(status, took_us) for _, status, took_us, _ in runs if status in MEASURED]
    return VersionResults(
        sha256=sha256,
        runs=len(measured),
        success_rate=sum(status == "success" for status, _ in measured) / len(measured) if measured else None,
        p95_s=_p95([took_us for _, took_us in measured]),
        first_at=from_micros(runs[-1][3]),
        last_at=from_micros(runs[0][3]),
        last_run=runs[0][0],
    )


def _p95(durations_us: Sequence[int]) -> float | None:
    if not durations_us:
        return None
    return sorted(durations_us)[max(math.ceil(0.95 * len(durations_us)), 1) - 1] / 1e6
