"""Which of several devices a sentence means: an address, a host, a room, "left" or "rear"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.evidence import mentions
from avops.sop.lazily import lazily
from avops.sop.tails import unquoted
from avops.sop.vocabulary import choices

if TYPE_CHECKING:
    from avops.sop.catalog import ActionCatalogEntry, ToolCatalogEntry

ADDRESS = lazily(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w@./-])(?:[a-z0-9][a-z0-9-]*\.){2,}[a-z]{2,}\b(?!/)|(?<![\w@./#-])[a-z]+(?:-[a-z0-9]+)*-\d+(?![\w-])"
)
_SITE = (
    r"room|hall|building|suite|studio|floor|lab|theatre|theater|auditorium|stage|lobby|foyer|lounge|office|classroom"
    r"|boardroom|atrium|cafeteria"
)
_BEHIND = lazily(
    rf"\b(?:in|at|of|for|on|from)\s+(?:the\s+)?((?:{_SITE})\s+(?-i:[A-Z0-9])[\w.-]*|(?-i:[A-Z]{{1,6}}-?\d)[\w.-]*"
    rf"|(?-i:[A-Z])[\w-]+(?:\s+(?:{_SITE}))?|(?:[\w-]+\s+)?(?:{_SITE}|back|front|left|right|rear))\b",
    re.IGNORECASE,
)
_ASIDE = lazily(
    r"\b(left|right|front|rear|back|main|side|upper|lower|first|second|third|other|spare|confidence|stage|lobby|foyer|hall)\s+$",
    re.IGNORECASE,
)


# "the right one", after "the left display"
_ONE = lazily(r"\bthe (left|right|front|rear|back|upper|lower|first|second|third|other) one\b", re.IGNORECASE)
# A projector and a television are two devices, also where one tool switches both; "display" and "screen" may be either.
_KINDS = {"projector": "projector", "beamer": "projector", "tv": "tv", "tvs": "tv", "television": "tv"}
_NO_PLACE = lazily(r"(?:hdmi|usb|dp|displayport|vga|dvi|pc|input|eod|cob|asap)[ -]?\w{0,2}", re.IGNORECASE)


def place_of(text: str, tool: ToolCatalogEntry, action: ActionCatalogEntry) -> str:
    """The words that tell the device from others of its kind, in small letters; "" when there are none."""
    bare = re.sub(r"#[\w-]+", " ", unquoted(text))
    if literal := ADDRESS.search(bare):
        return literal[0].lower()
    values = {str(value).lower() for other in tool.actions for schema in other.input.values() for value in choices(schema)}
    for match in _BEHIND.finditer(bare):
        named = match[1].strip(" .").lower()
        known = (
            named in values
            or _NO_PLACE.fullmatch(named) is not None
            or re.fullmatch(r"(?:(?:the|a|an|each|every|this|that|any|your)\s+)?(?:room|floor|office|stage)", named)
        )
        if not known and not any(begin <= match.start(1) < end for begin, end in mentions(bare, tool)):
            return named
    if one := _ONE.search(bare):
        return one[1].lower()
    for begin, end in mentions(bare, tool):
        aside = _ASIDE.search(bare[:begin])
        if aside:
            return aside[1].lower()
        coded = re.match(r"\s+([A-Z]{1,6}-?\d[\w-]*|\d[\w.-]*|[A-Z])\b", bare[end:])
        if coded and coded[1].lower() not in values and not _NO_PLACE.fullmatch(coded[1].lower()):
            return coded[1].lower()
    kinds = {_KINDS[word.lower()] for word in re.findall(r"[A-Za-z]+", bare) if word.lower() in _KINDS}
    return kinds.pop() if len(kinds) == 1 and mentions(bare, tool) else ""
