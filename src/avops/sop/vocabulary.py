"""Words folded: inflections and the field's synonyms count as one word."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, read_data

_WORD = lazily(r"[a-zà-ÿ0-9][\w-]*", re.IGNORECASE)


@cache
def synonyms() -> dict[str, str]:
    """The word that each synonym stands for."""
    found: dict[str, str] = {}
    for key, line in read_data("synonyms.txt"):
        for word in (key, *line.split()):
            found.setdefault(word, key)
    return found


@cache
def folded_words(word: str) -> frozenset[str]:
    """Every word that folds to `word`, itself among them when it is one of them."""
    return frozenset(spoken for spoken, key in synonyms().items() if key == word)


_POWER = lazily(
    r"\b(?:turn|turned|switch|switched|powers?|powered)\b(?:\s+[\w'’-]+){0,6}?\s+(on|off)\b"
    r"|\bpower\b(?:\s+[\w'’-]+){0,5}?\s+(up|down)\b|\bshut\b(?:\s+[\w'’-]+){0,5}?\s+(down|off)\b"
    r"|\b(wake)\b",
    re.IGNORECASE,
)


# "Lower the volume to 30" sets it.
LEVEL = lazily(r"\b(?:lower|raise|increase|decrease|reduce|bring|turn|put)\b.*\bto\s+\d", re.IGNORECASE)


def power_wanted(text: str) -> str:
    """`on` or `off` where `text` turns something on or off ("power up", "shut the display down"), "" where it does not."""
    match = _POWER.search(text)
    word = next((part for part in match.groups() if part), "").lower() if match else ""
    return {"up": "on", "wake": "on", "down": "off"}.get(word, word)


@lru_cache(maxsize=4096)
def canonical(text: str) -> tuple[str, ...]:
    """The words of `text`, inflections and synonyms folded together."""
    out = []
    for raw in _WORD.findall(text.replace("_", " ").lower()):
        word = raw.strip("-")
        folded = synonyms().get(word) or synonyms().get(base_form(word), "") or base_form(word) or word
        out.append(folded)
    return tuple(out)


def spelled(value: str) -> str:
    """A pattern for a value as people write it: "HDMI 1" and "hdmi-1" are hdmi1, "USB-C" is usbc."""
    parts = re.split(r"[_\s]|(?<=[a-z])(?=\d)|(?<=^usb)(?=[a-z]$)", value, flags=re.IGNORECASE)
    return r"[\s-]?".join(re.escape(part) for part in parts if part)


def choices(schema: object) -> tuple[object, ...]:
    """The values that a schema of an argument or of a field allows one by one, none where it does not list them."""
    values = schema.get("enum") if isinstance(schema, dict) else None
    return tuple(values) if isinstance(values, (list, tuple)) else ()
