"""What an SOP said when a recipe was made from it: from a kept copy, else from git.

The copies lie in `.avops/sops`, named by their sum; `written.json` there holds the sums of the recipes that avops wrote,
so that a recipe that nobody has edited can be told from one that somebody has.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from avops.project.git import ask_git
from avops.project.writing import write_text

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ".avops/sops"
_VERSIONS = 300  # commits of one file that are looked through


def digest(text: bytes) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text).hexdigest()


def is_utf16(data: bytes) -> bool:
    """Whether the bytes are a text in UTF-16 with its mark, as some editors call "Unicode"."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    try:
        return "\0" not in data.decode("utf-16")
    except UnicodeDecodeError:
        return False


def sop_text(data: bytes) -> str:
    """The text of an SOP's bytes; what is neither UTF-8 nor UTF-16 is read as Windows-1252."""
    if is_utf16(data):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def keep(root: Path, text: bytes) -> str:
    """Keeps a copy of an SOP; its sum."""
    sha = digest(text)
    target = root / FOLDER / f"{sha}.txt"
    if not target.exists():
        write_text(target, sop_text(text))
    return sha


def earlier(root: Path, file: str, sha256: str) -> str | None:
    """The text of `file` (a path in the project) that had this sum; None where neither a copy nor git has it."""
    kept = root / FOLDER / f"{sha256}.txt"
    if len(sha256) == 64 and sha256.isalnum() and kept.is_file():
        return kept.read_text(encoding="utf-8", errors="replace")
    listed = ask_git(root, "log", f"--max-count={_VERSIONS}", "--format=%H", "--", file)
    for commit in (listed or b"").decode("ascii", "replace").split():
        blob = ask_git(root, "cat-file", "blob", f"{commit}:./{file}")
        if blob is not None and digest(blob) == sha256:
            return sop_text(blob)
    return None


def remember_written(root: Path, target: Path, text: str) -> None:
    """Notes that avops wrote `text` to `target`."""
    record = _record(root)
    record[_name(root, target)] = digest(text.encode())
    write_text(root / FOLDER / "written.json", json.dumps(record, indent=1, sort_keys=True) + "\n")


def is_as_written(root: Path, target: Path, text: str) -> bool:
    """Whether `text` is what avops last wrote to `target`, so that nobody's edit is lost with it."""
    return _record(root).get(_name(root, target)) == digest(text.encode())


def _record(root: Path) -> dict[str, str]:
    try:
        data = json.loads((root / FOLDER / "written.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def _name(root: Path, target: Path) -> str:
    full = target.resolve()
    return full.relative_to(root.resolve()).as_posix() if full.is_relative_to(root.resolve()) else full.as_posix()
