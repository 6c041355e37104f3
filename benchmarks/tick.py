"""Ticks over 10,000 workflows: a whole process with none due, and a thousand due with runs that do nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from avops.model.run import RunEnd, RunStart, RunStatus, Trigger
from avops.project.clock import SystemClock
from avops.project.documents import load_document
from avops.schedule.survey import survey
from avops.schedule.tick import Ticker
from avops.schedule.tick_report import RunOutcome
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore
from avops.telemetry.schedule_store import SqliteScheduleStore
from benchmarks.timing import wall_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.schedule import Slot
    from avops.model.workflow import Workflow

WORKFLOWS = 10_000
DUE = 1_000


class Source:
    """The workflows of the project, without recipes."""

    def default_zone(self) -> str:
        return "UTC"

    def read(self, path: str, data: bytes) -> Workflow:
        return load_document("workflow", data, path).required()

    def refusal(self, workflow: Workflow) -> str | None:
        return None


def make_project(root: Path, due_at: datetime) -> None:
    """10,000 workflow files, of which 1,000 are due at an instant each day, the others half a year later."""
    (root / "avops.yaml").write_text("", encoding="utf-8")
    folder = root / "workflows"
    folder.mkdir()
    later = due_at + timedelta(days=180)
    for number in range(WORKFLOWS):
        days = "* *" if number < DUE else f"{later.day} {later.month}"
        text = f"""name: Room check {number}
description: Looks whether room {number} is ready for the day.
agent: SupportBot
recipe: Daily AV Systems Check
trigger: {{cron: "{due_at.minute} {due_at.hour} {days} *", timezone: UTC}}
inputs: {{channel: "#av-ops", room: "R{number}"}}
overlap: skip
catch_up: latest
notify_on: [failed, waiting, recovered]
"""
        (folder / f"room-check-{number}.yaml").write_text(text, encoding="utf-8")


def run_due(root: Path, now: datetime, *, keeps_runs: bool) -> float:
    """Seconds of one tick over the 1,000 due workflows."""
    database = root / ".avops" / "avops.db"
    with SqliteRunStore(database) as runs, SqliteScheduleStore(database, runs=runs) as store, ProcessLock.acquire(runs.locks) as lock:

        async def start_run(workflow: Workflow, slot: Slot) -> RunOutcome:
            if not keeps_runs:
                return RunOutcome(run_id=0, status="success")
            start = RunStart(
                recipe="Daily AV Systems Check",
                agent="SupportBot",
                workflow=workflow.name,
                trigger=Trigger.SCHEDULE,
                started_at=datetime.now(UTC),
                slot=slot.id,
                process=lock.name,
            )
            run_id = await runs.create_run(start)
            await runs.end_run(run_id, RunEnd(status=RunStatus.SUCCESS, finished_at=datetime.now(UTC)))
            return RunOutcome(run_id=run_id, status="success")

        async def tick() -> int:
            ticker = Ticker(store=store, root=root, source=Source(), process=lock.name, start_run=start_run, clock=SystemClock())
            return len((await ticker.tick(now)).ran)

        began = time.perf_counter()
        ran = asyncio.run(tick())
        took = time.perf_counter() - began
    if ran != DUE:
        raise RuntimeError(f"{ran} workflows ran instead of {DUE}")
    return took


AGENT = "name: SupportBot\n"
RECIPE = """name: Daily AV Systems Check
inputs: {channel: {default: x}, room: {default: x}}
plan:
  - {id: sum, set: {of: 1 + 1}}
verify:
  - {check: sum.of == 2}
"""


def run_command(root: Path, now: datetime) -> float:
    """Seconds of the whole command over the 1,000 due workflows, each a run of a recipe that calls nothing."""
    for folder, text in (("agents", AGENT), ("recipes", RECIPE)):
        (root / folder).mkdir()
        (root / folder / "only.yaml").write_text(text, encoding="utf-8")
    began = time.perf_counter()
    command = [sys.executable, "-m", "avops", "tick", "--at", now.isoformat()]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    # Without a check of something that was read, each run ends as unverified, and the tick exits with 1.
    if not done.stdout.startswith(f"Ticked. Ran {DUE} workflows."):
        raise RuntimeError(f"the tick said: {done.stdout[:200]} {done.stderr[:200]}")
    return took


def measure() -> Mapping[str, float]:
    """Milliseconds of a whole process with none due, seconds of a tick with a thousand due."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        due_at = now + timedelta(minutes=90)
        make_project(root, due_at)
        with SqliteScheduleStore(root / ".avops" / "avops.db") as store:
            began = time.perf_counter()
            survey(store, root, Source(), now=now)
            first = time.perf_counter() - began
            # Files read within two seconds of their change are read once more.
            began = time.perf_counter()
            survey(store, root, Source(), now=now)
            second = time.perf_counter() - began
        none_due = wall_ms([sys.executable, "-m", "avops", "tick"], cwd=root)
        due = run_due(root, due_at, keeps_runs=False)
        kept = run_due(root, due_at + timedelta(days=1), keeps_runs=True)
        command = run_command(root, due_at + timedelta(days=2))
    return {
        "tick, 10,000 workflows, first time, s": first,
        "tick, 10,000 workflows, second time, s": second,
        "tick, 10,000 workflows, none due, whole command, ms": none_due,
        "tick, 10,000 workflows, 1,000 due, runs that do nothing, s": due,
        "tick, 10,000 workflows, 1,000 due, runs that are kept, s": kept,
        "tick, 10,000 workflows, 1,000 due, whole command, recipe that calls nothing, s": command,
    }


if __name__ == "__main__":
    for what, figure in measure().items():
        print(f"{what:70} {figure:10.2f}")
