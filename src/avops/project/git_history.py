"""The versions of a file in the project's git history, where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from avops.project.git import ask_git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST = 50
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersion:
    """A commit that changed the file, and the file as it was then."""

    commit: str
    short: str
    committed_at: datetime
    author: str
    subject: str
    path: str
    """Relative to the project."""
    text: str


def versions(root: Path, file: str, *, most: int = MOST) -> list[FileVersion] | None:
    """The newest versions of a file (relative to the project), newest first; None where git or its history is missing.

    Follows renames. Bounded in number, size and time; nothing is fetched, and nothing of the repository is run.
    """
    log = ask_git(
        root,
        "log",
        f"--max-count={most}",
        "--follow",
        "--diff-filter=d",
        "--name-only",
        "-z",
        "--format=%x01%H%x02%h%x02%at%x02%an%x02%s",
        "--",
        file,
    )
    prefix = ask_git(root, "rev-parse", "--show-prefix")
    if log is None or prefix is None:
        return None
    inside = prefix.decode("utf-8", "replace").strip()
    heads = []
    for entry in log.decode("utf-8", "replace").split("\x01")[1:]:
        head, *names = [part.strip("\n") for part in entry.split("\0")]
        path = next((name for name in names if name), inside + file)
        heads.append((*head.split("\x02", 4), path))
    texts = _blobs(root, [f"{head[0]}:{head[-1]}" for head in heads])
    return [
        FileVersion(
            commit=commit,
            short=short,
            committed_at=datetime.fromtimestamp(int(at), UTC),
            author=author,
            subject=subject,
            path=path.removeprefix(inside),
            text=text,
        )
        for (commit, short, at, author, subject, path), text in zip(heads, texts, strict=True)
        if text is not None
    ]


def _blobs(root: Path, names: Sequence[str]) -> list[str | None]:
    """The texts of objects, read by one process; None for one that is missing, too large or no text."""
    data = ask_git(root, "cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode()) if names else b""
    found = list(_cut(data or b""))
    return [*found, *[None] * (len(names) - len(found))]


def _cut(data: bytes) -> Iterator[str | None]:
    while data:
        head, _, data = data.partition(b"\n")
        words = head.split()
        if len(words) != 3 or not words[2].isdigit():
            yield None
            continue
        size = int(words[2])
        blob, data = data[:size], data[size + 1 :]
        try:
            yield blob.decode("utf-8") if words[1] == b"blob" and size <= _LARGEST else None
        except UnicodeDecodeError:
            yield None
