"""What the project's files said at the merge base, asked of git; nothing where there is no git or no other branch.

Git is started with hooks, file monitors and text conversions off, and never asked to fetch.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_TIMEOUT_S = 10.0


def earlier_texts(root: Path, base: str | None = None) -> Mapping[str, bytes]:
    """The recipes that have changed since the merge base, by path in the project, as they were.

    `base` is a branch or commit; by default the pull request's target where CI names it, else the main branch.
    """
    if base is None and not _is_repository(root):
        return {}
    commit = _merge_base(root, base)
    if commit is None:
        if base is not None:
            raise UsageError(f"'{base}' has no commit in common with this branch", hint="fetch it first; CI often fetches one commit only")
        return {}
    listed = _git(
        root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", "--diff-filter=MT", commit, "--", "recipes"
    )
    names = [name.decode("utf-8", "replace") for name in (listed or b"").split(b"\0") if name]
    texts = {name: _git(root, "cat-file", "blob", f"{commit}:./{name}") for name in names}
    return {name: text for name, text in texts.items() if text is not None}


def _merge_base(root: Path, base: str | None) -> str | None:
    target = os.environ.get("GITHUB_BASE_REF") or os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    candidates = [base] if base is not None else [f"origin/{target}"] if target else list(_BRANCHES)
    for candidate in candidates:
        if not candidate.startswith("-") and (found := _git(root, "merge-base", "HEAD", candidate)) is not None:
            return found.decode("ascii", "replace").strip()
    return None


def _is_repository(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def _git(root: Path, *arguments: str) -> bytes | None:
    """What git says; None when it refuses, or is not there."""
    import subprocess

    settings = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    try:
        done = subprocess.run(  # noqa: S603 - the program and all its options are written here
            ["git", "--no-optional-locks", *settings, *arguments],  # noqa: S607 - git is found on the path, as the person has it
            cwd=root,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
