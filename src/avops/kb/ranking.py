"""Sentences of pages, and how much each has to do with what was asked."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.kb.pages import Block

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“(\[]?[A-ZÀ-Þ0-9])")
_SHORT = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|no|fig|approx|dr|mr|ms|inc|ver|v)\.|\b[A-Z]\.)$", re.IGNORECASE)
SHORTEST, LONGEST = 20, 400
K1, B = 1.2, 0.75
COMMON = frozenset(
    (
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "so",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as it stands on a page. `source` counts from 1; `place` is its place among the page's sentences."""

    source: int
    place: int
    text: str
    heading: str = ""
    kind: str = "text"


def words(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return [found.casefold() for found in _WORD.findall(text)]


def query_terms(query: str) -> list[str]:
    """The words of a query that say something; all of them when none does."""
    found = list(dict.fromkeys(words(query)))
    return [word for word in found if word not in COMMON] or found


def is_same(term: str, word: str) -> bool:
    """Whether a word of a text is meant by a term: the same, or one with another ending."""
    if term == word:
        return True
    shorter, longer = sorted((term, word), key=len)
    return len(shorter) >= 4 and longer.startswith(shorter) and len(longer) - len(shorter) <= 3


def sentences(source: int, blocks: Sequence[Block]) -> list[Sentence]:
    """The sentences of a page, each under its heading; too short and too long ones are left out."""
    found: list[Sentence] = []
    heading = ""
    for block in blocks:
        if block.kind == "heading":
            heading = block.text
            continue
        if block.kind in ("code", "end"):
            continue
        for text in split(block.text):
            if SHORTEST <= len(text) <= LONGEST:
                found.append(Sentence(source=source, place=len(found), text=text, heading=heading, kind=block.kind))
    return found


def split(text: str) -> list[str]:
    """The sentences of a block; a full stop after a short form ends none."""
    parts: list[str] = []
    for part in _END.split(text):
        if parts and _SHORT.search(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return [part.strip() for part in parts if part.strip()]


def scores(query: str, found: Sequence[Sentence]) -> list[float]:
    """The BM25 score of each sentence for the query; a heading that fits counts half. 0 where no word fits."""
    terms = query_terms(query)
    counted = [Counter(words(each.text)) for each in found]
    headed = [set(words(each.heading)) for each in found]
    lengths = [sum(counter.values()) for counter in counted]
    mean = (sum(lengths) / len(lengths) if lengths else 0.0) or 1.0
    hits = [[sum(number for word, number in counter.items() if is_same(term, word)) for term in terms] for counter in counted]
    weights = []
    for index in range(len(terms)):
        among = sum(1 for row in hits if row[index])
        weights.append(math.log(1 + (len(found) - among + 0.5) / (among + 0.5)))
    result = []
    for row, length, heads in zip(hits, lengths, headed, strict=True):
        bulk = K1 * (1 - B + B * length / mean)
        own = sum(weight * number * (K1 + 1) / (number + bulk) for weight, number in zip(weights, row, strict=True))
        under = sum(weight for weight, term in zip(weights, terms, strict=True) if any(is_same(term, word) for word in heads))
        result.append(own + under / 2 if own or (under and _covers(terms, heads)) else 0.0)
    return result


def _covers(terms: Sequence[str], heads: set[str]) -> bool:
    """Whether a heading alone is about the query: it has at least half of its words."""
    return 2 * sum(1 for term in terms if any(is_same(term, word) for word in heads)) >= len(terms)
