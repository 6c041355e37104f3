"""The workflow files of a project, with what `stat` says of them: quick enough to be asked every minute.

The same files as `project.folder` lists; a test holds the two equal.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Stamp = tuple[int, int, int]
"""Size, mtime_ns, ctime_ns."""

_ENDINGS = (".yaml", ".yml")
_NOT_WORKFLOWS = (".test.yaml", ".test.yml")


def scan_workflows(root: Path) -> Mapping[str, Stamp]:
    """The stamp of each workflow file, by its path relative to the project; a folder that cannot be listed has none."""
    real_root = os.path.realpath(root)
    folder = os.path.join(root, "workflows")
    found: dict[str, Stamp] = {}
    if _is_inside(folder, real_root):
        _scan(folder, "workflows/", real_root, found)
    return found


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of one file; None when there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns


def _scan(folder: str, prefix: str, real_root: str, found: dict[str, Stamp]) -> None:
    try:
        listing = os.scandir(folder)
    except OSError:
        return
    with listing:
        for entry in listing:
            name = entry.name
            if name.startswith("."):
                continue
            lowered = name.lower()
            if lowered.endswith(_ENDINGS) and not lowered.endswith(_NOT_WORKFLOWS) and not entry.is_dir(follow_symlinks=False):
                if entry.is_symlink() and not (_is_inside(entry.path, real_root) and entry.is_file()):
                    continue
                try:
                    state = entry.stat()
                except OSError:
                    continue
                found[prefix + name] = (state.st_size, state.st_mtime_ns, state.st_ctime_ns)
            elif entry.is_dir(follow_symlinks=False):
                _scan(entry.path, f"{prefix}{name}/", real_root, found)


def _is_inside(path: str, real_root: str) -> bool:
    real = os.path.realpath(path)
    return os.path.exists(real) and os.path.commonpath([real, real_root]) == real_root
