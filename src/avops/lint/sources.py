"""The files that lint looks at: a project's documents, its settings and its room list; or one text by itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from avops.errors import AvopsError, DocumentError, StorageError
from avops.project.folder import TEST_ENDINGS, Documents, ordinary, read_bytes
from avops.project.names import slug
from avops.project.project import MARKER
from avops.project.yaml_text import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.project.documents import Kind

FOLDER_KINDS: tuple[Kind, ...] = ("agent", "recipe", "tool", "workflow")
_READ_KINDS: tuple[Kind, ...] = (*FOLDER_KINDS, "test")
_PLAIN_NAME = re.compile(rb"^name:[ \t]{1,8}([A-Za-z][A-Za-z0-9 _.()/-]{0,119}?)[ \t]{0,8}\r?$", re.MULTILINE)
_NEAR_RECIPE = re.compile(rb"recipe[\"']?[ \t]*:")
_CALLS_RECIPE = re.compile(rb"^[ \t]+(?:-[ \t]+)*[\"']?recipe[\"']?[ \t]*:|[{,][ \t\r\n]*[\"']?recipe[\"']?[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: what kind of document it is, its path relative to the project, and its bytes."""

    kind: Kind
    path: str
    data: bytes

    @property
    def name(self) -> str:
        """The name that it writes; its file's name when it writes none, or cannot be read."""
        found = _PLAIN_NAME.search(self.data)
        if found is not None:
            return found.group(1).decode("ascii")
        try:
            data = read_yaml(self.data)
        except DocumentError:
            data = None
        name = data.get("name") if isinstance(data, dict) else None
        return name if isinstance(name, str) and name else slug(self.path.rpartition("/")[2].rpartition(".")[0])

    @property
    def calls_recipes(self) -> bool:
        """True when it may have a `recipe` step."""
        return _NEAR_RECIPE.search(self.data) is not None and _CALLS_RECIPE.search(self.data) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All documents of a project, sorted by path; `unreadable` are files that could not be read, with the reason."""

    root: Path
    files: tuple[Source, ...]
    settings: Source
    has_settings: bool
    unreadable: tuple[tuple[str, str], ...] = ()

    def of(self, kind: Kind) -> list[Source]:
        """The files of one kind."""
        return [source for source in self.files if source.kind == kind]


def read_sources(root: Path, texts: Mapping[str, bytes] | None = None) -> Sources:
    """The documents below a project's folder; `texts` stand for the files of those paths."""
    texts = texts or {}
    files: list[Source] = []
    unreadable: list[tuple[str, str]] = []
    for kind in _READ_KINDS:
        for entry in Documents[object](root, kind).entries:
            try:
                files.append(Source(kind, entry.relative, texts.get(entry.relative) or entry.read()))
            except StorageError as error:
                unreadable.append((entry.relative, error.message))
    has_settings = (root / MARKER).is_file()
    settings = Source("settings", MARKER, (texts.get(MARKER) or read_bytes(root / MARKER, MARKER)) if has_settings else b"")
    files.sort(key=lambda source: source.path)
    return Sources(root=root, files=tuple(files), settings=settings, has_settings=has_settings, unreadable=tuple(unreadable))


def find_root(start: Path) -> Path:
    """The project that a file or folder belongs to; a folder with document folders in it is one, even without settings.

    Raises `AvopsError` when there is none.
    """
    folder = start.resolve()
    folder = folder if folder.is_dir() else folder.parent
    for candidate in (folder, *folder.parents):
        if (candidate / MARKER).is_file():
            return candidate
    for candidate in (folder, *folder.parents):
        if any((candidate / f"{kind}s").is_dir() for kind in ("agent", "recipe", "workflow")):
            return candidate
    raise AvopsError(f"there is no avops project here: no '{MARKER}' in '{folder}' or above it", hint="`avops init` makes one")


def guess_kind(path: str, data: bytes) -> Kind:
    """The kind of a document that lies in no folder of its kind: from its path, else from the keys that it has."""
    parts = path.replace("\\", "/").split("/")
    if parts[-1] == MARKER:
        return "settings"
    if parts[-1].lower().endswith(TEST_ENDINGS):
        return "test"
    for part in reversed(parts[:-1]):
        if part.endswith("s") and part[:-1] in FOLDER_KINDS:
            return cast("Kind", part[:-1])
    keys = set(re.findall(rb"^([a-z_]+)[ \t]*:", data, re.MULTILINE))
    if b"tests" in keys:
        return "test"
    if b"actions" in keys or b"kind" in keys:
        return "tool"
    if keys & {b"trigger", b"stages"} or (keys & {b"agent", b"agents"} and b"recipe" in keys):
        return "workflow"
    if keys & {b"instructions", b"limits", b"domain"} or (b"tools" in keys and not keys & {b"intake", b"act"}):
        return "agent"
    return "recipe"


def file_digest(root: Path, relative: str) -> str | None:
    """The SHA-256 of a file of the project; None when there is none, or it lies outside."""
    try:
        file = (root / relative).resolve()
        if not file.is_relative_to(root.resolve()):
            return None
        with open(file, "rb", opener=ordinary) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError, RuntimeError):
        return None
