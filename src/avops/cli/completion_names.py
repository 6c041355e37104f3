"""Names of the project at hand, for the shell: read quickly, in bounded time, without judging a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_READ = 500
"""So many files are looked into for their names; of more, the files' own names serve."""
MOST_OFFERED = 200
NEWEST = 20
_START = 2048
_NAME = re.compile(rb"^name:[ \t]+(?:\"([^\"\\\n]+)\"|'([^'\n]+)'|([^\s\"'#&*!|>%@`{\[][^\n#]*?))[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_DATABASE = re.compile(r"^database:[ \t]+[\"']?([^\"'#\n]+?)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
_ROOMS = re.compile(r"^rooms:[ \t]+[\"']?([^\"'#\n]+?)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE)
_PLAIN = re.compile(r"[\w./-]+")
_SPACED = re.compile(r"[\w./][\w ./,+-]*")


def documents(kind: str, incomplete: str, *, quotes: bool) -> Iterator[tuple[str, str]]:
    """Names of one kind that begin so, each as the shell can take it: without `quotes`, a name with spaces by its file's name."""
    from avops.project.names import slug

    root = _root()
    files = sorted(_files(root / f"{kind}s")) if root is not None else []
    typed = incomplete.casefold()
    offered = 0
    for file in files:
        stem = slug(Path(file).stem)
        name = (_name(file) if len(files) <= MOST_READ else None) or stem
        if not (name.casefold().startswith(typed) or stem.startswith(typed)):
            continue
        is_plain = _PLAIN.fullmatch(name) is not None
        by_name = is_plain or (
            quotes and _SPACED.fullmatch(name) is not None and (name.startswith(incomplete) or not stem.startswith(incomplete))
        )
        yield (name, "") if by_name else (stem, name)
        offered += 1
        if offered == MOST_OFFERED:
            return


def runs(incomplete: str) -> Iterator[tuple[str, str]]:
    """The newest runs whose number begins so, each with what it was."""
    query = "SELECT id, status, recipe, room FROM runs WHERE CAST(id AS TEXT) LIKE ? ORDER BY id DESC LIMIT ?"
    for number, status, recipe, room in _rows(query, incomplete):
        yield str(number), f"{recipe}{f' in {room}' if room else ''}, {status}"


def decisions(incomplete: str) -> Iterator[tuple[str, str]]:
    """The newest questions that wait for a person and whose number begins so, each with what is asked."""
    query = "SELECT id, prompt FROM decisions WHERE status = 'open' AND CAST(id AS TEXT) LIKE ? ORDER BY id DESC LIMIT ?"
    for number, prompt in _rows(query, incomplete):
        yield str(number), str(prompt)


def _rows(query: str, incomplete: str) -> list[tuple[object, ...]]:
    import sqlite3
    from contextlib import closing

    root = _root()
    if root is None or (incomplete and not incomplete.isdecimal()):
        return []
    database = root / (_setting(root, _DATABASE) or ".avops/avops.db")
    if not database.is_file():
        return []
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=0.1)) as connection:
        return connection.execute(query, (f"{incomplete}%", NEWEST)).fetchall()


def rooms(incomplete: str) -> Iterator[tuple[str, str]]:
    """The keys of the room list that begin so."""
    import csv

    root = _root()
    if root is None:
        return
    with (root / (_setting(root, _ROOMS) or "rooms.csv")).open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            key = row.get("room") or ""
            if key and key.casefold().startswith(incomplete.casefold()):
                yield key, row.get("name") or ""
            if number >= MOST_OFFERED * 10:
                return


def topics(incomplete: str) -> Iterator[tuple[str, str]]:
    """The pages of `avops help` that begin so."""
    from avops.cli.help_pages import pages

    for page in pages().values():
        if page.topic.startswith(incomplete.lower()):
            yield page.topic, page.title


def _root() -> Path | None:
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "avops.yaml").is_file()), None)


def _setting(root: Path, key: re.Pattern[str]) -> str | None:
    found = key.search((root / "avops.yaml").read_text(encoding="utf-8", errors="replace"))
    return found[1].strip() if found else None


def _files(folder: Path, depth: int = 3) -> Iterator[str]:
    """The files of documents, as `project` sees them."""
    try:
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if not entry.name.startswith(".")]
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _files(Path(entry.path), depth - 1)
        elif entry.name.lower().endswith((".yaml", ".yml")) and not entry.name.lower().endswith((".test.yaml", ".test.yml")):
            yield entry.path


def _name(file: str) -> str | None:
    """The name that a file writes on a line of its own near its top."""
    try:
        with open(file, "rb", buffering=0) as stream:
            found = _NAME.search(stream.read(_START))
    except OSError:
        return None
    if found is None:
        return None
    name = (found[1] or found[2] or found[3]).decode("utf-8", "replace").strip()
    return name if name.isprintable() else None
