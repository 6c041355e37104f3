"""Sentences in notes, tips and warnings: mostly remarks, sometimes steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.blocks import LABEL_ASIDE, Block
from avops.sop.candidates import CONTEXT, STEP, Candidate
from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.lexicon import words

if TYPE_CHECKING:
    from avops.sop.reading import Reading

_FIRST = lazily(r"^(?:\w+,?\s+)?(?:you|we) (?:must|should|need to|have to)\b.*\b(?:before|first|make sure|ensure|verify)\b", re.IGNORECASE)
_NEEDED = lazily(r"(?!.{0,12}\b(?:if|when)\b).{0,80}?\byou(?: will|['’]ll) (?:\w+ )?(?:need|have) to\b", re.IGNORECASE)
_ADVICE = lazily(r"^we (?:strongly |highly )?(?:recommend|suggest|advise)", re.IGNORECASE)
_CASE = lazily(r"^(?:if|when|for|at|before|after|once|in case)\b", re.IGNORECASE)
_OWN = lazily(r"\byour (?:organi[sz]ation|company|own)\b|\bsame (?:procedure|steps|way)\b", re.IGNORECASE)
_REMARKS = frozenset(["note", "notice", "tip", "hint", "info", "nb", "n.b.", "remark", "footnote", "example", "abstract", "summary"])


def judge_note(c: Candidate, block: Block, *, steps_before: bool) -> None:
    """Decide whether a sentence in a note is a step: a duty, an order for a certain case, something to make sure of."""
    label = _label(block)
    shown = label in ("info", "example", "abstract")
    reading = c.reading
    in_list = block.kind == "item" and (block.checkbox or block.ordered) and not shown
    if in_list and reading.mood in ("do", "must", "command", "fragment", "state", "passive"):
        c.take(STEP, "a step inside a note")
    elif reading.mood == "do" and _ADVICE.match(plain(c.text)):
        c.take(STEP, "a recommendation")
        c.phase = "plan"
    elif reading.mood == "must" and (_FIRST.search(plain(c.text)) or (reading.kind == "change" and _NEEDED.match(plain(c.text)))):
        c.take(STEP, "a duty that a note adds")
    elif (reading.mood in ("do", "must") and label not in _REMARKS and " " in c.text) or (
        not shown
        and block.kind == "paragraph"
        and reading.mood in ("do", "must")
        and _for_a_case(reading, c.text)
        and not _OWN.search(c.text)
    ):
        c.take(STEP, f"an order in a {label}")
    elif reading.mood in ("expect", "result") and block.aside == "success" and steps_before:
        c.take(STEP, "what must be seen afterwards")
    else:
        c.take(CONTEXT, f"in a {block.aside or 'note'}")


def _for_a_case(reading: Reading, whole: str) -> bool:
    """Whether an order in a note is one for a certain case, or tells what to make sure of."""
    always = reading.mood == "do" and reading.main != "" and re.search(r"\balways\b", whole[:20], re.IGNORECASE) is not None
    return always or reading.verb in words("assure") or (reading.mood == "do" and _CASE.match(reading.lead) is not None)


def _label(block: Block) -> str:
    """What kind of note a block stands in, or starts as."""
    label = LABEL_ASIDE.match(plain(block.text[:200]))
    return block.aside or (label[1].lower() if label else "note")
