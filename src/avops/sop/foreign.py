"""SOPs in other languages: kept whole, item by item, because there is no grammar for them here."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, GUARDRAIL, LEFT, STEP, Candidate
from avops.sop.grammar import plain
from avops.sop.lexicon import read_data

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_WORD = re.compile(r"[^\W\d_]+")


@cache
def _class(name: str) -> tuple[str, ...]:
    return tuple(word for key, line in read_data("foreign.txt") if key == name for word in line.split())


def is_foreign(blocks: list[Block]) -> bool:
    """Whether the text is not English: few of its words are the ones that every English text is full of."""
    english, common = set(_class("english")), set(_class("common"))
    total = ours = theirs = 0
    for block in blocks:
        if block.kind in ("code", "row"):
            continue
        for word in _WORD.findall(plain(block.text[:2000]).lower()):
            total += 1
            ours += word in english
            theirs += word in common and word not in english
    accented = sum(
        any("à" <= ch <= "ž" for ch in word.lower()) for b in blocks if b.kind != "code" for word in _WORD.findall(b.text[:2000])
    )
    if total >= 3 and not ours and accented >= max(1, total // 10):
        return True
    letters = sum(1 for b in blocks if b.kind != "code" for ch in b.text[:500] if ch > "\u0370" and ch.isalpha())
    return total >= 5 and (theirs > ours or letters > 5 * total // 10) and (ours < 0.08 * total or theirs >= 3 * ours)


def judge_foreign(candidates: list[Candidate], blocks: list[Block], kinds: dict[int, str]) -> None:
    """Every item of a list is a step, with all of its sentences; so is a sentence that addresses the reader."""
    first: dict[int, Candidate] = {}
    counted = any(b.kind == "item" and (b.ordered or b.checkbox) for b in blocks)
    for c in candidates:
        block = blocks[c.block]
        kind = kinds.get(block.section, "") if block.section is not None else ""
        if c.caption or kind in ("reference", "inputs", "rollback") or block.aside:
            continue
        if c.verdict == LEFT and c.reason == "a link":
            continue
        if _WORD.findall(plain(c.text).lower())[:1] and _WORD.findall(plain(c.text).lower())[0] in _class("never"):
            c.take(GUARDRAIL, "tells what not to do")
            continue
        head = first.get(c.block)
        if block.kind in ("item", "row") and head is not None:
            head.more.append(c.text)
            c.take("parent", "part of the step before it")
        elif (
            (block.kind == "item" and (block.ordered or block.checkbox or block.depth > 1 or kind or not counted))
            or block.kind == "row"
            or _addresses(c.text)
        ):
            c.take(STEP, "an item, kept whole" if block.kind == "item" else "addresses the reader")
            _read(c)
            first.setdefault(c.block, c)
        elif c.verdict == STEP:
            c.take(CONTEXT, "states something")


def _addresses(text: str) -> bool:
    """Whether a sentence starts with a polite order: "Ouvrez …", "Schalten Sie …", "Haga …"."""
    tokens = _WORD.findall(plain(text))[:3]
    if not tokens:
        return False
    return bool(re.match(r"^\w{2,}ez$", tokens[0], re.IGNORECASE)) or (len(tokens) > 1 and tokens[1] == "Sie")


def _read(c: Candidate) -> None:
    """Whether the step checks or waits, by the beginnings of its first words."""
    tokens = [word.lower() for word in _WORD.findall(plain(c.text))[:3]]
    if any(token.startswith(_class("check")) for token in tokens):
        c.kind = "observe"
        c.check = True
    elif any(token.startswith(_class("wait")) for token in tokens):
        c.kind = "wait"
    else:
        c.kind = "change"
