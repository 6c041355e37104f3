"""What a heading says about the text below it."""

from __future__ import annotations

import re
from functools import cache

from avops.sop.lexicon import read_data

PHASES = ("intake", "plan", "act", "verify")
_NUMBERING = re.compile(r"^(?:(?:step|phase|stage|part|section)\s+\w{1,5}\s*[:.)\-–—]+|\d{1,3}(?:\.\d{1,3})*[.):]?|[a-z][.)])\s+", re.IGNORECASE)


@cache
def _kinds() -> list[tuple[str, str, re.Pattern[str]]]:
    """(kind, phrase, pattern) in the order of the data file's lines, longest phrase first."""
    rows = []
    for kind, words in read_data("sections.txt"):
        for phrase in words.split(";"):
            phrase = phrase.strip()
            if phrase:
                whole = phrase.startswith("=")
                plain = phrase.lstrip("=").strip()
                body = re.escape(plain)
                rows.append((kind, plain, re.compile(rf"^{body}$" if whole else rf"(?<!\w){body}(?!\w)")))
    return sorted(rows, key=lambda row: -len(row[1]))


def section_kind(title: str, *, whole: bool = False) -> str | None:
    """The kind of the section under `title`, or None; `whole` asks that the phrase is the entire title."""
    text = bare_title(title).lower()
    if len(text) > 160:
        return None
    for kind, phrase, pattern in _kinds():
        if pattern.search(text) and (not whole or phrase == text):
            return kind
    return None


def bare_title(title: str) -> str:
    """A heading without its numbering, marks and anchors."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
    text = re.sub(r"\s*\{#[^}]*\}\s*$", "", text)
    text = re.sub(r"[*`]", "", text).strip(" #:_\t")
    return _NUMBERING.sub("", text).strip()


def is_named_phase(title: str) -> bool:
    """Whether a heading is one of the four phases by name, perhaps numbered ("1. Intake", "Phase 2: Plan")."""
    return bare_title(title).lower().rstrip(" :") in PHASES
