"""What is wrong with this installation and this project, and the command that mends it. Nothing is started or reached."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from avops.errors import AvopsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from avops.project.folder import Documents
    from avops.wiring.workspace import Workspace

M = TypeVar("M")
OLDEST = (3, 11)
LATE_S = 180.0
"""A tick each minute is the rule; three minutes without one is late."""
CLOCK_SLACK_S = 5.0
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?P<versions>[^;\[]*)")
"""A requirement without an extra and without a condition: those that every installation has."""
_BOUND = re.compile(r"(>=|<|==) *([0-9][0-9.]*)")
_RELEASE = re.compile(r"\d+(?:\.\d+)*")


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
    yield _packages()
    yield _terminal()
    if workspace is None:
        yield Finding(what="project", is_well=False, seen="none here or above", mend="avops init")
        return
    yield Finding(what="project", is_well=True, seen=str(workspace.root))
    yield from _settings(workspace)
    yield from _documents(workspace)
    if workspace.settings_document.value is None:
        return  # where the database lies, and all that follows, is for the settings to say
    yield from _files(workspace)
    yield from _database(workspace)
    yield from _schedule(workspace, now)
    yield from _model(workspace)
    yield from _tools(workspace)


def _packages() -> Finding:
    """Whether the packages that avops was made for are there, in versions that it was made for."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from avops import __version__

    try:
        wanted = [match for each in requires("avops") or () if (match := _REQUIREMENT.fullmatch(each))]
    except PackageNotFoundError:
        return Finding(what="packages", is_well=True, seen=f"avops {__version__}, run from its source")
    wrong = []
    for match in wanted:
        try:
            there = version(match["name"])
        except PackageNotFoundError:
            wrong.append(f"{match['name']} is missing")
            continue
        if not _fits(there, match["versions"]):
            wrong.append(f"{match['name']} {there} is not {match['versions']}")
    if wrong:
        return Finding(what="packages", is_well=False, seen="; ".join(wrong), mend="pip install --upgrade avops")
    return Finding(what="packages", is_well=True, seen=f"avops {__version__}, with all {len(wanted)} packages that it needs")


def _fits(version: str, bounds: str) -> bool:
    """Whether a version lies within bounds such as `<0.29,>=0.16`; other kinds of bounds are not judged."""
    there = _numbers(version)
    for bound in bounds.split(","):
        match = _BOUND.fullmatch(bound.strip())
        if match is not None:
            limit = _numbers(match[2])
            if not {">=": there >= limit, "<": there < limit, "==": there == limit}[match[1]]:
                return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that begin a version, without zeros at the end: 4 and 4.0 are the same."""
    found = _RELEASE.match(version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _terminal() -> Finding:
    import os
    import shutil

    encoding = (sys.stdout.encoding or "").lower()
    shows = encoding.replace("-", "").startswith("utf")
    parts = [encoding or "unknown"]
    if sys.stdout.isatty():
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        parts += [f"{shutil.get_terminal_size().columns} columns", "no colours" if plain else "colours"]
    else:
        parts.append("not a terminal")
    return Finding(what="terminal", is_well=shows, seen=", ".join(parts), mend=None if shows else "export PYTHONUTF8=1")


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
        documents = getattr(workspace.project, kind)
        broken, unreadable = [], []
        for entry in documents.entries:
            try:
                if documents.load(entry).value is None:
                    broken.append(entry.relative)
            except StorageError:
                unreadable.append(entry.relative)
        parts = [str(len(documents.entries))]
        parts += [f"{len(broken)} broken: {', '.join(broken[:3])}"] if broken else []
        parts += [f"{len(unreadable)} that cannot be read: {', '.join(unreadable[:3])}"] if unreadable else []
        mend = f"chmod u+r {shlex.quote(unreadable[0])}" if unreadable else "avops lint" if broken else None
        yield Finding(what=kind, is_well=mend is None, seen=", ".join(parts), mend=mend)


def _sound(documents: Documents[M]) -> Iterator[M]:
    """The documents that could be read and are right."""
    for entry in documents.entries:
        try:
            loaded = documents.load(entry)
        except StorageError:
            continue
        if loaded.value is not None:
            yield loaded.value


def _files(workspace: Workspace) -> Iterator[Finding]:
    """The room list, the secrets' file, and whether runs can be written."""
    import os

    try:
        rooms = workspace.project.rooms
        if rooms.value is None:
            yield Finding(what="rooms", is_well=False, seen=rooms.diagnostics[0].message, mend="avops lint")
        else:
            yield Finding(what="rooms", is_well=True, seen=str(len(rooms.value)))
    except AvopsError as error:
        yield Finding(what="rooms", is_well=False, seen=error.message, mend=error.hint or "avops lint")
    secrets = workspace.root / ".env"
    if secrets.exists():
        try:
            names = len(workspace.project.env)
            is_open = bool(secrets.stat().st_mode & 0o077)
            seen = f"{names} names" + (", and other accounts may read it" if is_open else "")
            yield Finding(what=".env", is_well=not is_open, seen=seen, mend="chmod 600 .env" if is_open else None)
        except AvopsError as error:
            yield Finding(what=".env", is_well=False, seen=error.message, mend=error.hint or "chmod u+r .env")
    if not os.access(workspace.root, os.W_OK):
        yield Finding(what="folder", is_well=False, seen="this account may not write here", mend=f"chown -R $USER {workspace.root}")


