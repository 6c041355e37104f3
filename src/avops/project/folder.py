"""The documents of one kind in a project's folder: listed, named, loaded, found."""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from avops.errors import AvopsError, DocumentError, NotFoundError, StorageError
from avops.project.documents import Kind, Loaded, load_document
from avops.project.names import folded, slug
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

M = TypeVar("M")

# A name written plainly on its own line needs no reader; any other is read with the whole file.
# Its words and the spaces between them match in one way only, so that a long run of spaces is looked through once.
_PLAIN_NAME = re.compile(rb"^name:[ \t]+([A-Za-z][A-Za-z0-9_.()/-]*+(?: ++[A-Za-z0-9_.()/-]++)*+)[ \t]*+\r?\n(?=\S)", re.MULTILINE)
TEST_ENDINGS = (".test.yaml", ".test.yml")
_WORDS = frozenset({"true", "false", "null"})
_NAME_WITHIN = 4096
LARGEST = 1024 * 1024 + 1
"""What is read of a file at most: one byte more than a document may have."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's file: `relative` to the project, with `/` between folders."""

    path: str
    relative: str

    @property
    def file(self) -> Path:
        """The file."""
        return Path(self.path)

    @property
    def slug(self) -> str:
        """The name that the file gives the document."""
        return slug(self.stem)

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.relative.rpartition("/")[2].rpartition(".")[0]

    def read(self) -> bytes:
        """The bytes of the file, at most one more than a document may have. Raises `StorageError`."""
        return read_bytes(self.file, self.relative)


def ordinary(path: str, flags: int) -> int:
    """An `opener` for `open` that takes ordinary files alone: opening a pipe would wait for whoever writes into it, for ever."""
    opened = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(opened).st_mode
    if stat.S_ISREG(mode):
        return opened
    os.close(opened)
    raise OSError(errno.EISDIR, "is a directory", path) if stat.S_ISDIR(mode) else OSError(errno.EINVAL, "it is no ordinary file", path)


def read_bytes(file: Path, shown: str) -> bytes:
    """The first bytes of a file: enough to be read, or to be refused as too large. Raises `StorageError`."""
    try:
        with open(file, "rb", opener=ordinary) as stream:
            return stream.read(LARGEST)
    except OSError as error:
        raise StorageError(f"'{shown}' cannot be read: {(error.strerror or str(error)).lower()}") from None


class Documents(Generic[M]):
    """The documents of one kind, as they were when first asked for."""

    def __init__(self, root: Path, kind: Kind) -> None:
        self.root = root
        self.kind: Kind = kind
        self.folder = root / ("recipes" if kind == "test" else f"{kind}s")

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The files, sorted: `*.yaml` and `*.yml`, also in folders below.

        Left out are hidden files, links to folders, and links that leave the project. `*.test.yaml` are documents of the
        kind "test", and of no other.
        """
        if not _is_inside(self.folder, self.root):
            return ()
        skipped = len(os.fspath(self.root).rstrip(os.sep)) + 1
        found = [Entry(path, path[skipped:].replace(os.sep, "/")) for path in _files(self.folder, self.root, tests=self.kind == "test")]
        return tuple(sorted(found, key=lambda entry: entry.relative))

    @cached_property
    def names(self) -> tuple[tuple[str, Entry], ...]:
        """The name and file of each document in the order of the files; a file without a name goes by its file name."""
        return tuple((self.name_of(entry) or entry.stem, entry) for entry in self.entries)

    def name_of(self, entry: Entry) -> str | None:
        """The `name` that a file writes, without judging the rest; None when it has none or cannot be read."""
        from avops.project.yaml_text import read_yaml

        try:
            with open(entry.path, "rb", buffering=0, opener=ordinary) as stream:
                start = stream.read(_NAME_WITHIN)
            found = _PLAIN_NAME.search(start)
            if found is not None and (name := found.group(1).decode("ascii")).lower() not in _WORDS:
                return name
            data = read_yaml(entry.read() if len(start) == _NAME_WITHIN else start)
        except (OSError, StorageError, DocumentError):
            return None
        own = data.get("name") if isinstance(data, dict) else None
        return own if isinstance(own, str) else None

    def load(self, entry: Entry) -> Loaded[M]:
        """What became of one document. Raises `StorageError` when its file cannot be read."""
        return cast("Loaded[M]", load_document(self.kind, entry.read(), entry.relative))

    def __iter__(self) -> Iterator[Loaded[M]]:
        return (self.load(entry) for entry in self.entries)

    def find(self, name: str) -> Loaded[M]:
        """The document with this name, file name or path; without regard to case. It may be a broken one.

        A name in a file wins over a file's name. Other documents are not judged, so a broken one is in nobody's way.
        Raises `NotFoundError` with the nearest name, `AvopsError` when two documents have the name.
        """
        return self.load(self.entry(name))

    def entry(self, name: str) -> Entry:
        """The file of the document that `find` finds."""
        for entry in self.entries:
            if name == entry.relative:
                return entry
        wanted = folded(name)
        found = [entry for own, entry in self.names if folded(own) == wanted]
        if not found:
            by_file = name[: -len(ending)] if (ending := _ending(name)) else name
            found = [entry for entry in self.entries if entry.slug == slug(by_file)]
        if len(found) > 1:
            files = ", ".join(f"'{entry.relative}'" for entry in found)
            raise AvopsError(
                f"{len(found)} {self.kind}s are called '{name}': {files}", hint="give one of them another name, or use the path"
            )
        if not found:
            raise self._not_found(name)
        return found[0]

    def new_file(self, name: str) -> Path:
        """The file in which a new document of this name belongs."""
        return self.folder / f"{slug(name)}.yaml"

    def _not_found(self, name: str) -> NotFoundError:
        near = did_you_mean(name, [own for own, _ in self.names] + [entry.slug for entry in self.entries])
        listing = f"`avops {self.kind} list` shows all" if self.entries else f"`avops {self.kind} new` makes one"
        hint = f"{near} {listing}" if near else listing
        broken = (entry for entry in self.entries if did_you_mean(name, [entry.slug]) and self.name_of(entry) is None)
        nameless = next((entry.relative for entry in broken if _is_broken(entry)), None)
        if nameless is not None:
            hint = f"the name in '{nameless}' cannot be read: avops lint {nameless}"
        return NotFoundError(f"no {self.kind} is called '{name}'", hint=hint)


def _is_broken(entry: Entry) -> bool:
    """True for a file that is no YAML at all, so that its name cannot be read."""
    from avops.project.yaml_text import read_yaml

    try:
        read_yaml(entry.read())
    except (DocumentError, StorageError):
        return True
    return False


def _ending(name: str) -> str:
    return next((ending for ending in (".yaml", ".yml") if name.lower().endswith(ending)), "")


def _files(folder: Path, root: Path, *, tests: bool) -> Iterator[str]:
    """The documents' paths below a folder. A folder that cannot be listed has none."""
    try:
        with os.scandir(folder) as listing:
            entries: list[os.DirEntry[Any]] = list(listing)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), root, tests=tests)
        elif not _ending(entry.name) or entry.name.lower().endswith(TEST_ENDINGS) is not tests:
            continue
        elif not entry.is_symlink() or (_is_inside(Path(entry.path), root) and entry.is_file()):
            yield entry.path


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False
