"""The starter content: agents, recipes, workflows, tools, SOPs and a room list to begin with.

The wheel carries it; a checkout has it at its top level. What is there is compared first (`survey`), so that a person
can be told what would happen, and written then (`carry_out`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from avops.errors import AvopsError, StorageError
from avops.project.starter_surroundings import Ci, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

FOLDERS = ("agents", "kb", "recipes", "schemas", "sops", "tools", "workflows")
FILES = ("avops.yaml", "rooms.csv")
SETTINGS_FILE = "avops.yaml"
BACKUPS = ".avops/backups"


class State(StrEnum):
    """What becomes of a file."""

    MISSING = "missing"
    """It will be made."""
    SAME = "same"
    KEPT = "kept"
    """There already, and different: a person's."""
    CHANGED = "changed"
    """The settings, of which something was chosen anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person chose: `settings` are the keys of `avops.yaml` that were named (None takes a key away)."""

    content: Literal["demo", "empty"] = "demo"
    settings: Mapping[str, object] = field(default_factory=dict)
    ci: Ci = "none"
    pre_commit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of the starter as it is in a project: its path relative to the project, the starter's text, and the text that is there."""

    path: str
    state: State
    text: str
    old: str | None = None
    is_demo: bool = False

    @property
    def is_restorable(self) -> bool:
        """Whether `--reset` brings the starter's text back: of demo files only, never of settings or of CI."""
        return self.is_demo and self.state is State.KEPT

    @property
    def lost_lines(self) -> list[str]:
        """The lines that are there, and that the starter's text does not have."""
        import difflib

        if self.old is None:
            return []
        compared = difflib.unified_diff(self.old.splitlines(), self.text.splitlines(), n=0, lineterm="")
        return [line[1:] for line in list(compared)[2:] if line.startswith("-")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What became of the starter's files: each path relative to the project."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    same: tuple[str, ...]
    changed: tuple[str, ...]
    restored: tuple[str, ...]
    backup: str | None = None
    """The folder that holds what was there before the restored files."""

    @property
    def is_nothing(self) -> bool:
        """Whether all is as it was."""
        return not (self.made or self.changed or self.restored)


def starter_files() -> Iterator[tuple[str, str]]:
    """Every file of the demo: its path relative to a project, and its text.

    The account that makes the project holds the role that approves restarts, so that there is somebody who can.
    """
    from avops.project.account import login_account
    from avops.project.editing import render

    root = _root()
    for name in FILES:
        text = (root / name).read_text(encoding="utf-8")
        yield name, text.replace("[alice, bob]", render([login_account()])) if name == SETTINGS_FILE else text
    for folder in FOLDERS:
        for path in sorted((root / folder).iterdir()):
            if path.is_file() and not path.name.startswith("."):
                yield f"{folder}/{path.name}", path.read_text(encoding="utf-8")


def _root() -> Path:
    package = Path(__file__).resolve().parents[1]
    for root in (package / "starter", package.parents[1]):
        if (root / SETTINGS_FILE).is_file():
            return root
    raise AvopsError("the starter content is missing from this installation", hint="install avops again")


def survey(folder: Path, choices: Choices) -> list[Found]:
    """What would become of each file, in the order of writing. Nothing is written.

    Raises `StorageError` for a file that cannot be read, `UsageError` for settings that cannot be.
    """
    from avops.project.starter_settings import empty_content, settings_found

    demo = dict(starter_files())
    settings = demo.pop(SETTINGS_FILE)
    content = demo if choices.content == "demo" else empty_content(demo)
    found = [settings_found(settings, _read(folder / SETTINGS_FILE, SETTINGS_FILE), choices)]
    # A project that began empty has rooms and an operator of its own; only its schemas are the starter's.
    is_demo = choices.content == "demo"
    found += [_compared(folder, path, text, is_demo=is_demo or path.startswith("schemas/")) for path, text in content.items()]
    around = surroundings(choices.ci, pre_commit=choices.pre_commit)
    return found + [_compared(folder, path, text, is_demo=False) for path, text in around.items()]


def _compared(folder: Path, path: str, text: str, *, is_demo: bool) -> Found:
    old = _read(folder / path, path)
    state = State.MISSING if old is None else State.SAME if old == text else State.KEPT
    return Found(path=path, state=state, text=text, old=old, is_demo=is_demo)


def _read(file: Path, shown: str) -> str | None:
    """The text of a file; None when there is none. Bytes that are no text stay as they are, so that a backup is whole."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"'{shown}' cannot be read: {(error.strerror or str(error)).lower()}") from error


def carry_out(folder: Path, found: list[Found], *, reset: bool, now: datetime) -> Seeded:
    """Writes what is missing and what was chosen; with `reset` the demo's files as well, after a copy of what is there."""
    from avops.project.writing import write_text

    restored = [each for each in found if reset and each.is_restorable]
    backup = _new_backup(folder, now) if restored else None
    for each in restored:
        write_copy(folder / f"{backup}/{each.path}", each.old or "")
    for each in found:
        if each.state in (State.MISSING, State.CHANGED) or each in restored:
            write_text(folder / each.path, each.text)
    return Seeded(
        made=_paths(found, State.MISSING),
        changed=_paths(found, State.CHANGED),
        same=_paths(found, State.SAME),
        kept=tuple(each.path for each in found if each.state is State.KEPT and each not in restored),
        restored=tuple(each.path for each in restored),
        backup=backup,
    )


def _new_backup(folder: Path, now: datetime) -> str:
    """A folder for copies that is not there yet, relative to the project."""
    first = f"{BACKUPS}/starter-{now:%Y%m%dT%H%M%SZ}"
    names = (first if number == 1 else f"{first}-{number}" for number in count(1))
    return next(name for name in names if not (folder / name).exists())


def write_copy(file: Path, text: str) -> None:
    """Writes a copy, byte for byte; StorageError when it cannot be written, or when there is such a file already."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", errors="surrogateescape", newline="") as stream:
            stream.write(text)
    except OSError as error:
        message = f"'{file}' cannot be written, so nothing is restored: {(error.strerror or str(error)).lower()}"
        raise StorageError(message) from error


def _paths(found: list[Found], state: State) -> tuple[str, ...]:
    return tuple(each.path for each in found if each.state is state)


def seed(folder: Path) -> Seeded:
    """Writes the demo into a folder. A file that is there is kept."""
    from avops.project.clock import SystemClock

    return carry_out(folder, survey(folder, Choices()), reset=False, now=SystemClock().now())
