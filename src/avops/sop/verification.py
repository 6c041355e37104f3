"""Expected results as the check of last resort: never invented, only found."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, STEP, Candidate
from avops.sop.grammar import plain, read
from avops.sop.lazily import lazily

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_SAID = lazily(
    (
        r"\b(?:should|will)\s+(?:now\s+|then\s+|all\s+|also\s+)?(?:be|show|display|appear|light|turn"
        r"|blink|read|report|come|look|sound|start|hear|see)\b"
    ),
    re.IGNORECASE,
)


_TAIL = lazily(
    r"(?:,? and(?: then)?|[;,] then|;)\s+(?=(?:check|verify|confirm|make sure|ensure)\s+(?:that|the|your|it|all|there)\b)", re.IGNORECASE
)


def promote_expectations(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Take "The picture should be smooth" as a check when the SOP checks nothing else after its first change."""
    steps = [c for c in candidates if c.verdict == STEP]
    acts = [c for c in steps if c.phase == "act"]
    if not acts or any(c.phase == "verify" and (c.kind == "observe" or c.reading.mood in ("expect", "result")) for c in steps):
        return
    found = False
    for c in candidates:
        if c.verdict != CONTEXT or c.line < acts[0].line or c.reason != "states something" or blocks[c.block].aside:
            continue
        if c.reading.mood in ("expect", "result") and _SAID.search(plain(c.text)):
            c.take(STEP, "the result that the SOP expects")
            c.phase, c.kind = "verify", "observe"
            found = True
    if not found and not any(c.kind == "observe" for c in steps):
        _split_last(candidates, acts, blocks)


def _split_last(candidates: list[Candidate], acts: list[Candidate], blocks: list[Block]) -> None:
    """Make a step of its own from the check that ends an action: "Tap Home and check that the panel responds".

    A check that other steps of the same list follow stays with what it checks.
    """
    c = next((c for c in reversed(acts) if _TAIL.search(c.text) and not c.code), None)
    match = _TAIL.search(c.text) if c is not None else None
    if c is None or match is None:
        return
    own = blocks[c.block]
    if own.kind == "item" and any(blocks[x.block].list_id == own.list_id for x in acts[acts.index(c) + 1 :]):
        return
    words = c.text[match.end() :]
    check = replace(
        c, text=words[0].upper() + words[1:], reading=read(words), position=c.position + 1, more=c.more,
        phase="verify", kind="observe", reason="the check at the end of a step",
    )  # fmt: skip
    c.text, c.more = c.text[: match.start()].rstrip(" ,;") + ".", []
    candidates.insert(candidates.index(c) + 1, check)
