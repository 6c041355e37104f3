"""Names that people read, and the file names made from them."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(name: str) -> str:
    """The file name for a name, without its ending: `Display Fix` gives `display-fix`; never empty."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss")).encode("ascii", "ignore").decode("ascii")
    return _NOT_WORD.sub("-", plain).strip("-") or "unnamed"


def folded(name: str) -> str:
    """What two names share when they are the same name: case and runs of spaces do not count."""
    return " ".join(name.casefold().split())
