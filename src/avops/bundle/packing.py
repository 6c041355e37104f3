"""What of a project goes into a bundle, and what stays out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.bundle.archive import read_archive, write_archive
from avops.bundle.entry_names import name_problem
from avops.bundle.manifest import MANIFEST, plural, write_manifest
from avops.bundle.parts import FOLDERS, TEXTS, key_of, kind_of, make_parts, name_clash, tested_recipe
from avops.bundle.references import references
from avops.errors import FindingsError, Location, NotFoundError, UsageError
from avops.project.folder import Documents, read_bytes
from avops.project.names import folded, slug
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from avops.bundle.parts import Part, PartKind
    from avops.project.documents import Kind

CHOICES = tuple(FOLDERS)
"""The words of `--only`; tests go with their recipes."""

_NEVER = {
    "avops.yaml": "the settings and roles of this project",
    ".env": "secrets",
    ".avops": "runs, telemetry and other state",
}
_DOCUMENTS: tuple[Kind, ...] = ("agent", "recipe", "test", "tool", "workflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that is not in the bundle, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asked for: kinds as in `CHOICES` (none means all) and names (none means all).

    `needs`: also what the named ones refer to, and what that refers to.
    """

    only: Sequence[str] = ()
    names: Sequence[str] = ()
    needs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A bundle's parts, what was left out, and the names that its documents refer to and that are not in it."""

    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]
    outside: tuple[tuple[Part, str, str], ...]
    """The part that refers, and the kind and name of what it refers to."""


def pack(root: Path, wanted: Wanted, *, rooms: str = "rooms.csv") -> Packed:
    """The chosen parts of a project. Raises UsageError and NotFoundError for a wrong choice, DocumentError for a broken
    document among the chosen, FindingsError for names that no bundle may hold together."""
    kinds = _kinds(wanted.only)
    files = dict(_files(root))
    chosen = {path: data for path, data in files.items() if _is_of(path, kinds)}
    left_out = [LeftOut(path=path, reason="not chosen by --only") for path in files if path not in chosen]
    if wanted.names:
        named = _named(chosen, wanted, files)
        left_out += [LeftOut(path=path, reason="not chosen by name") for path in chosen if path not in named]
        left_out = [each for each in left_out if each.path not in named]
        chosen = {path: files[path] for path in named}
    parts = make_parts(chosen)
    _check(parts)
    left_out += _others(root, files, rooms)
    present = {part.key for part in parts}
    outside = {
        (part.path, *reference.key): (part, str(reference.kind), reference.name)
        for part in parts
        for reference in references(part)
        if reference.key not in present
    }
    return Packed(parts=parts, left_out=tuple(sorted(left_out, key=lambda each: each.path)), outside=tuple(outside.values()))


def bundle_bytes(parts: Sequence[Part], *, project: str | None, version: str) -> bytes:
    """The zip. It has been read again by the rules of import. Raises FindingsError where these refuse it."""
    files = {part.path: part.content for part in parts}
    if not files:
        raise FindingsError("there is nothing to export", hint="avops export --help says how to choose")
    made = write_archive({**files, MANIFEST: write_manifest(parts, project=project, version=version)})
    read_archive(made, "the bundle")
    return made


def _kinds(only: Sequence[str]) -> frozenset[PartKind]:
    words = [word.strip().lower() for text in only for word in text.split(",") if word.strip()]
    for word in words:
        if word not in FOLDERS:
            near = did_you_mean(word, CHOICES)
            raise UsageError(f"--only does not know '{word}', expected one of {', '.join(sorted(CHOICES))}", hint=near)
    if only and not words:
        raise UsageError("--only names nothing", hint=f"write --only with one or more of {', '.join(sorted(CHOICES))}")
    return frozenset(FOLDERS[word] for word in words or CHOICES)


def _is_of(path: str, kinds: frozenset[PartKind]) -> bool:
    kind = kind_of(path)
    return ("recipe" if kind == "test" else kind) in kinds


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a project that may go into a bundle; links to folders, and out of the project, are not followed."""
    for kind in _DOCUMENTS:
        for entry in Documents[object](root, kind).entries:
            yield entry.relative, entry.read()
    for text in TEXTS:
        for path in _walk(root, plural(text)):
            if kind_of(path) == text:
                yield path, read_bytes(root / path, path)


def _walk(root: Path, folder: str) -> Iterator[str]:
    """The plain files below a folder, hidden ones and links left out, sorted."""
    if (root / folder).is_symlink():
        return
    for where, folders, names in os.walk(root / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = os.path.join(where, name)
            if not name.startswith(".") and not os.path.islink(file) and os.path.isfile(file):
                yield os.path.relpath(file, root).replace(os.sep, "/")


def _named(chosen: dict[str, bytes], wanted: Wanted, files: dict[str, bytes]) -> set[str]:
    """The paths of what was named, with its tests, and with what it needs where that is wanted."""
    names = {path: _name_in(path, data) for path, data in chosen.items() if kind_of(path) != "test"}
    paths = {path for name in wanted.names for path in _matching(name, names)}
    if wanted.needs:
        paths = _with_needs(paths, files)
    recipes = make_parts({path: files[path] for path in paths if kind_of(path) == "recipe"})
    tests = _sound_tests(files)
    return paths | {test.path for test in tests if tested_recipe(test, recipes) is not None}


def _sound_tests(files: dict[str, bytes]) -> list[Part]:
    """The tests that can be read: a broken test of another recipe is in nobody's way."""
    from avops.errors import DocumentError

    found: list[Part] = []
    for path, data in files.items():
        if kind_of(path) == "test":
            try:
                found += make_parts({path: data})
            except DocumentError:
                continue
    return found


