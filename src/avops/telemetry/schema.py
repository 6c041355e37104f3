"""Brings a database to the schema that this avops knows."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from avops.errors import StorageError
from avops.telemetry.migrations import MIGRATIONS, SCHEMA_VERSION, statements

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x41564F50
"""`AVOP`: marks the file as a database of avops."""


def is_up_to_date(connection: sqlite3.Connection, path: Path) -> bool:
    """True when nothing needs migrating; StorageError when the file is from a newer avops, or not from avops."""
    version = _version(connection)
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"the database is from a newer avops (schema {version}, this one knows {SCHEMA_VERSION})",
            hint=f"upgrade avops, or put back a copy from '{path.parent / 'backups'}'",
        )
    if version and _application_id(connection) != APPLICATION_ID:
        raise _foreign(path)
    return version == SCHEMA_VERSION


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """StorageError for a database that holds something and is none of avops."""
    # The tables are asked for first: who made them has set the mark in the same transaction.
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() and _application_id(connection) != APPLICATION_ID:
        raise _foreign(path)


def bring_up_to_date(connection: sqlite3.Connection, path: Path, lock_wait_s: float) -> None:
    """Applies the migrations that are missing, all in one transaction.

    A database that already holds something is first copied to the `backups` folder beside it. Several processes may
    do this at once: one migrates, the others find it done.
    """
    from avops.telemetry.database import begin, roll_back

    if is_up_to_date(connection, path):
        return
    begin(connection, lock_wait_s)
    try:
        version = _version(connection)
        if version == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise _foreign(path)
        if 0 < version < SCHEMA_VERSION:
            back_up(path, path.parent / "backups" / f"{path.stem}-schema-{version}.db")
        for name in MIGRATIONS[version:]:
            for statement in statements(name):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={max(version, SCHEMA_VERSION)}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def back_up(path: Path, target: Path) -> Path:
    """A copy of the database as it is now, complete and closed; other processes may go on writing.

    Where `target` exists, the copy gets a number (`avops-2.db`). Returns where it was written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        copy = sqlite3.connect(partial)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
        return _publish(partial, target)
    finally:
        source.close()
        partial.unlink(missing_ok=True)


def _publish(partial: Path, target: Path) -> Path:
    """Gives the finished copy the first free name, which is reserved first, so that no other process takes it."""
    number = 1
    while True:
        name = target if number == 1 else target.with_stem(f"{target.stem}-{number}")
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            number += 1
        else:
            os.replace(partial, name)
            return name


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _application_id(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _foreign(path: Path) -> StorageError:
    return StorageError(f"'{path.name}' is a database, but not one of avops", hint="name another file under 'database' in 'avops.yaml'")
