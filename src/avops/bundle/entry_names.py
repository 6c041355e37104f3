"""The names that an entry of an archive may have: plain, relative, and the same file on every system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 240
MAX_PART_BYTES = 200
MAX_DEPTH = 8

# What Windows opens as a device, whatever its ending.
_DEVICE = re.compile(r"^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)


def name_problem(name: str) -> str | None:
    """Why an entry may not have this name, None when it may. A folder's name ends with `/`."""
    body = name.removesuffix("/")
    if not body:
        return "it has no name"
    if len(name) > MAX_NAME:
        return f"its name is longer than {MAX_NAME} characters"
    if not name.isprintable():
        return "its name holds a character that is not printable"
    if "\\" in name:
        return "its name holds a backslash"
    if ":" in name:
        return "its name holds a ':', which names a drive or a stream on Windows"
    if name.startswith("/"):
        return "its name is an absolute path"
    parts = body.split("/")
    if len(parts) > MAX_DEPTH:
        return f"it lies more than {MAX_DEPTH} folders deep"
    return next((problem for part in parts if (problem := _part_problem(part)) is not None), None)


def _part_problem(part: str) -> str | None:
    if part == "..":
        return "its name leads out of the folder ('..')"
    if part in ("", "."):
        return "its name has an empty part"
    if part.startswith("."):
        return "its name is hidden: a part of it begins with '.'"
    if part != part.strip() or part.endswith("."):
        return "a part of its name begins or ends with a blank, or ends with a dot"
    if _DEVICE.match(part):
        return f"'{part}' names a device on Windows"
    return "a part of its name is too long for a file system" if len(part.encode("utf-8", "replace")) > MAX_PART_BYTES else None


def same_file(name: str) -> str:
    """What two names share when some file system takes them for one file."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def collision(names: Iterable[str]) -> tuple[str, str] | None:
    """Two names that cannot stand beside each other: one file on some system, or a file that is another's folder."""
    seen: dict[str, str] = {}
    for name in names:
        key = same_file(name)
        if key in seen:
            return seen[key], name
        seen[key] = name
    for key, name in seen.items():
        parts = key.split("/")
        for length in range(1, len(parts)):
            above = "/".join(parts[:length])
            if above in seen:
                return seen[above], name
    return None
