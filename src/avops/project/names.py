"""Names that people read, and the file names made from them."""

from __future__ import annotations

import re
import unicodedata

UNNAMED = "unnamed"
"""The file name of what has no Latin letter or digit in its name."""
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """The file name for a name, without its ending: `Display Fix` gives `display-fix`; never empty."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss")).encode("ascii", "ignore").decode("ascii")
    return _NOT_WORD.sub("-", plain).strip("-") or UNNAMED


def folded(name: str) -> str:
    """What two names share when they are the same name: case and runs of spaces do not count."""
    return " ".join(name.casefold().split())
