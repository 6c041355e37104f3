"""The starter content: agents, recipes, workflows, tools, SOPs and a room list to begin with.

The wheel carries it; a checkout has it at its top level.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avops.errors import AvopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = ("agents", "recipes", "schemas", "sops", "tools", "workflows")
FILES = ("avops.yaml", "rooms.csv")
GITIGNORE = ".avops/\n.env\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What became of the starter's files: each path relative to the project."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    """There already, and different: a person's."""
    same: tuple[str, ...]
    restored: tuple[str, ...]


def starter_files() -> Iterator[tuple[str, str]]:
    """Every file of the starter: its path relative to a project, and its text.

    The account that makes the project holds the role that approves restarts, so that there is somebody who can.
    """
    from avops.project.account import login_account

    root = _root()
    for name in FILES:
        text = (root / name).read_text(encoding="utf-8")
        yield name, text.replace("[alice, bob]", f"[{login_account()}]") if name == "avops.yaml" else text
    for folder in FOLDERS:
        for path in sorted((root / folder).iterdir()):
            if path.is_file() and not path.name.startswith("."):
                yield f"{folder}/{path.name}", path.read_text(encoding="utf-8")
    yield ".gitignore", GITIGNORE


def _root() -> Path:
    package = Path(__file__).resolve().parents[1]
    for root in (package / "starter", package.parents[1]):
        if (root / "avops.yaml").is_file():
            return root
    raise AvopsError("the starter content is missing from this installation", hint="install avops again")


def seed(folder: Path, *, reset: bool = False) -> Seeded:
    """Writes the starter's files into a folder. A file that is there is kept, unless `reset`, which backs it up first."""
    from avops.project.writing import write_text

    made, kept, same, restored = [], [], [], []
    for relative, text in starter_files():
        target = folder / relative
        if not target.exists():
            write_text(target, text)
            made.append(relative)
        elif (old := target.read_text(encoding="utf-8", errors="replace")) == text:
            same.append(relative)
        elif reset and relative != ".gitignore":
            write_text(target.with_name(f"{target.name}.bak"), old)
            write_text(target, text)
            restored.append(relative)
        else:
            kept.append(relative)
    return Seeded(made=tuple(made), kept=tuple(kept), same=tuple(same), restored=tuple(restored))
