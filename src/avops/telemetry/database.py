"""Connections to the database, transactions on them, and what SQLite's errors mean."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from avops.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_WAIT_S = 30.0
"""How long a write waits for other processes before it gives up."""

BUSY_TIMEOUT_S = 5.0

PERVASIVE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
    }
)
"""Primary result codes that speak of the whole database, so that the next write would fail in the same way."""


def open_writer(path: Path, *, lock_wait_s: float = LOCK_WAIT_S) -> sqlite3.Connection:
    """A connection that may write: WAL, `synchronous=FULL`, foreign keys. The schema is made or brought up to date.

    `lock_wait_s` bounds the wait for other processes while opening; `begin` and `transaction` have their own. Usable from
    any one thread at a time. Raises StorageError when the file cannot be used, or is from a newer avops.
    """
    from avops.telemetry.schema import bring_up_to_date

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the folder '{path.parent}' could not be made: {(error.strerror or str(error)).lower()}",
            hint="make the folder, or name another database in 'avops.yaml'",
        ) from error
    with translated(path):
        connection = sqlite3.connect(path, timeout=min(BUSY_TIMEOUT_S, lock_wait_s), isolation_level=None, check_same_thread=False)
        try:
            _configure(connection, path, lock_wait_s)
            bring_up_to_date(connection, path, lock_wait_s)
        except BaseException:
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. A missing or older database is made or brought up to date first.

    Raises StorageError when the file cannot be used, or is from a newer avops.
    """
    from avops.telemetry.schema import is_up_to_date

    with translated(path):
        if not path.exists():
            open_writer(path).close()
        connection = _connect_read_only(path)
        try:
            current = is_up_to_date(connection, path)
        except BaseException:
            connection.close()
            raise
        if not current:
            connection.close()
            open_writer(path).close()
            connection = _connect_read_only(path)
        return connection


def _connect_read_only(path: Path) -> sqlite3.Connection:
    """A database at rest can be read where not even its lock may be written: a folder of another account, a mounted copy."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = _connect_uri(uri)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        connection.close()
        if primary_code(error) not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN) or not _is_at_rest(path):
            raise
        return _connect_uri(f"{uri}&immutable=1")
    return connection


def _connect_uri(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)


def _is_at_rest(path: Path) -> bool:
    """Nobody has it open, and all commits are in the file itself: the last one to close it takes its `-wal` and `-shm` away."""
    return path.is_file() and not any(path.with_name(f"{path.name}{end}").exists() for end in ("-wal", "-shm"))


def _configure(connection: sqlite3.Connection, path: Path, lock_wait_s: float) -> None:
    """Switching to WAL needs the file alone for a moment and does not wait by itself, so it is tried again.

    It changes the file, so that a database of another program is refused before.
    """
    from avops.telemetry.schema import refuse_foreign

    give_up_at = time.monotonic() + lock_wait_s
    while True:
        try:
            refuse_foreign(connection, path)
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.005)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def begin(connection: sqlite3.Connection, lock_wait_s: float = LOCK_WAIT_S) -> None:
    """Starts a transaction that may write, waiting up to `lock_wait_s` for other processes."""
    give_up_at: float | None = None
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY:
                raise
            # SQLite has waited by itself once already, if only for its own timeout.
            if give_up_at is None:
                give_up_at = time.monotonic() + lock_wait_s
            elif time.monotonic() > give_up_at:
                raise


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path, *, lock_wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
    """One durable transaction that may write; all or nothing. Raises StorageError when it could not be committed."""
    with translated(path):
        begin(connection, lock_wait_s)
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            raise


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Several reads that see the same moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        roll_back(connection)


def roll_back(connection: sqlite3.Connection) -> None:
    """Ends the transaction without a trace, if SQLite has not already done so."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as StorageError."""
    try:
        yield
    except sqlite3.Error as error:
        raise storage_error(error, path) from error


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 when the error is not from SQLite itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def storage_error(error: sqlite3.Error, path: Path) -> StorageError:
    """What an error of SQLite means for a person."""
    name = path.name
    if path.is_dir():
        return StorageError(f"'{name}' is a folder, not a database", hint="name another file under 'database' in 'avops.yaml'")
    match primary_code(error):
        case sqlite3.SQLITE_FULL:
            return StorageError(f"the disk is full: '{name}' could not be written", hint="free some space, or run: avops runs prune")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageError(f"another program keeps '{name}' locked", hint="close programs that have the database open, then try again")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StorageError(
                f"'{name}' is damaged or not a database: {error}",
                hint=f"run: avops db check, or put back a copy from '{path.parent / 'backups'}'",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StorageError(f"'{name}' may not be written by this account", hint=f"check the owner and mode of '{path.parent}'")
        case sqlite3.SQLITE_CANTOPEN:
            return StorageError(f"'{name}' could not be opened", hint=f"check that '{path.parent}' exists and may be written")
        case sqlite3.SQLITE_IOERR:
            return StorageError(f"the disk gave an error for '{name}': {error}", hint="check the disk, then run: avops db check")
    return StorageError(f"'{name}' refused: {error}", hint="run: avops db check")
