"""What the commands that show things have in common: the console, the project's zone, and the runs that are meant."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from avops.report.sheet import Page, Sheet
    from avops.telemetry.filters import RunFilter
    from avops.telemetry.names import Dimension


def zone_of(name: str) -> tzinfo:
    """The project's zone; a clear error for a name that this machine does not know."""
    from zoneinfo import ZoneInfo

    from avops.errors import AvopsError

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise AvopsError(
            f"the time zone '{name}' is unknown here", hint="write an IANA name in 'avops.yaml', such as Europe/Berlin"
        ) from error


def show(make: Callable[[Sheet], Page], zone: tzinfo) -> None:
    """Lays a page out for standard output and prints it."""
    from avops.report.sheet import open_console

    console, sheet = open_console(zone)
    make(sheet).print(console)


def chosen_runs(
    connection: sqlite3.Connection, *, since: datetime | None = None, until: datetime | None = None, **names: str | None
) -> RunFilter:
    """The filter for names as people type them; one that no run carries is told on standard error, with the near one."""
    from avops.project.suggestions import did_you_mean
    from avops.telemetry.filters import RunFilter
    from avops.telemetry.names import known_names, spelled

    found: dict[str, str | None] = {}
    dimensions: dict[str, Dimension] = {"workflow": "workflow", "agent": "agent", "recipe": "recipe", "room": "room"}
    for given, name in names.items():
        if name is None:
            continue
        dimension = dimensions[given]
        found[given] = spelled(connection, dimension, name)
        if not connection.execute(f"SELECT 1 FROM runs WHERE {dimension} = ? LIMIT 1", (found[given],)).fetchone():  # noqa: S608 - constant names
            near = did_you_mean(name, known_names(connection, dimension))
            print(f"no run has the {dimension} '{name}'{'; ' + near if near else ''}", file=sys.stderr)
    return RunFilter(
        since=since,
        until=until,
        workflow=found.get("workflow"),
        agent=found.get("agent"),
        recipe=found.get("recipe"),
        room=found.get("room"),
    )
