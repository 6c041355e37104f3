"""The project as it was at the merge base and as it is, for `avops diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avops.model.change import BlastRadius


def project_diff(root: Path, base: str | None) -> BlastRadius:
    """What the working tree changes in meaning since it left `base` (a branch or commit; default: the main branch).

    AvopsError without git or history, UsageError for a base that is none.
    """
    from avops.diff.blast_radius import blast_radius
    from avops.project.merge_base import is_repository, knows, merge_base

    if not is_repository(root):
        raise AvopsError(f"'{root}' lies in no git repository", hint="git init, and commit what there is")
    commit = merge_base(root, base)
    if commit is None:
        if base is not None and not knows(root, base):
            raise UsageError(f"there is no branch or commit '{base}' here", hint="git branch --all lists the branches")
        if base is not None:
            raise UsageError(f"'{base}' has no commit in common with this branch", hint="git fetch --unshallow")
        raise AvopsError("there is no main branch to compare with", hint="name one: avops diff BASE; CI often fetches one commit only")
    return blast_radius(_texts_then(root, commit), _texts_now(root), base=commit[:10])


def _texts_then(root: Path, commit: str) -> Mapping[str, bytes]:
    from avops.diff.snapshot import FOLDERS
    from avops.project.merge_base import texts_at
    from avops.project.project import MARKER

    paths = [*FOLDERS, MARKER]
    texts = texts_at(root, commit, paths)
    more = texts_at(root, commit, named) if texts is not None and (named := _lists(texts)) else {}
    if texts is None or more is None:
        raise AvopsError(f"git cannot give the project as it was at '{commit[:10]}'", hint="git fsck; git fetch --unshallow")
    return {**texts, **more}


def _texts_now(root: Path) -> Mapping[str, bytes]:
    from avops.diff.snapshot import FOLDERS
    from avops.errors import StorageError
    from avops.project.folder import Documents, ordinary, read_bytes
    from avops.project.project import MARKER

    texts = {entry.relative: entry.read() for kind in FOLDERS.values() for entry in Documents[object](root, kind).entries}
    if (root / MARKER).is_file():
        texts[MARKER] = read_bytes(root / MARKER, MARKER)
    for name in _lists(texts):
        file = (root / name).resolve()
        if file.is_relative_to(root.resolve()) and file.is_file():
            try:
                with open(file, "rb", opener=ordinary) as stream:
                    texts[name] = stream.read()
            except OSError as error:
                raise StorageError(f"'{name}' cannot be read: {(error.strerror or str(error)).lower()}") from None
    return texts


def _lists(texts: Mapping[str, bytes]) -> list[str]:
    """The files of rows that the documents name: the list of rooms, and those of workflows."""
    from avops.diff.reach import lists_of
    from avops.diff.snapshot import kind_of
    from avops.project.documents import load_document
    from avops.project.project import MARKER

    settings = load_document("settings", texts.get(MARKER, b""), MARKER).value
    workflows = [load_document("workflow", text, path).value for path, text in texts.items() if kind_of(path) == "workflow"]
    return list(dict.fromkeys(["rooms.csv" if settings is None else settings.rooms, *lists_of(each for each in workflows if each)]))
