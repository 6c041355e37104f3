"""The schema of the database, as ordered migrations: one SQL file each.

To change the schema, add a file `NNNN_name.sql` and its name at the end of `MIGRATIONS`; never change one that has
been released. The number of migrations applied is kept in SQLite's `user_version`. A migration runs inside one
transaction with those before it that are still missing, so it must not contain BEGIN, COMMIT or PRAGMA.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MIGRATIONS = ("0001_runs", "0002_schedule", "0003_dashboards", "0004_alerts")

SCHEMA_VERSION = len(MIGRATIONS)


def statements(name: str) -> Iterator[str]:
    """The SQL statements of one migration, in order."""
    from pathlib import Path

    pending = ""
    for line in (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8").splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
