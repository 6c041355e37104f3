"""`manifest.json`: what a bundle holds, with the sum of every file. It says nothing of when, where and by whom."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from avops.bundle.json_text import read_json
from avops.bundle.parts import FOLDERS
from avops.errors import FindingsError, Location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.bundle.archive import Archive
    from avops.bundle.parts import Part

MANIFEST = "manifest.json"
FORMAT = "avops-bundle"
VERSION = 1
STREAMLIT = "sma-avops-export"


def plural(kind: str) -> str:
    """The word for several parts of a kind."""
    return kind if kind == "kb" else f"{kind}s"


def counts_of(parts: Sequence[Part]) -> dict[str, int]:
    """How many parts of each kind, also of those that are missing."""
    kinds = sorted({*FOLDERS.values(), "test"})
    return {plural(kind): sum(1 for part in parts if part.kind == kind) for kind in kinds}


def write_manifest(parts: Sequence[Part], *, project: str | None, version: str) -> bytes:
    """The manifest of these parts; `version` is that of avops."""
    files = [
        {
            "path": part.path,
            "kind": part.kind,
            "name": None if part.name == part.path else part.name,
            "size": len(part.content),
            "sha256": hashlib.sha256(part.content).hexdigest(),
        }
        for part in sorted(parts, key=lambda part: part.path)
    ]
    manifest = {
        "format": FORMAT,
        "format_version": VERSION,
        "avops": version,
        "project": project,
        "counts": counts_of(parts),
        "files": files,
    }
    return (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()


def read_manifest(archive: Archive) -> Mapping[str, Any] | None:
    """The manifest that an archive has, None without one. Raises FindingsError for one of another program, or a newer one."""
    if MANIFEST not in archive.files:
        return None
    found = read_json(archive.files[MANIFEST], MANIFEST)
    if not isinstance(found, dict):
        raise _wrong("the manifest is no mapping")
    if found.get("package") == STREAMLIT:
        return found
    if found.get("format") != FORMAT:
        named = found.get("format") or found.get("package")
        raise _wrong(f"this is the manifest of '{named}'" if isinstance(named, str) else "the manifest does not say what it is of")
    version = found.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _wrong("the manifest has no 'format_version'")
    if version > VERSION:
        raise FindingsError(
            f"the bundle has format {version}; this avops reads up to {VERSION}", hint="install a newer avops", where=Location(MANIFEST)
        )
    return found


def check_files(archive: Archive, manifest: Mapping[str, Any]) -> None:
    """Holds every file against the manifest. Raises FindingsError for one that is missing, changed or not listed."""
    listed = manifest.get("files")
    if not isinstance(listed, list):
        raise _wrong("the manifest lists no files")
    known: set[str] = set()
    for entry in listed:
        path = entry.get("path") if isinstance(entry, dict) else None
        if not isinstance(path, str) or path in known:
            raise _wrong("the manifest lists a file without a path, or one twice")
        known.add(path)
        content = archive.files.get(path)
        if content is None:
            raise FindingsError(f"'{path}' is missing from the bundle, which lists it", where=Location(archive.shown))
        if entry.get("size") != len(content) or entry.get("sha256") != hashlib.sha256(content).hexdigest():
            raise FindingsError(f"'{path}' is not what the manifest says: it was changed", where=Location(archive.shown))
    extra = sorted(set(archive.files) - known - {MANIFEST})
    if extra:
        raise FindingsError(f"'{extra[0]}' is in the bundle and not in its manifest", where=Location(archive.shown))


def _wrong(message: str) -> FindingsError:
    return FindingsError(message, hint="avops export makes bundles; so does the AV-AIops Streamlit app", where=Location(MANIFEST))
