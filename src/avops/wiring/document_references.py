"""Who names a document: every place in the project's files that means it, with its line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import DocumentError, StorageError
from avops.project.folder import Documents
from avops.project.names import folded, slug
from avops.project.references import references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avops.project.documents import Kind
    from avops.project.folder import Entry
    from avops.project.references import Noun, Reference
    from avops.wiring.workspace import Workspace

_HOLDERS: tuple[Kind, ...] = ("agent", "recipe", "workflow", "test")
_SETTINGS = "avops.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A reference where it stands; `holder` is the name of the document that makes it, or its file where it has none."""

    path: str
    line: int
    kind: Kind
    holder: str
    reference: Reference

    def __str__(self) -> str:
        return f"'{self.holder}' {self.reference.words} ({self.path}:{self.line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The mentions in the order of the files, and the files that could not be looked through although the name is in them."""

    mentions: tuple[Mention, ...]
    unread: tuple[str, ...]


def documents_of(workspace: Workspace, noun: Noun) -> Documents[object]:
    """The project's documents of one noun."""
    found: Documents[object] = getattr(workspace.project, f"{noun}s")
    return found


def mentions_of(workspace: Workspace, noun: Noun, entry: Entry) -> Found:
    """Who means the document in a file, by its name, its file's name or its path.

    A name that two documents have means neither for certain: then nobody is said to mean this one.
    """
    means = _meaning(documents_of(workspace, noun), entry)
    mentions: list[Mention] = []
    unread: list[str] = []
    for kind, path, data in _files(workspace):
        try:
            found = list(_in_file(kind, path, data, noun, means))
        except DocumentError:
            text = data.decode("utf-8", "replace").casefold()
            own = documents_of(workspace, noun).name_of(entry)
            if path != entry.relative and ((own or entry.stem).casefold() in text or entry.slug in text):
                unread.append(path)
            continue
        mentions += found
    return Found(mentions=tuple(mentions), unread=tuple(unread))


def tests_by_name(workspace: Workspace, entry: Entry) -> list[Mention]:
    """The files of tests that mean a recipe by what they are called, because they name none."""
    from avops.project.folder import TEST_ENDINGS
    from avops.project.references import Reference
    from avops.project.yaml_text import read_yaml

    means = _meaning(documents_of(workspace, "recipe"), entry)
    found = []
    for test in Documents[object](workspace.root, "test").entries:
        name = test.relative.rpartition("/")[2]
        stem = next(name[: -len(ending)] for ending in TEST_ENDINGS if name.lower().endswith(ending))
        try:
            data = read_yaml(test.read())
        except (DocumentError, StorageError):
            data = None
        if means(stem) and not (isinstance(data, dict) and data.get("recipe")):
            reference = Reference(path=(), noun="recipe", name=stem, words="tests it")
            found.append(Mention(path=test.relative, line=1, kind="test", holder=test.relative, reference=reference))
    return found


def _meaning(documents: Documents[object], entry: Entry) -> Callable[[str], bool]:
    """Tells whether a written name means the document of a file, as `Documents.find` would have it."""
    names = Counter(folded(own) for own, _ in documents.names)
    own = folded(documents.name_of(entry) or entry.stem)
    slugs = Counter(each.slug for each in documents.entries)

    def means(name: str) -> bool:
        if name == entry.relative:
            return True
        wanted = folded(name)
        if wanted in names:
            return wanted == own and names[own] == 1
        by_file = name.rpartition(".")[0] if name.lower().endswith((".yaml", ".yml")) else name
        return slug(by_file) == entry.slug and slugs[entry.slug] == 1

    return means


def _files(workspace: Workspace) -> Iterator[tuple[Kind, str, bytes]]:
    """Every file that may name a document. One that cannot be opened names none."""
    from avops.project.folder import read_bytes

    for kind in _HOLDERS:
        for entry in Documents[object](workspace.root, kind).entries:
            try:
                yield kind, entry.relative, entry.read()
            except StorageError:
                continue
    yield "settings", _SETTINGS, read_bytes(workspace.root / _SETTINGS, _SETTINGS)


def _in_file(kind: Kind, path: str, data: bytes, noun: Noun, means: Callable[[str], bool]) -> Iterator[Mention]:
    from avops.project.yaml_positions import positions
    from avops.project.yaml_text import read_yaml

    read = read_yaml(data, path=path)
    found = [each for each in references(kind, read) if each.noun == noun and means(each.name)]
    if not found:
        return
    places = positions(data)
    name = read.get("name") if isinstance(read, dict) and kind not in ("settings", "test") else None
    for each in found:
        span = places.key(each.path) if each.is_key else places.value(each.path)
        yield Mention(path=path, line=span.line, kind=kind, holder=name if isinstance(name, str) else path, reference=each)
