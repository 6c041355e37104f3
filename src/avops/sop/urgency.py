"""How urgent a ticket is by the words of an SOP, in the words of the tool's own scale."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from avops.sop.lexicon import words
from avops.sop.tails import message_start

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANKS = (
    ("critical", "emergency", "highest", "urgent", "high"),
    ("critical", "highest", "urgent", "high"),
    ("high", "urgent", "major"),
    ("moderate", "medium", "normal"),
    ("low", "minor", "lowest"),
    ("lowest", "low", "minor"),
)
_KINDS = (("most_urgent", 1, 0), ("urgent", 2, 1), ("not_urgent", 4, 5))


@cache
def _pattern() -> re.Pattern[str]:
    """A word or a rank where it can only say how urgent: beside "priority", before "ticket", behind "as"."""
    spoken = "|".join(sorted(word for kind, _, _ in _KINDS for word in words(kind)))
    scale = "|".join(sorted(words("urgency")))
    thing = "|".join(sorted(words("close_object")))
    return re.compile(
        rf"\b(?:{scale})\s*(?:level\s+)?(?:is|of|to|as|at|=|:|-)?\s*(?P<after>{spoken}|\d)\b|\b(?P<before>{spoken})[\s-]+(?:{scale})\b"
        rf"|\b(?P<of>{spoken})\s+(?:\w+\s+)?(?:{thing})\b|\b(?:mark|flag)(?:ed)?\s+(?:\w+\s+)?(?:as\s+)?(?P<marked>{spoken})\b"
        rf"|\((?P<aside>{spoken})\)"
        rf"|(?:\b(?:as|an?|with|at)\s+|\()p(?P<rank>\d)\b|\bp(?P<first>\d)\s+(?:\w+\s+)?(?:{thing})\b|\b(?:sev|prio)-?(?P<level>\d)\b",
        re.IGNORECASE,
    )


def urgency(text: str) -> str:
    """The word or the rank by which `text` says how urgent a ticket is, "" when it does not."""
    said = message_start(text)
    for match in _pattern().finditer(text):
        if said is None or match.start() < said or match["after"]:
            return next(part.lower() for part in match.groups() if part)
    return ""


def ranked(spoken: str, scale: Sequence[object]) -> object:
    """The one of the tool's own values that stands for `spoken`, None for none."""
    ranks = [int(spoken)] if spoken.isdigit() else next(([first, other] for kind, first, other in _KINDS if spoken in words(kind)), [])
    wanted = [spoken]
    for rank in ranks:
        wanted += [*_RANKS[min(rank, len(_RANKS) - 1)], str(rank), f"p{rank}", f"sev{rank}"]
    named = {str(value).lower(): value for value in scale}
    return next((named[word] for word in wanted if word in named), None)
