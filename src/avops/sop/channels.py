"""Messages for several channels, as one order for each."""

from __future__ import annotations

import re

from avops.sop.lazily import lazily
from avops.sop.tails import message_start, unquoted

_CHANNEL = r"(?<![\w&/])#[A-Za-z][\w-]{1,60}"
_SEVERAL = lazily(rf"{_CHANNEL}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+(?:in\s+|to\s+|also\s+)?|\s*&\s*){_CHANNEL})+")
_ONE = lazily(_CHANNEL)
# What may stand right in front of the channels: the verb that tells, or the place of a message.
_TOLD = r"(?:tell|inform|notify|update|alert|message|ping|warn|let|slack)"
_PLACED = r"(?:post|announce|share|write|publish|say|send|repeat)\b[^#]{0,400}?\b(?:in|to|on|into)"
_ADDRESSED = lazily(
    rf"^(?:.{{0,160}}?[,;:]\s+)?\W*(?:(?:then|also|please|and|now|first)\s+)*(?:{_TOLD}|{_PLACED})\s+(?:the\s+)?(?:channels?\s+)?$", 2
)
_LESS = lazily(
    r"\b(?:one of|either|any of|but|except|outside|instead|not|never|no|from|links?|threads?|members?|owners?|of)\b", re.IGNORECASE
)
# "Inform #av-ops of the outcome" names what the message is about.
ABOUT = lazily(r"#[\w-]+,?\s+(?:of|about|on|regarding)\s+(?:the|this|any|your|our|all|what|how|which)\b", re.IGNORECASE)
# "Tell #av-ops the room is ready": a message without its "that".
WITHOUT_THAT = lazily(
    r"^(\W*(?:please\s+)?(?:tell|inform|notify|remind|warn|let)\s+#[\w-]+(?:\s+know)?)\s+(?=(?:the|this|our|we|it|all|everyone|room|hall)\s(?:[^.\"]{0,60}\s)?(?:is|are|was|has|have|will|can|needs?|works?)\b)",
    re.IGNORECASE,
)
MOST = 5
"""Channels of one sentence that are told one after the other."""


def each_channel(text: str) -> list[str]:
    """`text` once for every channel that it addresses side by side ("in #av-ops and #events"); else itself alone."""
    if text.count("#") < 2:
        return [text]
    masked = unquoted(text)
    found = _SEVERAL.search(masked)
    if found is None or not _ADDRESSED.match(masked[: found.start()]) or _LESS.search(masked[: found.start()]):
        return [text]
    begins = message_start(text)
    if begins is not None and begins < found.start():
        return [text]
    named = list(dict.fromkeys(_ONE.findall(text[found.start() : found.end()])))
    if not 1 < len(named) <= MOST:
        return [text]
    return [f"{text[: found.start()]}{channel}{text[found.end() :]}" for channel in named]
