"""SOPs in other languages: kept whole, item by item, because there is no grammar for them here."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, GUARDRAIL, LEFT, STEP, Candidate
from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.lexicon import read_data

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_ENDINGS = frozenset(("e", "t", "et", "ez", "er", "ir", "oir", "r", "re", "tes", "ar"))
# "slår du på skjermen", "schalten Sie den Beamer ein": the verb before the person, behind whatever stands in front.
_INVERTED = lazily(
    r"(?:^|[\w,)] )(?!(?:får|har|er|ser|vil|trenger|finner|benötigen|finden|können|sehen|haben|sollen|werden|möchten|wollen|dürfen"
    r"|erhalten|erfahren|kennen|wissen) )(?:\w+(?:er|år|ar) du|\w{3,}en Sie)\b",
    re.IGNORECASE,
)
_WORD = lazily(r"[^\W\d_]+")


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


def other_script(text: str) -> bool:
    """Whether most of the letters are of another script, in an SOP that is told twice."""
    letters = [ch for ch in text[:500] if ch.isalpha()]
    return len(letters) > 10 and 2 * sum(ch > "\u0370" for ch in letters) > len(letters)


def judge_foreign(candidates: list[Candidate], blocks: list[Block], kinds: dict[int, str]) -> None:
    """Every item of a list is a step, with all of its sentences; so is a sentence that addresses the reader."""
    first: dict[int, Candidate] = {}
    counted = any(b.kind == "item" and (b.ordered or b.checkbox) for b in blocks)
    for c in candidates:
        block = blocks[c.block]
        kind = kinds.get(block.section, "") if block.section is not None else ""
        if c.caption or kind in ("reference", "inputs", "rollback") or block.aside:
            continue
        if c.verdict == LEFT and c.reason in ("a link", "summary of what follows"):
            continue
        if _WORD.findall(plain(c.text).lower())[:1] and _WORD.findall(plain(c.text).lower())[0] in _class("never"):
            c.take(GUARDRAIL, "tells what not to do")
            continue
        head = first.get(c.block)
        if block.kind in ("item", "row") and head is not None and not _orders(c.text):
            head.more.append(c.text)
            c.take("parent", "part of the step before it")
        elif (
            (block.kind == "item" and (block.ordered or block.checkbox or block.depth > 1 or kind or not counted))
            or block.kind == "row"
            or _orders(c.text)
            or _names_command(c, blocks)
        ):
            c.take(STEP, "an item, kept whole" if block.kind == "item" else "addresses the reader")
            _read(c)
            first[c.block] = c
        elif _expects(c.text) and first:
            c.take(STEP, "what must be seen afterwards")
            c.kind = "observe"
            c.check = True
        elif c.verdict == STEP:
            c.take(CONTEXT, "states something")


def _names_command(c: Candidate, blocks: list[Block]) -> bool:
    """Whether a sentence ends with a colon right above a command."""
    below = blocks[c.block + 1] if c.block + 1 < len(blocks) else None
    return below is not None and below.kind == "code" and plain(c.text).endswith(":")


def _orders(text: str) -> bool:
    """Whether a sentence orders something: "Ouvrez …", "Schalten Sie …", "Installiere …", "Wenn …, verbinde …", "Sie müssen …"."""
    said = plain(text)[:600]
    if any(re.search(rf"\b{re.escape(duty.replace('_', ' '))}\b", said, re.IGNORECASE) for duty in _class("duty")):
        return True
    if _INVERTED.search(said) and not said.endswith("?"):
        return True
    return any(_begins_with_order(_WORD.findall(clause)[:3]) for clause in re.split(r"[,;:]\s+|\s[–—-]\s+", said))


def _begins_with_order(tokens: list[str]) -> bool:
    if not tokens:
        return False
    first = tokens[0].lower()
    following = tokens[1] if len(tokens) > 1 else ""
    if first in _class("imperative") or re.match(r"^\w{2,}ez$|^\w{4,}[ei]u$", first) or (following == "Sie" and first.endswith("n")):
        return True
    ends = {first[len(stem) :] for stem in _class("order") if first.startswith(stem)}
    return bool(ends & _ENDINGS) or ("" in ends and following.lower() in _class("object"))


def _expects(text: str) -> bool:
    """Whether a sentence says what should be seen ("Der Router sollte nun starten")."""
    return any(word in _class("expect") for word in _WORD.findall(plain(text)[:300].lower()))


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
