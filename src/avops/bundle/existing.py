"""The project that a bundle is put into: which names and which files are taken."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from avops.bundle.entry_names import same_file
from avops.bundle.parts import FOLDERS, TEXTS
from avops.errors import StorageError
from avops.project.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.bundle.parts import PartKind
    from avops.project.project import Project


class Existing:
    """What a project has now; read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = project.root

    @cached_property
    def names(self) -> Mapping[tuple[PartKind, str], tuple[str, ...]]:
        """The files of each name, by kind and folded name."""
        found: dict[tuple[PartKind, str], tuple[str, ...]] = {}
        kinds: tuple[PartKind, ...] = ("agent", "recipe", "tool", "workflow")
        for kind in kinds:
            for name, entry in getattr(self.project, f"{kind}s").names:
                key: tuple[PartKind, str] = (kind, folded(name))
                found[key] = (*found.get(key, ()), entry.relative)
        return found

    @cached_property
    def files(self) -> Mapping[str, str]:
        """Everything that lies in the folders of documents, by `same_file`; hidden things too."""
        found: dict[str, str] = {}
        for folder in FOLDERS:
            for where, folders, files in os.walk(self.root / folder):
                for name in (*folders, *files):
                    path = os.path.relpath(os.path.join(where, name), self.root).replace(os.sep, "/")
                    found[same_file(path)] = path
        return found

    def named(self, kind: PartKind, name: str) -> tuple[str, ...]:
        """The files in which a document of this name lies; a text is its own name."""
        if kind in TEXTS or kind == "test":
            at = self.at(name)
            return (at,) if at is not None else ()
        return self.names.get((kind, folded(name)), ())

    def has(self, kind: PartKind, name: str) -> bool:
        """True when a reference to this name is met."""
        return bool(self.named(kind, name))

    def at(self, path: str) -> str | None:
        """The file that takes the place of `path`, as it is really written."""
        return self.files.get(same_file(path))

    def read(self, path: str) -> bytes:
        """The content of a file. Raises StorageError."""
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            raise StorageError(f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}") from error

    def free(self, path: str, taken: set[str]) -> bool:
        """True when nothing lies at a path, and nothing is going to."""
        return self.at(path) is None and same_file(path) not in taken
