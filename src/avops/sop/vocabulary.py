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


@lru_cache(maxsize=4096)
def canonical(text: str) -> tuple[str, ...]:
    """The words of `text`, inflections and synonyms folded together."""
    out = []
    for raw in _WORD.findall(text.replace("_", " ").lower()):
        word = raw.strip("-")
        folded = synonyms().get(word) or synonyms().get(base_form(word), "") or base_form(word) or word
        out.append(folded)
    return tuple(out)
