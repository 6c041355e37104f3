"""Whether an SOP looks for the cause of trouble: there, looking comes before mending in each of its sections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.lazily import lazily
from avops.sop.lexicon import read_data
from avops.sop.sections import bare_title

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_ALERT = lazily(r"^[A-Za-z]+(?:[A-Z][a-z]+){2,}[A-Za-z]*$")
"""An alert's name, which alert runbooks have as their title: "NodeClockNotSynchronising"."""


_LOOKS = lazily(r"\b(?:when|while|for|to|help) (?:you )?(?:diagnos\w+|trouble ?shoot\w*|debug\w*)\b", re.IGNORECASE)
# What an alert's runbook says of its alert, in its first paragraphs.
_RAISED = lazily(
    r"\b(?:this|the) (?:\w+ )?alert (?:is|was|will be|gets) (?:triggered|raised|fired|firing|sent)\b|\b(?:this"
    r"|the) (?:\w+ )?alert (?:fires|triggers|means|indicates)\b",
    re.IGNORECASE,
)
_BEGINNING = 8
"""Blocks in which an alert's runbook says what raised its alert."""


def searching_sections(blocks: list[Block]) -> set[int | None]:
    """The sections (by heading, None for what stands before the first) where the SOP looks for the cause of trouble.

    All of them when the title names trouble or the SOP has a part for symptoms or diagnosis; else those below a heading such
    as "Troubleshooting".
    """
    headings = [i for i, block in enumerate(blocks) if block.kind == "heading"]
    titles = {i: bare_title(blocks[i].text) for i in headings}
    first = titles[headings[0]] if headings else ""
    named = _pattern("trouble").search(first) if len(first.split()) <= 10 else None
    parts = _pattern("parts")
    if headings and any(_LOOKS.search(block.text) for block in blocks[: headings[0] + 2] if block.kind == "paragraph"):
        return {None, *headings}
    if headings and any(_RAISED.search(block.text) for block in blocks[:_BEGINNING] if block.kind == "paragraph"):
        return {None, *headings}
    if headings and (_ALERT.match(first) or named or any(parts.fullmatch(titles[i]) for i in headings)):
        return {None, *headings}
    search = _pattern("search")
    found: set[int | None] = set()
    for i in headings:
        if blocks[i].section in found or (len(titles[i].split()) <= 12 and search.search(titles[i])):
            found.add(i)
    return found


def names_trouble(text: str) -> bool:
    """Whether words name something that is wrong ("No picture", "Room offline", "Frozen?")."""
    return text.rstrip().endswith("?") or _pattern("trouble").search(text) is not None


def _pattern(kind: str) -> re.Pattern[str]:
    phrases = [part.strip() for key, line in read_data("diagnosis.txt") if key == kind for part in line.split(";")]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, phrases))})(?![\w-])", re.IGNORECASE)
