"""A lock that a process holds for its life, so that others can tell whether it still lives.

Every process that runs things keeps an exclusive `flock` on a file of its own. The kernel frees it when the process
ends, however it ends; a lock that is free means that its process is gone. Names are never used twice.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from avops.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[0-9]+-[0-9a-f]{12}")


class ProcessLock:
    """The lock of this process; `name` is what its runs carry."""

    def __init__(self, name: str, path: Path, descriptor: int) -> None:
        self.name = name
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, folder: Path) -> Self:
        """A new lock in the folder, held until `release` or the end of the process.

        Child programs do not inherit it; a bare `os.fork` would share it.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            while True:
                name = f"{os.getpid()}-{secrets.token_hex(6)}"
                path = folder / name
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # Between making and locking it, another process may have taken the file for a stale one.
                if _is_same_file(descriptor, path):
                    return cls(name, path, descriptor)
                os.close(descriptor)
        except OSError as error:
            raise StorageError(
                f"the process lock in '{folder}' could not be taken: {(error.strerror or str(error)).lower()}",
                hint=f"check that '{folder}' may be written, and lies on a local disk",
            ) from error

    def release(self) -> None:
        """Gives the lock up and removes its file; safe to call twice."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        self._path.unlink(missing_ok=True)
        os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_alive(folder: Path, name: str) -> bool:
    """True while the process that took the lock lives. A file that is missing, or not locked, means it is gone."""
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        # A lock that cannot be looked at proves nothing, and a live run is never touched.
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def process_of(folder: Path, name: str) -> int | None:
    """The number of the process that holds the lock, where this machine's kernel says so; None where that is not certain.

    A number in a file's name proves nothing: it may be of another container, or in use again. `/proc/locks` is Linux only.
    """
    number = int(name.partition("-")[0])
    try:
        inode = str((folder / name).stat().st_ino)
        with open("/proc/locks", encoding="ascii") as lines:
            held = [line.split() for line in lines]
    except (OSError, UnicodeError):
        return None
    # 1: FLOCK ADVISORY WRITE 4711 08:01:131 0 EOF. The device is left out: file systems in layers tell two of them.
    found = any(
        row[1:2] == ["FLOCK"] and row[3:5] == ["WRITE", str(number)] and row[5].rpartition(":")[2] == inode for row in held if len(row) > 5
    )
    return number if found else None


def ask_to_stop(folder: Path, name: str) -> int | None:
    """Sends SIGTERM to the process that holds the lock, and returns its number; None when it is not certain which that is.

    Raises PermissionError for a process of another account.
    """
    return _tell(folder, name, signal.SIGTERM)


def can_be_asked(folder: Path, name: str) -> bool:
    """True when `ask_to_stop` would reach the process; PermissionError for one of another account. Nothing is sent."""
    return _tell(folder, name, 0) is not None


def _tell(folder: Path, name: str, number_of_signal: int) -> int | None:
    number = process_of(folder, name)
    if number is None or not hasattr(os, "pidfd_open"):
        return None
    try:
        handle = os.pidfd_open(number)
    except ProcessLookupError:
        return None
    try:
        # Asked again now that the handle is fixed: a number that was given to another process meanwhile does not hold the lock.
        if process_of(folder, name) is None:
            return None
        signal.pidfd_send_signal(handle, number_of_signal)
    except ProcessLookupError:
        return None
    finally:
        os.close(handle)
    return number


def remove_stale(folder: Path) -> list[str]:
    """Removes the files of processes that are gone; returns their names, sorted.

    Safe while others acquire, look and remove: a file is removed only while its lock is held here. Files of other
    names are left alone.
    """
    removed = []
    with suppress(FileNotFoundError):
        for path in sorted(folder.iterdir()):
            if _NAME.fullmatch(path.name) and _remove_if_free(path):
                removed.append(path.name)
    return removed


def _remove_if_free(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_same_file(descriptor, path):
            return False
        path.unlink(missing_ok=True)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(descriptor)
    return (found.st_ino, found.st_dev) == (held.st_ino, held.st_dev)
