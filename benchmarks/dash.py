"""Screens over a million runs: whole commands, the same over ten thousand, and how far p95 is from the exact one.

AVOPS_BENCH_RUNS lowers the million.
"""

from __future__ import annotations

import math
import os
import sqlite3
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from avops.telemetry.database import open_reader
from avops.telemetry.kpis import kpis
from avops.telemetry.rows import to_micros
from benchmarks.million_runs import NOW, make
from benchmarks.timing import wall_ms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

AVOPS = [sys.executable, "-m", "avops"]
FEW = 10_000
TURNS = 7
WEEK = "2026-06-24..2026-07-01"
"""The last week of the runs; the commands themselves know only today."""


def make_project(folder: Path, runs: int) -> None:
    """A project of 40 workflows and recipes over a database of so many runs."""
    (folder / "avops.yaml").write_text("name: Bench\n", encoding="utf-8")
    for kind in ("workflows", "recipes"):
        (folder / kind).mkdir()
    for number in range(40):
        name = f"{number:02}"
        text = f"name: Workflow {name}\nagent: Agent {number // 2:02}\nrecipe: Recipe {name}\ntrigger: manual\n"
        (folder / f"workflows/{name}.yaml").write_text(text, encoding="utf-8")
        metric = '{metric: duration_seconds, target: "<= 300"}'
        (folder / f"recipes/{name}.yaml").write_text(f"name: Recipe {name}\nsuccess_metrics: [{metric}]\nact: []\n", encoding="utf-8")
    make(folder / ".avops" / "avops.db", runs)


def _commands(large: tuple[Path, int], small: tuple[Path, int]) -> dict[str, tuple[float, float]]:
    """Milliseconds over many and over few runs. The two take turns, so that a busy machine does not fall on one of them."""
    dash = [*AVOPS, "dash", "--since", WEEK]
    commands = {
        "dash": lambda runs: dash,
        "dash --room": lambda runs: [*dash, "--room", "room-001"],
        "dash --include-simulated": lambda runs: [*dash, "--include-simulated"],
        "dash --since all": lambda runs: [*AVOPS, "dash", "--since", "all"],
        "dash --by room": lambda runs: [*dash, "--by", "room"],
        "runs show, 1,000 steps": lambda runs: [*AVOPS, "runs", "show", str(runs)],
    }
    found = {}
    for what, command in commands.items():
        turns = [[wall_ms(command(runs), cwd=folder, runs=1) for folder, runs in (large, small)] for _ in range(TURNS)]
        found[what] = (statistics.median(turn[0] for turn in turns), statistics.median(turn[1] for turn in turns))
    return found


def _p95_error(path: Path, since: datetime, until: datetime) -> tuple[float, float]:
    """How far the p95 of a period is from the exact one, in percent; and the milliseconds that plain SQL takes for that."""
    import time

    reader = open_reader(path)
    try:
        told = kpis(reader, since=since, until=until).current.p95_s
    finally:
        reader.close()
    connection = sqlite3.connect(path)
    began = time.perf_counter()
    took = [
        row[0]
        for row in connection.execute(
            "SELECT duration_us FROM runs WHERE status IN ('success', 'failed', 'unverified') AND simulated <> 'all' "
            "AND started_at >= ? AND started_at < ? ORDER BY duration_us",
            (to_micros(since), to_micros(until)),
        )
    ]
    spent = (time.perf_counter() - began) * 1000
    connection.close()
    exact = took[math.ceil(0.95 * len(took)) - 1] / 1e6
    if told is None:
        raise RuntimeError("the period has no run")
    return abs(told - exact) / exact * 100, spent


def measure() -> Mapping[str, float]:
    """Milliseconds of whole commands, their ratios, and the error of p95 in percent."""
    many = int(os.environ.get("AVOPS_BENCH_RUNS", "1000000"))
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        large, small = Path(name) / "large", Path(name) / "small"
        for folder, runs in ((large, many), (small, FEW)):
            folder.mkdir()
            make_project(folder, runs)
        for what, (slow, quick) in _commands((large, many), (small, FEW)).items():
            figures[f"avops {what}, {many:,} runs, ms"] = slow
            figures[f"avops {what}, {FEW:,} runs, ms"] = quick
            figures[f"avops {what}, ratio"] = slow / quick
        database = large / ".avops" / "avops.db"
        errors = [_p95_error(database, NOW - timedelta(days=days), NOW) for days in (1, 7, 30, 90)]
        figures["p95, largest error over 1, 7, 30 and 90 days, %"] = max(error for error, _ in errors)
        figures[f"p95 by plain SQL, {many:,} runs, ms"] = errors[-1][1]
    return figures


if __name__ == "__main__":
    for what, figure in measure().items():
        print(f"{what:70} {figure:10.2f}")
