"""Files put into a project together: all of them, or none.

Every file is written beside its place first, which is what a full disk or a folder without permission stops. Then there
are only renames, and each can be taken back by another rename, which needs no room on the disk.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A file to be: its path in the project and its content.

    `before` is what the file holds now, None when there must be none. `backup` is the path under which that is kept.
    """

    path: str
    content: bytes
    before: bytes | None = None
    backup: str | None = None


def place(root: Path, writes: Sequence[Write]) -> None:
    """Puts all files in place. Raises StorageError when one cannot be, with everything as it was before."""
    undo: list[Callable[[], object]] = []
    staged: list[Path] = []
    path = ""
    try:
        try:
            ready = []
            for write in writes:
                path = write.path
                _require_inside(root, path)
                _make_folders(root, Path(path).parent, undo)
                beside = _stage(root / path, write.content)
                staged.append(beside)
                ready.append((write, beside))
            for write, beside in ready:
                path = write.path
                _put(root, write, beside, undo)
        except OSError as error:
            raise StorageError(
                f"'{path}' cannot be written: {(error.strerror or str(error)).lower()}; nothing was imported",
                hint="mend that, and import again",
            ) from error
    except BaseException:
        for each in staged:
            each.unlink(missing_ok=True)
        for step in reversed(undo):
            step()
        raise


def _require_inside(root: Path, path: str) -> None:
    """Raises StorageError when a link on the way to the file leads out of the project, or the file itself is a link."""
    target = root / path
    if target.is_symlink():
        raise StorageError(f"'{path}' is a link; nothing was imported", hint="replace the link by a file, or import it under another name")
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise StorageError(f"'{path}' lies outside the project, through a link; nothing was imported", hint="remove the link")


def _make_folders(root: Path, folder: Path, undo: list[Callable[[], object]]) -> None:
    for parent in [*reversed(folder.parents), folder]:
        made = root / parent
        if not made.exists():
            made.mkdir()
            undo.append(made.rmdir)


def _stage(target: Path, content: bytes) -> Path:
    """The content in a hidden file beside the target, on the disk for good."""
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=".import.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, mode)
    except BaseException:
        os.unlink(beside)
        raise
    return Path(beside)


def _put(root: Path, write: Write, beside: Path, undo: list[Callable[[], object]]) -> None:
    target = root / write.path
    if write.before is None:
        if os.path.lexists(target):
            raise FileExistsError(0, "there is a file of this name now")
        os.rename(beside, target)
        undo.append(target.unlink)
        return
    assert write.backup is not None
    backup = root / write.backup
    if os.path.lexists(backup):
        raise FileExistsError(0, f"'{write.backup}' is there already")
    if target.read_bytes() != write.before:
        raise OSError(0, "it was changed by somebody else meanwhile")
    _keep(target, backup)
    undo.append(lambda: os.replace(backup, target))
    os.replace(beside, target)


def _keep(target: Path, backup: Path) -> None:
    """The old file under its second name; where the file system has no second names, it is moved there."""
    try:
        os.link(target, backup)
    except OSError:
        os.rename(target, backup)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
