"""What the commands that show things have in common: the console, the project's zone, and the runs that are meant."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from avops.model.run import RunStatus
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
    from avops.report.sheet import sheet_for

    sheet = sheet_for(zone, sys.stdout)
    make(sheet).print(sys.stdout)


@contextmanager
def open_records(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection to read the database with; runs whose process is gone are marked `interrupted` first."""
    from contextlib import closing

    from avops.telemetry.database import open_reader, open_writer, transaction, translated
    from avops.telemetry.process_lock import is_alive
    from avops.telemetry.recovery import recover_runs

    locks = database.parent / "locks"
    with translated(database), closing(open_reader(database)) as reader:
        running = reader.execute("SELECT DISTINCT process FROM runs WHERE status = 'running' AND process IS NOT NULL").fetchall()
        if not all(is_alive(locks, process) for (process,) in running):
            with closing(open_writer(database)) as writer, transaction(writer, database):
                recover_runs(writer, locks)
        yield reader


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


def statuses_of(given: Sequence[str] | None) -> frozenset[RunStatus] | None:
    """The statuses that a person typed, each by itself or joined by commas; None for none."""
    from avops.errors import UsageError
    from avops.model.run import RunStatus as Known
    from avops.project.suggestions import did_you_mean

    if not given:
        return None
    known = {status.value: status for status in Known}
    words = [word.strip().lower() for text in given for word in text.split(",") if word.strip()]
    for word in words:
        if word not in known:
            listed = ", ".join(sorted(known))
            raise UsageError(f"no status '{word}', expected one of {listed}", hint=did_you_mean(word, known))
    return frozenset(known[word] for word in words)


def write_file(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Writes a file beside and renames it, so that a reader never finds half of one."""
    from avops.errors import AvopsError

    beside = path.with_name(f".{path.name}.part")
    try:
        if isinstance(content, bytes):
            beside.write_bytes(content)
        else:
            with beside.open("w", encoding="utf-8", newline="") as file:
                file.writelines([content] if isinstance(content, str) else content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise AvopsError(f"'{path}' cannot be written: {(error.strerror or str(error)).lower()}") from error
