"""A process lock is alive exactly as long as its process, and stale files go without harm."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from avops.errors import StorageError
from avops.telemetry.process_lock import ProcessLock, is_alive, remove_stale

if TYPE_CHECKING:
    from pathlib import Path

STALE = "123-0123456789ab"


def test_a_held_lock_is_alive_and_a_released_one_is_not(tmp_path: Path) -> None:
    lock = ProcessLock.acquire(tmp_path / "locks")
    assert is_alive(tmp_path / "locks", lock.name)

    lock.release()
    lock.release()
    assert not is_alive(tmp_path / "locks", lock.name)
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_name_without_a_file_is_gone(tmp_path: Path) -> None:
    assert not is_alive(tmp_path / "locks", STALE)
    assert remove_stale(tmp_path / "locks") == []


def test_each_lock_has_a_name_of_its_own(tmp_path: Path) -> None:
    with ProcessLock.acquire(tmp_path) as one, ProcessLock.acquire(tmp_path) as two:
        assert one.name != two.name


def test_a_process_that_is_killed_frees_its_lock(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from avops.telemetry.process_lock import ProcessLock; "
        "lock = ProcessLock.acquire(Path(sys.argv[1])); print(lock.name, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        name = victim.stdout.readline().decode().strip()
        assert is_alive(tmp_path, name)
        assert remove_stale(tmp_path) == []
        victim.kill()
        victim.wait()
    assert (tmp_path / name).exists()
    assert not is_alive(tmp_path, name)
    assert remove_stale(tmp_path) == [name]


def test_child_programs_do_not_keep_the_lock(tmp_path: Path) -> None:
    lock = ProcessLock.acquire(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        lock.release()
        assert not is_alive(tmp_path, lock.name)
        child.communicate(b"\n")


def test_only_free_locks_of_processes_are_removed(tmp_path: Path) -> None:
    (tmp_path / STALE).touch()
    (tmp_path / "tick").touch()
    with ProcessLock.acquire(tmp_path) as lock:
        assert remove_stale(tmp_path) == [STALE]
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["tick", lock.name])


def test_looking_at_a_free_lock_does_not_make_it_look_held(tmp_path: Path) -> None:
    (tmp_path / STALE).touch()
    other = os.open(tmp_path / STALE, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not is_alive(tmp_path, STALE)
        assert remove_stale(tmp_path) == []
    finally:
        os.close(other)


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("")
    with pytest.raises(StorageError, match="could not be taken"):
        ProcessLock.acquire(tmp_path / "locks")
