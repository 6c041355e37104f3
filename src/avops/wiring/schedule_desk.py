"""What people ask of the schedule, and tell it: previews, its state, pauses, and words on single workflows."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from avops.model.schedule import Pause
    from avops.schedule.preview import Preview, ScheduleStatus
    from avops.wiring.workspace import Workspace


def schedule_preview(workspace: Workspace, *, now: datetime, days: float, workflow: str | None = None) -> Preview:
    """The next fires, of all workflows or of one; how long its runs took lately says what overlaps."""
    from dataclasses import replace

    from avops.project.names import folded
    from avops.schedule.preview import preview
    from avops.telemetry.database import open_reader
    from avops.telemetry.schedule_store import SqliteScheduleStore
    from avops.telemetry.typical import typical_durations
    from avops.wiring.scheduling import WorkflowFiles, blackout_of

    wanted = None if workflow is None else workspace.project.workflows.find(workflow).required().name
    with SqliteScheduleStore(workspace.database) as store:
        with closing(open_reader(workspace.database)) as reader:
            names = [name for name, _ in workspace.project.workflows.names]
            durations = {folded(name): seconds for name, seconds in typical_durations(reader, names).items()}
        found = preview(
            store,
            workspace.root,
            WorkflowFiles(workspace),
            now=now,
            days=days,
            durations=durations,
            blackout=blackout_of(workspace),
        )
    if wanted is None:
        return found
    key = folded(wanted)
    return replace(
        found,
        fires=tuple(fire for fire in found.fires if folded(fire.workflow) == key),
        following=tuple(one for one in found.following if folded(one[0]) == key),
    )


def schedule_state(workspace: Workspace, *, now: datetime, days: float = 1) -> ScheduleStatus:
    """How the schedule stands, and what became of the slots of the last days."""
    from avops.schedule.preview import schedule_status
    from avops.telemetry.schedule_store import SqliteScheduleStore

    with SqliteScheduleStore(workspace.database) as store:
        return schedule_status(store, now=now, days=days)


def pause_schedule(workspace: Workspace, reason: str, *, until: datetime | None, now: datetime) -> Pause:
    """Nothing is started from now on, until then or until somebody resumes."""
    from avops.model.schedule import Pause
    from avops.project.account import login_account
    from avops.telemetry.schedule_store import SqliteScheduleStore

    pause = Pause(reason=reason, by=login_account(), from_at=now, until_at=until)
    with SqliteScheduleStore(workspace.database) as store:
        store.pause(pause)
    return pause


def resume_schedule(workspace: Workspace, *, now: datetime) -> Pause | None:
    """The pause that ended; None when nothing was paused."""
    from avops.telemetry.schedule_store import SqliteScheduleStore

    with SqliteScheduleStore(workspace.database) as store:
        return store.resume(now)


def say_enabled(workspace: Workspace, name: str, enabled: bool | None, reason: str, *, now: datetime) -> None:
    """Keeps a person's word on whether a workflow is scheduled, beside its file; None takes earlier words back."""
    from avops.model.schedule import Override
    from avops.project.account import login_account
    from avops.project.names import folded
    from avops.telemetry.schedule_store import SqliteScheduleStore

    with SqliteScheduleStore(workspace.database) as store:
        store.override(Override(key=folded(name), enabled=enabled, reason=reason, by=login_account(), at=now))
