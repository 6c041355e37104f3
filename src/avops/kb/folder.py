"""The articles of a project: the Markdown files below `kb/`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import AvopsError, DocumentError, NotFoundError, StorageError
from avops.kb.article import Article, parse_article
from avops.project.folder import read_bytes
from avops.project.names import folded, slug
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "kb"
MAX_FILES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An article whose front matter is not right."""

    path: str
    error: DocumentError


def article_files(root: Path) -> list[str]:
    """The paths of all articles, relative to the project, sorted. Hidden files, links, and what is below linked folders are left out."""
    found: list[str] = []
    for folder, folders, files in os.walk(root / FOLDER):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not os.path.islink(os.path.join(folder, name)))
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(".md") and not name.startswith(".") and not os.path.islink(path):
                found.append(os.path.relpath(path, root).replace(os.sep, "/"))
        if len(found) > MAX_FILES:
            raise AvopsError(f"'{FOLDER}' holds more than {MAX_FILES:,} articles", hint="keep them in several projects")
    return sorted(found)


def read_article(root: Path, path: str) -> Article:
    """One article by its path. DocumentError for a front matter that is not right, StorageError."""
    return parse_article(read_bytes(root / path, path), path)


def articles(root: Path) -> tuple[list[Article], list[Broken]]:
    """All articles, and those that cannot be read."""
    found: list[Article] = []
    broken: list[Broken] = []
    for path in article_files(root):
        try:
            found.append(read_article(root, path))
        except DocumentError as error:
            broken.append(Broken(path=path, error=error))
    return found, broken


def find_article(root: Path, name: str) -> Article:
    """An article by its file name, path or title, without regard to case; NotFoundError with the near ones."""
    paths = article_files(root)
    wanted = name.replace(os.sep, "/").removeprefix("./")
    by_file = [path for path in paths if wanted in (path, path.removeprefix(f"{FOLDER}/"), _stem(path)) or _stem(path) == slug(name)]
    if len(by_file) == 1:
        return read_article(root, by_file[0])
    found, _ = articles(root)
    same = [each for each in found if folded(each.title) == folded(name)] or [each for each in found if each.path in by_file]
    if len(same) == 1:
        return same[0]
    if same:
        raise NotFoundError(
            f"'{name}' is the name of several articles", hint=f"write one of the files: {', '.join(each.path for each in same)}"
        )
    known = [*(_stem(path) for path in paths), *(each.title for each in found)]
    raise NotFoundError(f"no article is called '{name}'", hint=did_you_mean(name, known) or "avops kb list")


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def write_new(root: Path, path: str, text: str) -> None:
    """Writes a file that may not be there yet; StorageError when it is, or when it would lie outside the project."""
    from avops.project.writing import write_text

    target = root / path
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise StorageError(f"'{path}' lies outside the project")
    if target.is_symlink() or target.exists():
        raise StorageError(f"'{path}' is there already")
    write_text(target, text)
