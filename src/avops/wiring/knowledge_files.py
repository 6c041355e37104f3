"""The files that a scout writes, and whether a person has edited them since."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from avops.errors import AvopsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from avops.wiring.workspace import Workspace

WRITTEN = ".avops/kb-written.json"
"""The hash of each file as a scout wrote it. Without it every file counts as edited."""


def edited_files(workspace: Workspace, slug: str, *, recipe: bool) -> list[str]:
    """The files of that name that are there and differ from what a scout wrote last."""
    written = _written(workspace.root)
    wanted = [f"kb/{slug}.md", f"kb/{slug}.html", *([f"recipes/{slug}.yaml"] if recipe else [])]
    return [path for path in wanted if _is_there(workspace.root / path) and _digest(workspace.root / path) != written.get(path)]


def write_scouted(workspace: Workspace, slug: str, files: Mapping[str, str]) -> None:
    """Writes the files, and remembers them as the scout's own."""
    from avops.project.writing import write_text

    written = _written(workspace.root)
    for path, text in files.items():
        target = workspace.root / path
        if target.is_symlink() or not target.parent.resolve().is_relative_to(workspace.root.resolve()):
            raise StorageError(f"'{path}' is a link, or leads out of the project", hint="take the link away")
        write_text(target, text)
        written[path] = hashlib.sha256(text.encode()).hexdigest()
    write_text(workspace.root / WRITTEN, json.dumps(written, indent=1, sort_keys=True) + "\n")


def new_article(workspace: Workspace, title: str, tags: Sequence[str]) -> str:
    """The path of a new draft with that title and no text. Raises DocumentError for a title or tag that cannot be one, StorageError."""
    from avops.kb.article import front_text, parse_article
    from avops.kb.folder import write_new
    from avops.kb.writing import plain
    from avops.project.clock import SystemClock
    from avops.project.names import slug

    path = f"kb/{slug(title)[:80].strip('-')}.md"
    created = f"{SystemClock().now():%Y-%m-%d}"
    text = front_text({"title": title, "tags": list(tags), "status": "draft", "created": created}) + f"\n# {plain(title)}\n"
    parse_article(text, path)
    write_new(workspace.root, path, text)
    return path


def publication(workspace: Workspace, path: str) -> dict[str, object]:
    """What an article that is written anew must keep: as what it is published, or which run publishes it."""
    from avops.kb.folder import read_article

    try:
        front = read_article(workspace.root, path).front
    except AvopsError:
        return {}
    return {"tool": front.tool, "sys_id": front.sys_id, "number": front.number, "publish_run": front.publish_run}


def recipe_name(workspace: Workspace, title: str, path: str) -> str:
    """The title, or the title with a number where a recipe in another file has that name."""
    for number in range(1, 100):
        name = title if number == 1 else f"{title} {number}"
        try:
            if workspace.project.recipes.find(name).path == path:
                return name
        except AvopsError:
            return name
    return f"{title} (scouted)"


def _written(root: Path) -> dict[str, str]:
    try:
        data = json.loads((root / WRITTEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
