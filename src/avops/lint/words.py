"""Plain scalars that YAML 1.1 takes for true and false, found in the text without reading it as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.lint.edits import Offsets
from avops.project.yaml_positions import positions
from avops.project.yaml_source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"[:\-,\[][ ]*(on|off|yes|no|On|Off|Yes|No|ON|OFF|YES|NO)(?=[ \t]*(?:\r?$|[,\]}]|[ \t]#))", re.MULTILINE)


def ambiguous_words(text: str) -> Iterator[tuple[str, Span]]:
    """Each such word with its place, where it is a plain value: not quoted, no key, not inside a longer text."""
    places: set[tuple[int, int, int]] | None = None
    offsets: Offsets | None = None
    for found in _WORD.finditer(text):
        if places is None or offsets is None:
            places = {(span.line, span.column, span.end_column) for _, span in positions(text).values()}
            offsets = Offsets(text)
        line = offsets.line_at(found.start(1))
        column = found.start(1) - offsets.line_start(line) + 1
        if (line, column, column + len(found[1])) in places:
            yield found[1], Span(line, column, line, column + len(found[1]))
