"""Changes of several files that happen together: all of them, or none."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import AvopsError, StorageError, UsageError
from avops.project.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What becomes of one file; paths are relative to the project. Without `before` it is made, without `after` deleted."""

    path: str
    before: str | None
    after: str | None
    moved_to: str | None = None

    def diff(self) -> list[str]:
        """The change as the lines of a unified difference, headed by what becomes of the file."""
        from difflib import unified_diff

        old = "/dev/null" if self.before is None else f"a/{self.path}"
        new = "/dev/null" if self.after is None else f"b/{self.moved_to or self.path}"
        head = [f"rename from {self.path}", f"rename to {self.moved_to}"] if self.moved_to else []
        lines = (self.before or "").splitlines(), (self.after or "").splitlines()
        return head + list(unified_diff(*lines, old, new, lineterm="", n=1))


class ChangedMeanwhileError(AvopsError):
    """A file is not any more what it was when the change was made up."""


def apply_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Makes all the changes, or leaves every file as it was.

    New texts are written beside the files first, so that a full disk is noticed before anything has changed. Raises
    ChangedMeanwhileError, UsageError for a file that is in the way, StorageError; then nothing has been changed.
    """
    for change in changes:
        _require_inside(root, change)
        _require_as_before(root, change)
    beside: dict[str, str] = {}
    undo: list[Callable[[], object]] = []
    try:
        for change in changes:
            if change.after is not None and change.after != change.before:
                beside[change.path] = _write_beside((root / change.path).resolve(), change.after)
        # What is deleted goes last: it cannot always be written anew.
        for change in sorted(changes, key=lambda each: each.after is None):
            _make(root, change, beside.get(change.path), undo)
    except BaseException as error:
        for take_back in reversed(undo):
            with suppress(Exception):
                take_back()
        if isinstance(error, OSError):
            reason = (error.strerror or str(error)).lower()
            what = f"'{error.filename}'" if error.filename else "a file"
            raise StorageError(f"{what} cannot be written: {reason}; no file was changed") from error
        raise
    finally:
        for part in beside.values():
            with suppress(OSError):
                os.unlink(part)


def _require_inside(root: Path, change: FileChange) -> None:
    """UsageError for a file whose folder is a link that leaves the project: nothing in there is read, and nothing is written there."""
    for path in filter(None, (change.path, change.moved_to)):
        if not (root / path).parent.resolve().is_relative_to(root.resolve()):
            raise UsageError(f"'{path}' lies outside the project, through a link", hint="remove the link")


def _require_as_before(root: Path, change: FileChange) -> None:
    file = root / change.path
    if change.before is None:
        if os.path.lexists(file):
            raise UsageError(f"the file '{change.path}' is there already", hint="choose another name, or delete the file")
        return
    try:
        same = file.read_bytes() == change.before.encode("utf-8", "surrogateescape")
    except OSError:
        same = False
    if not same:
        raise ChangedMeanwhileError(f"'{change.path}' was changed by somebody else meanwhile")
    target = root / (change.moved_to or change.path)
    if os.path.lexists(target) and not target.samefile(file):
        raise UsageError(f"the file '{change.moved_to}' is there already", hint="choose another name")


def _write_beside(file: Path, text: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if file.exists():
            os.chmod(part, file.stat().st_mode & 0o777)
        else:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(part, 0o666 & ~mask)
    except BaseException:
        os.unlink(part)
        raise
    return part


def _make(root: Path, change: FileChange, part: str | None, undo: list[Callable[[], object]]) -> None:
    """Makes one change, after noting how it is taken back."""
    file = root / change.path
    before = change.before
    if change.after is None:
        assert before is not None
        undo.append(lambda: write_text(file, before))
        file.unlink()
        return
    if part is not None:
        real = file.resolve()
        undo.append((lambda: file.unlink(missing_ok=True)) if before is None else (lambda: write_text(real, before)))
        os.replace(part, real)
    if change.moved_to is not None:
        target = root / change.moved_to
        undo.append(lambda: target.rename(file) if not os.path.lexists(file) else None)
        file.rename(target)
