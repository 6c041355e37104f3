"""Expected results as the check of last resort: never invented, only found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, STEP, Candidate
from avops.sop.grammar import plain

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_SAID = re.compile(
    (
        r"\b(?:should|will)\s+(?:now\s+|then\s+|all\s+|also\s+)?(?:be|show|display|appear|light|turn"
        r"|blink|read|report|come|look|sound|start|hear|see)\b"
    ),
    re.IGNORECASE,
)


def promote_expectations(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Take "The picture should be smooth" as a check when the SOP checks nothing else after its first change."""
    steps = [c for c in candidates if c.verdict == STEP]
    acts = [c for c in steps if c.phase == "act"]
    if not acts or any(c.phase == "verify" and (c.kind == "observe" or c.reading.mood in ("expect", "result")) for c in steps):
        return
    for c in candidates:
        if c.verdict != CONTEXT or c.line < acts[0].line or c.reason != "states something" or blocks[c.block].aside:
            continue
        if c.reading.mood in ("expect", "result") and _SAID.search(plain(c.text)):
            c.take(STEP, "the result that the SOP expects")
            c.phase, c.kind = "verify", "observe"