def _name_in(path: str, data: bytes) -> str:
    """A document's own name, a text's path; a file that cannot be read goes by its path."""
    from avops.errors import DocumentError
    from avops.project.yaml_text import read_yaml

    if kind_of(path) in TEXTS:
        return path
    try:
        found = read_yaml(data)
    except DocumentError:
        return path
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else path


def _matching(wanted: str, names: dict[str, str]) -> list[str]:
    """The one path that a word means: a path, `KIND:NAME`, a name, or a file's name."""
    if wanted in names:
        return [wanted]
    prefix, colon, rest = wanted.partition(":")
    kind = FOLDERS.get(prefix.lower()) or (prefix.lower() if prefix.lower() in FOLDERS.values() else None)
    within = {path: name for path, name in names.items() if kind is None or kind_of(path) == kind} if colon and kind else names
    word = rest if colon and kind else wanted
    found = [path for path, name in within.items() if folded(name) == folded(word)]
    found = found or [path for path in within if slug(path.rpartition("/")[2].rpartition(".")[0]) == slug(word)]
    if not found:
        near = did_you_mean(word, set(within.values()))
        raise NotFoundError(f"nothing to export is called '{wanted}'", hint=near or "name an agent, recipe, tool, workflow, SOP or article")
    if len(found) > 1:
        listed = ", ".join(f"'{path}'" for path in sorted(found))
        raise UsageError(f"'{wanted}' names several: {listed}", hint="name the path, or write it as recipe:NAME")
    return found


def _with_needs(paths: set[str], files: dict[str, bytes]) -> set[str]:
    """The paths, and those of all that their documents refer to."""
    by_key: dict[tuple[str, str], str] = {}
    for path, data in files.items():
        kind = kind_of(path)
        if kind is not None and kind != "test":
            by_key.setdefault(key_of(kind, _name_in(path, data)), path)
    found: set[str] = set()
    open_ = set(paths)
    while open_:
        path = open_.pop()
        found.add(path)
        for part in make_parts({path: files[path]}):
            open_ |= {by_key[reference.key] for reference in references(part) if reference.key in by_key} - found
    return found


def _check(parts: Sequence[Part]) -> None:
    for part in parts:
        problem = name_problem(part.path)
        if problem is not None:
            raise FindingsError(f"this file cannot go into a bundle: {problem}", hint="give it another name", where=Location(part.path))
    clash = name_clash(parts)
    if clash is not None:
        one, other = clash
        raise FindingsError(
            f"the {other.kind} '{other.name}' and '{one.name}' in '{one.path}' have names that count as one",
            hint="give one of them another name, or leave it out",
            where=Location(other.path),
        )


def _others(root: Path, files: Iterable[str], rooms: str) -> Iterator[LeftOut]:
    """What lies in the project and goes into no bundle."""
    known = set(files)
    for name, reason in {**_NEVER, rooms: "the rooms of this site, with their addresses"}.items():
        if (root / name).exists():
            yield LeftOut(path=name, reason=reason)
    for folder, kind in FOLDERS.items():
        for path in _walk(root, folder):
            if path in known or path.lower().endswith(".bak"):
                continue
            if path.lower().endswith(".py"):
                yield LeftOut(path=path, reason="program code; take it along by hand")
            else:
                yield LeftOut(path=path, reason=f"no {'text' if kind in TEXTS else 'YAML document'}")


def summary(parts: Sequence[Part]) -> str:
    """How many of each kind, such as `3 agents, 1 recipe`."""
    counts: dict[str, int] = {}
    for part in parts:
        counts[part.kind] = counts.get(part.kind, 0) + 1
    words = {"kb": "article", "sop": "SOP"}
    told = (f"{count} {words.get(kind, kind)}{'' if count == 1 else 's'}" for kind, count in sorted(counts.items()))
    return ", ".join(told) or f"no {plural('part')}"
