"""Full-text search over the articles: an FTS5 table in `.avops/kb.db`, which can be deleted at any time.

The index is brought up to date before each search: files whose stamp differs are read again, and so are files that
changed so shortly before they were indexed that their stamp may not tell.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import DocumentError, StorageError
from avops.kb.article import parse_article
from avops.kb.folder import article_files
from avops.kb.ranking import words
from avops.project.folder import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE = ".avops/kb.db"
VERSION = 1
BUSY_S = 10.0
FRESH_NS = 2_000_000_000
MAX_TERMS = 32
OPENS, CLOSES = "\x02", "\x03"
_PHRASE = re.compile(r'"([^"]*)"|(\S+)')
_SCHEMA = f"""
CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL, indexed_ns INTEGER NOT NULL, problem TEXT);
CREATE VIRTUAL TABLE articles USING fts5(path UNINDEXED, status UNINDEXED, title, tags, body,
  tokenize = 'porter unicode61 remove_diacritics 2');
PRAGMA user_version = {VERSION};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that fits. `score` is higher for a better fit; in `snippet` what fits stands between `OPENS` and `CLOSES`."""

    path: str
    title: str
    status: str
    score: float
    snippet: str

    @property
    def plain_snippet(self) -> str:
        """The snippet without marks."""
        return self.snippet.replace(OPENS, "").replace(CLOSES, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search gave, and the articles that could not be searched: path and what is wrong."""

    hits: tuple[Hit, ...]
    problems: tuple[tuple[str, str], ...]


def search(root: Path, query: str, *, limit: int = 10, any_word: bool = False) -> Found:
    """The articles that fit, best first: those with all the words, or, when there are none or `any_word`, with any of them.

    Any text is a query: `"two words"` in quotes stand together, `hdm*` is a beginning, everything else is words.
    """
    with _open(root) as connection:
        problems = tuple(connection.execute("SELECT path, problem FROM files WHERE problem IS NOT NULL ORDER BY path"))
        terms = _terms(query)
        rows: list[tuple[str, str, str, float, str]] = []
        for joiner in (" OR ",) if any_word else (" AND ", " OR "):
            if terms and not rows:
                rows = _match(connection, joiner.join(terms), limit)
    return Found(hits=tuple(Hit(path=p, title=t, status=s, score=round(-r, 6), snippet=x) for p, t, s, r, x in rows), problems=problems)


def _match(connection: sqlite3.Connection, expression: str, limit: int) -> list[tuple[str, str, str, float, str]]:
    question = (
        "SELECT path, title, status, bm25(articles, 0, 0, 8.0, 4.0, 1.0) AS rank, snippet(articles, 4, ?, ?, '…', 24) "
        "FROM articles WHERE articles MATCH ? ORDER BY rank, path LIMIT ?"
    )
    return connection.execute(question, (OPENS, CLOSES, expression, limit)).fetchall()


def _terms(query: str) -> list[str]:
    """The query's words as FTS5 strings: nothing of what a person types is syntax but quotes and a `*` at the end."""
    terms: list[str] = []
    for found in _PHRASE.finditer(query[:2000]):
        if found[1] is not None:
            if parts := words(found[1]):
                terms.append('"' + " ".join(parts) + '"')
            continue
        parts = words(found[2])
        last = len(parts) - 1
        starred = found[2].rstrip("\"'”)").endswith("*")
        terms += [f'"{part}"' + ("*" if starred and index == last else "") for index, part in enumerate(parts)]
    return list(dict.fromkeys(terms))[:MAX_TERMS]


@contextlib.contextmanager
def _open(root: Path) -> Iterator[sqlite3.Connection]:
    """The index, brought up to date. One that is broken, or of another version, is made anew."""
    path = root / DATABASE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = _updated(root, path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _is_broken(error):
                raise
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
                path.with_name(name).unlink(missing_ok=True)
            connection = _updated(root, path)
        with contextlib.closing(connection):
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"the search index '{DATABASE}' cannot be used: {error}", hint=f"rm {DATABASE}") from error


def _is_broken(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _updated(root: Path, path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # it can be made again at any time
        known = _known(connection)
        stamps = {relative: stamp for relative in article_files(root) if (stamp := _stamp(root / relative)) is not None}
        if known is None or _stale(known, stamps):
            connection.execute("BEGIN IMMEDIATE")
            known = _known(connection)
            if known is None:
                _make(connection)
                known = {}
            _update(connection, root, known, stamps)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


_Known = dict[str, tuple[str, str, int]]


def _known(connection: sqlite3.Connection) -> _Known | None:
    if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
        return None
    return {row[0]: (row[1], row[2], row[3]) for row in connection.execute("SELECT path, stamp, sha256, indexed_ns FROM files")}


def _make(connection: sqlite3.Connection) -> None:
    for name in ("files", "articles"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _SCHEMA.strip().split(";\n"):
        connection.execute(statement)


def _stamp(path: Path) -> str | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def _is_fresh(stamp: str, indexed_ns: int) -> bool:
    """Whether the file may have changed again within one tick of the file system's clock."""
    return indexed_ns - int(stamp.split()[2]) < FRESH_NS


def _stale(known: _Known, stamps: dict[str, str]) -> bool:
    return known.keys() != stamps.keys() or any(
        known[path][0] != stamp or _is_fresh(stamp, known[path][2]) for path, stamp in stamps.items()
    )


def _update(connection: sqlite3.Connection, root: Path, known: _Known, stamps: dict[str, str]) -> None:
    for path in known.keys() - stamps.keys():
        connection.execute("DELETE FROM files WHERE path = ?", (path,))
        connection.execute("DELETE FROM articles WHERE path = ?", (path,))
    for path, stamp in stamps.items():
        old = known.get(path)
        if old is not None and old[0] == stamp and not _is_fresh(stamp, old[2]):
            continue
        now = time.time_ns()
        try:
            data = read_bytes(root / path, path)
        except StorageError:
            continue
        digest = hashlib.sha256(data).hexdigest()
        if old is not None and old[1] == digest:
            connection.execute("UPDATE files SET stamp = ?, indexed_ns = ? WHERE path = ?", (stamp, now, path))
            continue
        _index(connection, path, data, (stamp, digest, now))


def _index(connection: sqlite3.Connection, path: str, data: bytes, facts: tuple[str, str, int]) -> None:
    problem = None
    connection.execute("DELETE FROM articles WHERE path = ?", (path,))
    try:
        article = parse_article(data, path)
    except DocumentError as error:
        problem = str(error)
    else:
        front = article.front
        row = (path, front.status, front.title, " ".join(front.tags), article.body)
        connection.execute("INSERT INTO articles (path, status, title, tags, body) VALUES (?, ?, ?, ?, ?)", row)
    connection.execute(
        "INSERT OR REPLACE INTO files (path, stamp, sha256, indexed_ns, problem) VALUES (?, ?, ?, ?, ?)", (path, *facts, problem)
    )
