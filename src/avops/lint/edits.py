"""Changes to a text that leave every other character as it was."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

# What libyaml counts as the end of a line, so that its lines and ours agree.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Edit(NamedTuple):
    """The characters from `start` up to `end` become `text`."""

    start: int
    end: int
    text: str


class Offsets:
    """Where each line of a text begins; lines and columns count from 1."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]

    def at(self, line: int, column: int) -> int:
        """The offset of a place."""
        return self._starts[line - 1] + column - 1

    def line_at(self, offset: int) -> int:
        """The line that an offset lies in."""
        return bisect_right(self._starts, offset)

    def line_start(self, line: int) -> int:
        """The offset at which a line begins; the text's end beyond the last."""
        return self._starts[line - 1]


def apply_edits(text: str, edits: list[Edit]) -> str:
    """The text with all edits made; one that overlaps an earlier one is left out."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits):
        if edit.start < position:
            continue
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, text[position:]])


def newline_of(text: str) -> str:
    """How the lines of a text end."""
    found = _LINE_BREAK.search(text)
    return found.group() if found is not None and found.group() in ("\r\n", "\n", "\r") else "\n"
