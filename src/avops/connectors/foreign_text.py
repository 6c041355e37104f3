"""Words of services and programs, made safe to show."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text in one line: everything that is not printable (control characters, changes of direction) becomes a space."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
