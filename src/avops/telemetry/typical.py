"""How long the runs of a workflow usually take."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

LOOKED_AT = 20
"""The newest runs that are looked at."""


def typical_durations(connection: sqlite3.Connection, workflows: Iterable[str]) -> dict[str, float]:
    """The median seconds of each workflow's newest runs that ended, by the name given; those without one are left out."""
    sql = "SELECT duration_us FROM runs WHERE workflow = ? AND duration_us IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT ?"
    found = {}
    for name in workflows:
        durations = [micros / 1e6 for (micros,) in connection.execute(sql, (name, LOOKED_AT))]
        if durations:
            found[name] = median(durations)
    return found
