"""Messages for several channels, as one order for each."""

from __future__ import annotations

from avops.sop.lazily import lazily
from avops.sop.tails import unquoted

_CHANNEL = r"(?<![\w&/])#[A-Za-z][\w-]{1,60}"
_SEVERAL = lazily(rf"{_CHANNEL}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+(?:in\s+|to\s+|also\s+)?|\s*&\s*){_CHANNEL})+")
_ONE = lazily(_CHANNEL)
MOST = 5
"""Channels of one sentence that are told one after the other."""


def each_channel(text: str) -> list[str]:
    """`text` once for every channel that it names side by side ("in #av-ops and #events"); itself alone where it names one or none."""
    found = _SEVERAL.search(unquoted(text))
    if found is None:
        return [text]
    named = list(dict.fromkeys(_ONE.findall(text[found.start() : found.end()])))
    if not 1 < len(named) <= MOST:
        return [text]
    return [f"{text[: found.start()]}{channel}{text[found.end() :]}" for channel in named]