def _database(workspace: Workspace) -> Iterator[Finding]:
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
    from avops.model.duration import duration_text
    from avops.schedule.index import last_tick_at
    from avops.telemetry.schedule_store import SqliteScheduleStore

    scheduled = [workflow for workflow in _sound(workspace.project.workflows) if workflow.trigger != "manual"]
    try:
        if not workspace.database.exists():
            last = None
        else:
            with SqliteScheduleStore(workspace.database) as store:
                last = last_tick_at(store.facts())
    except AvopsError:
        return  # told of as the database
    mend = "avops schedule install --cron"
    if last is not None and (last - now).total_seconds() > CLOCK_SLACK_S:
        seen = f"{duration_text((last - now).total_seconds())} behind the last tick"
        yield Finding(what="clock", is_well=False, seen=seen, mend="timedatectl set-ntp true")
        return
    yield Finding(what="clock", is_well=True, seen=f"{now:%Y-%m-%d %H:%M} UTC")
    if not scheduled:
        return
    if last is None:
        yield Finding(what="last tick", is_well=False, seen=f"never, and {len(scheduled)} workflows have a schedule", mend=mend)
        return
    ago_s = (now - last).total_seconds()
    late = ago_s > LATE_S
    yield Finding(what="last tick", is_well=not late, seen=f"{duration_text(max(0.0, ago_s))} ago", mend=mend if late else None)


def _model(workspace: Workspace) -> Iterator[Finding]:
    from avops.wiring.models import find_model

    settings = workspace.settings
    if settings.mock:
        which = "all tools" if settings.mock is True else ", ".join(settings.mock)
        yield Finding(what="mock mode", is_well=True, seen=f"{which}: nothing is reached by them (avops settings set mock false)")
    try:
        found = find_model(workspace)
    except AvopsError as error:
        yield Finding(what="model", is_well=False, seen=error.message, mend=error.hint or "avops settings show")
        return
    seen = "none; people do what a model would do" if found is None else f"{settings.provider}:{settings.model}"
    yield Finding(what="model", is_well=True, seen=seen)


def _tools(workspace: Workspace) -> Iterator[Finding]:
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.wiring.tools import tool_problems

    secrets = EnvironmentSecrets(dotenv=workspace.root / ".env")
    for tool in _sound(workspace.project.tools):
        problems = list(tool_problems(workspace.root, tool, secrets, denied=workspace.settings.policy.denied_domains))
        if problems:
            seen = "; ".join(problem.message for problem in problems)
            yield Finding(what=f"tool {tool.name}", is_well=False, seen=seen, mend=problems[0].hint)
