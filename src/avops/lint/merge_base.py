"""What the project's recipes said at the merge base; nothing where there is no git or no other branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import UsageError
from avops.project.git import ask_git
from avops.project.merge_base import is_repository, merge_base

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def earlier_texts(root: Path, base: str | None = None) -> Mapping[str, bytes]:
    """The recipes that have changed since the merge base, by path in the project, as they were.

    `base` is a branch or commit; by default the pull request's target where CI names it, else the main branch.
    """
    if base is None and not is_repository(root):
        return {}
    commit = merge_base(root, base)
    if commit is None:
        if base is not None:
            raise UsageError(f"'{base}' has no commit in common with this branch", hint="fetch it first; CI often fetches one commit only")
        return {}
    listed = ask_git(
        root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", "--diff-filter=MT", commit, "--", "recipes"
    )
    names = [name.decode("utf-8", "replace") for name in (listed or b"").split(b"\0") if name]
    texts = {name: ask_git(root, "cat-file", "blob", f"{commit}:./{name}") for name in names}
    return {name: text for name, text in texts.items() if text is not None}
