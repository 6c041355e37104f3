"""Names that people read, and the file names made from them."""

from __future__ import annotations

import re
import unicodedata

UNNAMED = "unnamed"
"""The file name of what has no letter or digit in its name."""
_NOT_WORD = re.compile(r"[\x00-/:-`{-\x7f]+")
_OTHER = ("MODIFIER ",)
"""Signs such as the okina, which Unicode counts among the letters."""
_LONGEST = 180
"""Bytes that a file name with other letters may have: file systems stop at 255, and endings and backups come behind it."""


def slug(name: str) -> str:
    """The file name for a name, without its ending: `Display Fix` gives `display-fix`, `会議室 2` gives `会議室-2`; never empty.

    Latin letters lose their marks; letters and digits of other scripts stay as they are, and all are in Unicode's form C.
    """
    if name.isascii():
        return _joined(name.lower()) or UNNAMED
    apart = unicodedata.normalize("NFKD", name.casefold())
    apart = unicodedata.normalize("NFKD", "".join(char if char.isascii() else char.casefold() for char in apart))
    made = _joined(_kept(apart, latin=False)) or _joined(_kept(apart, latin=True)) or UNNAMED
    return made if made.isascii() else _cut(made)


def _joined(text: str) -> str:
    return _NOT_WORD.sub("-", unicodedata.normalize("NFC", text)).strip("-")


def _kept(text: str, *, latin: bool) -> str:
    """The characters of a decomposed text that a file name keeps; `latin` says whether those such as `ø`, which have no plain form, are."""
    kept: list[str] = []
    for char in text:
        kind = unicodedata.category(char)
        if char.isascii():
            kept.append(char)
        elif kind[0] == "M":  # the vowels of Devanagari, the dots of kana: a part of the letter before
            if kept and not kept[-1].isascii():
                kept.append(char)
        elif kind[0] in "LN" and not unicodedata.name(char, "").startswith(_OTHER if latin else ("LATIN ", *_OTHER)):
            kept.append(char)
    return "".join(kept)


def _cut(text: str) -> str:
    """The text, cut where it is too long for a file system."""
    return text.encode()[:_LONGEST].decode("utf-8", "ignore").strip("-")


def folded(name: str) -> str:
    """What two names share when they are the same name: case and runs of spaces do not count."""
    return " ".join(name.casefold().split())
