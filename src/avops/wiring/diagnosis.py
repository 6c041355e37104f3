"""What is wrong with this installation and this project, and the command that mends it. Nothing is started or reached."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from avops.wiring.workspace import Workspace

OLDEST = (3, 11)
LATE_S = 180.0
"""A tick each minute is the rule; three minutes without one is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: whether it is well, what was seen, and what mends it."""

    what: str
    is_well: bool
    seen: str
    mend: str | None = None


def diagnose(workspace: Workspace | None, now: datetime) -> Iterator[Finding]:
    """Everything that was looked at, in the order a person would look."""
    version = sys.version_info
    newer = version >= OLDEST
    yield Finding(what="Python", is_well=newer, seen=sys.version.split()[0], mend=None if newer else "install Python 3.11 or later")
    yield from _terminal()
    if workspace is None:
        yield Finding(what="project", is_well=False, seen="none here or above", mend="avops init")
        return
    yield Finding(what="project", is_well=True, seen=str(workspace.root))
    yield from _settings(workspace)
    yield from _documents(workspace)
    yield from _database(workspace)
    yield from _schedule(workspace, now)
    yield from _tools(workspace)


def _terminal() -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "").lower()
    shows = encoding.replace("-", "").startswith("utf")
    yield Finding(what="terminal", is_well=shows, seen=encoding or "unknown", mend=None if shows else "export PYTHONUTF8=1")


def _settings(workspace: Workspace) -> Iterator[Finding]:
    from zoneinfo import ZoneInfo

    loaded = workspace.settings_document
    if loaded.value is None:
        yield Finding(what="settings", is_well=False, seen=loaded.diagnostics[0].message, mend="avops lint avops.yaml")
        return
    yield Finding(what="settings", is_well=True, seen="avops.yaml")
    try:
        ZoneInfo(workspace.timezone)
        yield Finding(what="time zone", is_well=True, seen=workspace.timezone)
    except (KeyError, OSError, ValueError):
        seen = f"'{workspace.timezone}' is unknown here"
        yield Finding(what="time zone", is_well=False, seen=seen, mend="write an IANA name such as Europe/Berlin in avops.yaml")


def _documents(workspace: Workspace) -> Iterator[Finding]:
    for kind in ("agents", "recipes", "tools", "workflows"):
        documents = list(getattr(workspace.project, kind))
        broken = [loaded.path for loaded in documents if loaded.value is None]
        seen = f"{len(documents)}, {len(broken)} broken: {', '.join(broken[:3])}" if broken else str(len(documents))
        yield Finding(what=kind, is_well=not broken, seen=seen, mend="avops lint" if broken else None)


def _database(workspace: Workspace) -> Iterator[Finding]:
    from avops.errors import AvopsError
    from avops.telemetry.upkeep import info

    if not workspace.database.exists():
        yield Finding(what="database", is_well=True, seen="none yet; the first run makes it")
        return
    try:
        info(workspace.database)
        yield Finding(what="database", is_well=True, seen=str(workspace.database))
    except AvopsError as error:
        yield Finding(what="database", is_well=False, seen=error.message, mend=error.hint or "avops db check")


def _schedule(workspace: Workspace, now: datetime) -> Iterator[Finding]:
    from avops.errors import AvopsError
    from avops.model.duration import duration_text
    from avops.schedule.index import last_tick_at
    from avops.telemetry.schedule_store import SqliteScheduleStore

    scheduled = [loaded.value for loaded in workspace.project.workflows if loaded.value is not None and loaded.value.trigger != "manual"]
    if not scheduled:
        return
    try:
        if not workspace.database.exists():
            last = None
        else:
            with SqliteScheduleStore(workspace.database) as store:
                last = last_tick_at(store.facts())
    except AvopsError:
        return  # told of as the database
    mend = "avops schedule install --cron"
    if last is None:
        yield Finding(what="last tick", is_well=False, seen=f"never, and {len(scheduled)} workflows have a schedule", mend=mend)
        return
    ago_s = (now - last).total_seconds()
    late = ago_s > LATE_S
    yield Finding(what="last tick", is_well=not late, seen=f"{duration_text(max(0.0, ago_s))} ago", mend=mend if late else None)


def _tools(workspace: Workspace) -> Iterator[Finding]:
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.wiring.tools import tool_problems

    secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
    for loaded in workspace.project.tools:
        if loaded.value is None:
            continue
        problems = list(tool_problems(workspace.root, loaded.value, secrets, denied=workspace.settings.policy.denied_domains))
        if problems:
            seen = "; ".join(problem.message for problem in problems)
            yield Finding(what=f"tool {loaded.value.name}", is_well=False, seen=seen, mend=problems[0].hint)
