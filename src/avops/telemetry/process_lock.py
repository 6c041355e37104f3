"""A lock that a process holds for its life, so that others can tell whether it still lives.

Every process that runs things keeps an exclusive `flock` on a file of its own. The kernel frees it when the process
ends, however it ends; a lock that is free means that its process is gone. Names are never used twice.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
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
