"""An archive as a bundle: what it is, and the parts that it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from avops.bundle.manifest import MANIFEST, STREAMLIT, check_files, read_manifest
from avops.bundle.parts import kind_of, make_parts
from avops.errors import FindingsError, Location

if TYPE_CHECKING:
    from avops.bundle.archive import Archive
    from avops.bundle.outcome import Note
    from avops.bundle.parts import Part

STREAMLIT_LISTS = ("agents.json", "recipes.json", "workflows.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A bundle that was read and is sound in itself."""

    source: Literal["avops", "folders", "streamlit"]
    parts: tuple[Part, ...]
    project: str | None = None
    notes: tuple[Note, ...] = ()
    ignored: tuple[str, ...] = ()
    switched_off: frozenset[str] = frozenset()
    """The paths of workflows that were on where they came from, and are off in their parts already."""
    warnings: tuple[str, ...] = ()


def source_of(archive: Archive) -> Literal["avops", "folders", "streamlit"]:
    """Who made an archive. Raises FindingsError for one that is no bundle."""
    manifest = read_manifest(archive)
    if manifest is not None:
        return "streamlit" if manifest.get("package") == STREAMLIT else "avops"
    if any(name in archive.files for name in STREAMLIT_LISTS):
        return "streamlit"
    if any(kind_of(name) is not None for name in archive.files):
        return "folders"
    raise FindingsError(
        "this archive is no bundle: it has neither a manifest nor folders such as 'agents' and 'recipes'",
        hint="avops export makes one",
        where=Location(archive.shown),
    )


def read_bundle(archive: Archive) -> Incoming:
    """The parts of a bundle of avops, or of a plain archive of a project's folders.

    Raises FindingsError where files and manifest differ, DocumentError with the mistakes of all documents.
    """
    manifest = read_manifest(archive)
    ignored = list(archive.ignored)
    files = {name: content for name, content in archive.files.items() if name != MANIFEST}
    if manifest is not None:
        check_files(archive, manifest)
        odd = sorted(name for name in files if kind_of(name) is None)
        if odd:
            raise FindingsError(f"'{odd[0]}' belongs in no bundle", where=Location(archive.shown))
    else:
        ignored += sorted(name for name in files if kind_of(name) is None)
        files = {name: content for name, content in files.items() if kind_of(name) is not None}
    project = manifest.get("project") if manifest is not None else None
    return Incoming(
        source="avops" if manifest is not None else "folders",
        parts=make_parts(files),
        project=project if isinstance(project, str) else None,
        ignored=tuple(ignored),
        warnings=() if manifest is not None else ("there is no manifest: nothing says that the archive is complete and unchanged",),
    )
