"""What a heading says about the text below it."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from avops.sop.lazily import lazily
from avops.sop.lexicon import read_data
from avops.sop.patterns import PICTURE

PHASES = ("intake", "plan", "act", "verify")
STAGES = (*PHASES, "prepare", "closing")  # what a heading can say about when its steps are done
_NUMBERING = lazily(
    r"^(?:(?:step|phase|stage|part|section)\s+\w{1,5}\s*[:.)\-–—]+|\d{1,3}(?:\.\d{1,3})*[.):]?|[a-z][.)])\s+", re.IGNORECASE
)


_ASIDE = lazily(r"\s*\([^()]*\)\s*$")
_STAGE_WORD = lazily(r"(?<=\w)\s+(?:phase|stage|step|steps|section)$")


@cache
def _kinds() -> tuple[dict[str, str], dict[str, str], re.Pattern[str]]:
    """Kinds of whole titles, kinds of phrases, and the pattern that finds a phrase."""
    whole: dict[str, str] = {}
    inside: dict[str, str] = {}
    for kind, line in read_data("sections.txt"):
        for phrase in filter(None, (part.strip() for part in line.split(";"))):
            (whole if phrase.startswith("=") else inside).setdefault(phrase.lstrip("="), kind)
    longest_first = sorted(inside, key=len, reverse=True)
    return whole, inside, re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


@lru_cache(maxsize=4096)
def section_kind(title: str, *, whole: bool = False) -> str | None:
    """The kind of the section under `title`, or None; `whole` asks that the phrase is the entire title."""
    text = bare_title(title).lower()
    if len(text) > 160 or re.fullmatch(r"plan [a-z0-9]", text):
        return None
    titles, phrases, pattern = _kinds()
    for title_text in (text, _STAGE_WORD.sub("", _ASIDE.sub("", text))):
        if title_text in titles:
            return titles[title_text]
    if whole:
        return phrases.get(text)
    found = max(pattern.findall(text), key=len, default=None)
    return phrases[found] if found else None


def bare_title(title: str) -> str:
    """A heading without its numbering, marks and anchors."""
    text = re.sub(r"\[([^\[\]]{0,400})\]\([^()\n]{0,1000}\)", r"\1", title[:600])
    text = re.sub(r"\s*\{#[^}]*\}\s*$", "", text)
    text = re.sub(r"[*`]", "", text).strip(" #:_\t")
    return _NUMBERING.sub("", PICTURE.sub("", text)).strip()


def is_named_phase(title: str) -> bool:
    """Whether a heading is one of the four phases by name, perhaps numbered ("1. Intake", "Phase 2: Plan")."""
    return bare_title(title).lower().rstrip(" :") in PHASES
