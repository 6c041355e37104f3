"""The merge base of the working tree and another branch, and the project's files as they were there.

Git is started with hooks, file monitors and text conversions off, and never fetches. Every answer is bounded in time
and size.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from avops.project.git import ask_git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "@{upstream}", "main", "master")
"""What a change is compared with where nobody says: the main branch of the place it is sent to."""
MOST_FILES = 20_000
MOST_BYTES = 256 * 1024 * 1024


def is_repository(root: Path) -> bool:
    """Whether a folder lies in a git repository."""
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def merge_base(root: Path, base: str | None = None) -> str | None:
    """The commit where this branch left `base` (a branch or commit); None when there is none.

    Without `base` it is the pull request's target where CI names it, else the first of `BRANCHES` that exists.
    """
    target = os.environ.get("GITHUB_BASE_REF") or os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    candidates = [base] if base is not None else [f"origin/{target}"] if target else list(BRANCHES)
    for candidate in candidates:
        if not candidate.startswith("-") and (found := ask_git(root, "merge-base", "HEAD", candidate)) is not None:
            return found.decode("ascii", "replace").strip()
    return None


def knows(root: Path, name: str) -> bool:
    """Whether a branch, tag or commit of that name is here."""
    return not name.startswith("-") and ask_git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") is not None


def texts_at(root: Path, commit: str, paths: Sequence[str]) -> dict[str, bytes] | None:
    """The files at or below `paths` as they were, by path in the project; None when git does not say, or there are too many.

    Links are left out.
    """
    listed = ask_git(root, "ls-tree", "-r", "-z", "-l", commit, "--", *paths)
    if listed is None:
        return None
    names: list[str] = []
    objects: list[str] = []
    total = 0
    for entry in listed.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        words = head.split()
        if len(words) == 4 and words[0].startswith(b"100") and words[3].isdigit():
            total += int(words[3])
            names.append(name.decode("utf-8", "surrogateescape"))
            objects.append(words[2].decode("ascii"))
    if len(names) > MOST_FILES or total > MOST_BYTES:
        return None
    blobs = ask_git(root, "cat-file", "--batch", stdin="".join(f"{each}\n" for each in objects).encode()) if objects else b""
    if blobs is None:
        return None
    return {name: blob for name, blob in zip(names, _cut(blobs), strict=True) if blob is not None}


def _cut(data: bytes) -> Iterator[bytes | None]:
    """The contents in what `cat-file --batch` says: a line that ends in the size, the content, a line break."""
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        words = data[at:end].split()
        at = end + 1
        if len(words) == 3 and words[2].isdigit():
            size = int(words[2])
            yield data[at : at + size]
            at += size + 1
        else:
            yield None
