"""What a tick finds before anything is run: quick, and without asyncio, YAML or pydantic when nothing is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from avops.schedule.index import last_tick_at, note_tick, refresh
from avops.schedule.tick_report import BrokenFile, TickReport

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from avops.ports import ScheduleStore
    from avops.schedule.index import WorkflowSource

STEPPED_BACK = timedelta(minutes=10)
"""A last tick so far ahead of now means that the clock was wrong then, or is now."""


def survey(store: ScheduleStore, root: Path, source: WorkflowSource, *, now: datetime) -> tuple[TickReport, bool]:
    """The tick's report so far, and whether anything is left to do: when not, the report is complete.

    Reads the workflow files that have changed, and keeps `now` as the last tick. `now` is aware UTC.
    """
    refresh(store, root, source, now)
    last = last_tick_at(store.facts())
    report = TickReport(at=now)
    report.broken = [BrokenFile(path=path, message=message, hint=hint) for path, message, hint in store.problems()]
    report.pause = next((pause for pause in store.pauses(now) if pause.from_at <= now), None)
    has_stepped_back = last is not None and last - now > STEPPED_BACK
    if has_stepped_back:
        report.notes.append(f"the clock has stepped back: the last tick was at {last:%Y-%m-%d %H:%M:%S} UTC")
    has_work = has_stepped_back or store.has_work(now)
    if not has_work:
        note_tick(store, now)
    return report, has_work
