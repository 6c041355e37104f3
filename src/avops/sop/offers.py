"""Sentences that allow or expect something ("you can …", "… should be lit"): which of them are steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, verb_class, words
from avops.sop.reading import Reading
from avops.sop.tails import NEGATION

if TYPE_CHECKING:
    from avops.sop.candidates import Candidate

_THEN = lazily(r"^(?:once|after|when|now)\b", re.IGNORECASE)
_COMMAND = lazily(r"`[^`\s]+ [^`]+`")
_HOW = lazily(r"\bnow\b|\bby\s+\[?\w+ing\b", re.IGNORECASE)
_YOU = lazily(r"^(?:you|we) (?:can|could|may)\b", re.IGNORECASE)
_INSTANCE = lazily(r"\b(?:for (?:instance|example)|one of the|or not|such as)\b", re.IGNORECASE)
_VAGUE = lazily(r"^(?:\W*(?:it|they|this|that|these|those|there|things?|nobody|no one)\b)", re.IGNORECASE)


_MEETS = lazily(r"\byou (?:should|will|ought)\b", re.IGNORECASE)
_SEEN = lazily(
    r"\bshould (?:now |also |then )?"
    r"(?:look|appear|show|display|glow|light up|turn (?:green|red|blue|white|off|on)|blink|flash|play|sound|resolve"
    r"|be (?:on|off|lit|solid|green|red|blue|white|black|blinking|flashing))\b",
    re.IGNORECASE,
)


def is_offer(c: Candidate, *, command: bool, searched: bool) -> bool:
    """Whether "you can …" says what to do: with a command, "now", by doing something, or with an object of its own."""
    reading = c.reading
    if searched and reading.kind in ("observe", "obtain"):
        return True
    if command or (reading.kind in ("observe", "obtain") and _COMMAND.search(c.text) and not _INSTANCE.search(c.text)):
        return True
    if reading.kind == "change" and (_THEN.match(reading.lead) or _COMMAND.search(c.text) or _HOW.search(c.text[:300])):
        return True
    text = plain(c.text)
    offered = _YOU.match(reading.main) is not None and reading.verb not in words("allowing") and not text.endswith(":")
    return (
        offered
        and reading.kind in ("change", "obtain", "communicate", "help", "prepare")
        and not (_INSTANCE.search(text) or text.lower().startswith("with "))
    )


def says_how_it_should_be(c: Candidate) -> bool:
    """Whether an expectation names the thing it is about ("Desktop audio should be muted"), so that it can be checked."""
    return not _VAGUE.match(plain(c.text)) and not _VAGUE.match(c.reading.main) and not c.text.rstrip().endswith("?")


def shows_itself(c: Candidate, *, anywhere: bool = False) -> bool:
    """Whether an expectation can be seen or heard ("The picture should look like this", "You should hear the tone").

    `anywhere`: also behind other sentences, if it names what is seen.
    """
    if anywhere:
        text = plain(c.text)[:200]
        return _SEEN.search(text) is not None and not _VAGUE.match(text) and not text.startswith(("(", "Example"))
    return _MEETS.search(c.text) is not None or (c.position == 0 and _SEEN.search(plain(c.text)[:200]) is not None)


_WHERE = lazily(r"^(?:(?:now|then|next|and),?\s+)?(?:on|in|from|inside|within|as|with)\s+[^,;:?!]{2,70}:$")


def aims(c: Candidate) -> bool:
    """Whether a sentence names what the command below it is for ("To read the log:", "Checking the queue:")."""
    text = plain(c.text).lower()
    doing = re.match(r"(\w+ing)\s+(?:for|the|a|an|all|your|and)\b", text)
    placed = _WHERE.match(text) is not None
    return text.startswith("to ") or placed or (doing is not None and text.endswith(":") and base_form(doing[1]) != "")


_BY_RUNNING = lazily(
    r"^(?:(?:then|now|next|again|alternatively)\W+)?(?:running|executing|issuing|typing)\b.{2,120}?\b(?:will|should|shows?|prints?|lists?|tells?|returns?)\b"
    r"|\b(?:can|could|may) (?:also )?be (?:\w+ )?(?:confirmed|verified|checked|tested|listed|viewed|seen|found|obtained|done"
    r"|achieved|triggered|used|run|started|restarted"
    r"|stopped|changed|set|removed|deleted|created|forced|performed|executed|enabled|disabled)\b.{0,160}?"
    r"\b(?:by (?:running|executing|issuing|typing|checking|using)|with the (?:following )?(?:command|query)|with:$|with `"
    r"|using (?:the )?(?:`|following|command|(?-i:[A-Z]\w+-[A-Z]\w+)))"
    r"|\b(?:you|we|one) (?:can|could|will|do|may)\b[^.]{0,160}?\b(?:with|by|using|running|like this|as follows|following|this"
    r"|script|command|query|:)\s*[:.]?$",
    re.IGNORECASE,
)


def shown_by_command(c: Candidate) -> bool:
    """Whether a statement says what a command does that is given ("Running `lsblk` again will show …", "… can be stopped with `x y`")."""
    return _BY_RUNNING.search(c.text[:400]) is not None and NEGATION.search(c.text) is None


def ordered_verb(c: Candidate, keyword: re.Match[str]) -> bool:
    """Whether a verb that is as often a noun follows "MUST", where it can only be a verb; the sentence is read so then."""
    text = plain(c.text)
    word = re.match(r"\s*(?:\w+ly\s+)?([a-z-]+)", text[keyword.end() :])
    verb = word[1] if word else ""
    if not verb_class(verb) or verb in words("manner") | words("be"):
        return False
    c.reading = Reading(mood="must", verb=verb, kind=verb_class(verb), main=text)
    return True
