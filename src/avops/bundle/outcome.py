"""What an import did, or would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from avops.bundle.parts import PartKind

Merge = Literal["overwrite", "rename", "skip"]
MERGES: tuple[Merge, ...] = ("skip", "overwrite", "rename")
Fate = Literal["created", "overwritten", "renamed", "same", "skipped"]
FATES: tuple[Fate, ...] = ("created", "overwritten", "renamed", "same", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What becomes of one part.

    `entry` is its place in the bundle, `path` where it lies in the project from now on (or lies already). `name` is its
    name in the bundle, `new_name` the one it has got. `conflict` is the project's file that had its name or its place.
    `rewritten` are the names that it refers to and that were changed in it, as `OLD to NEW`.
    """

    kind: PartKind
    name: str
    entry: str
    path: str
    fate: Fate
    conflict: str | None = None
    new_name: str | None = None
    backup: str | None = None
    reason: str | None = None
    rewritten: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something of a foreign export that has no place here.

    `line` is where it stands in `entry`, None in a JSON list. `kept`: it stands as a comment in the file `path`.
    """

    entry: str
    message: str
    line: int | None = None
    original: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A name that an imported document refers to, and that neither the bundle nor the project has."""

    kind: str
    name: str
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The whole of an import; `dry_run`: nothing was written."""

    archive: str
    source: Literal["avops", "folders", "streamlit"]
    project: str | None
    """The name of the project that the bundle came from, where it says."""
    merge: Merge
    dry_run: bool
    items: tuple[Item, ...]
    notes: tuple[Note, ...] = ()
    missing: tuple[Missing, ...] = ()
    ignored: tuple[str, ...] = ()
    """Entries that are no part of a bundle."""
    disabled: tuple[str, ...] = ()
    """The workflows that were switched off on their way in."""
    trust: tuple[str, ...] = ()
    """What the tools want that nobody has trusted: programs to start, secrets to send."""
    warnings: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many parts had each fate."""
        return {fate: sum(1 for item in self.items if item.fate == fate) for fate in FATES}
