"""Runs as lines for other programs."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Literal

from avops.telemetry.queries import EVERYTHING, each_run

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from avops.model.run import Run
    from avops.telemetry.filters import RunFilter

FIELDS = (
    "id",
    "workflow",
    "agent",
    "recipe",
    "trigger",
    "room",
    "status",
    "simulated",
    "started_by",
    "started_at",
    "finished_at",
    "duration_s",
    "paused_s",
    "error",
    "parent_id",
)


def run_fields(run: Run) -> dict[str, object]:
    """A run as plain data under stable keys; instants as ISO 8601 in UTC."""
    return {
        "id": run.id,
        "workflow": run.workflow,
        "agent": run.agent,
        "recipe": run.recipe,
        "trigger": str(run.trigger),
        "room": run.room,
        "status": str(run.status),
        "simulated": str(run.simulated),
        "started_by": run.started_by,
        "started_at": _instant(run.started_at),
        "finished_at": _instant(run.finished_at),
        "duration_s": run.duration_s,
        "paused_s": run.paused_s,
        "error": run.error,
        "parent_id": run.parent_id,
    }


def export_runs(
    connection: sqlite3.Connection, chosen: RunFilter = EVERYTHING, *, layout: Literal["jsonl", "csv"] = "jsonl"
) -> Iterator[str]:
    """Lines without their ends, oldest run first: JSON Lines, or CSV with a header line.

    A CSV field may hold line breaks, in quotes. Nothing is kept in memory.
    """
    if layout == "csv":
        yield _csv_line(FIELDS)
    for run in each_run(connection, chosen):
        fields = run_fields(run)
        yield json.dumps(fields, ensure_ascii=False) if layout == "jsonl" else _csv_line(fields.values())


def _csv_line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
