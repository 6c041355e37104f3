"""Cross-references: "repeat steps 6-7" with the steps it means."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.sop.grammar import plain
from avops.sop.lazily import lazily

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.blocks import Block
    from avops.sop.candidates import Candidate
    from avops.sop.steps import DraftStep

_REPEAT = lazily(
    r"\b(?:repeat|redo|do|perform|carry out)\s+(?:the\s+)?steps?\s+(\d{1,3})(?:\s*(?:-|–|—|to|through|and|,)\s*(\d{1,3}))?\b(?:\s+again)?",
    re.IGNORECASE,
)
_NUMBER = lazily(r"^[\s>]*(\d{1,3})[.)]\s")
MANY = 20


class Repeats:
    """The steps of one SOP by list and number, and the sentences that send people back to them."""

    def __init__(self, made: Sequence[tuple[Candidate, DraftStep]], blocks: Sequence[Block], lines: Sequence[str]) -> None:
        self.blocks = blocks
        self.left = 100  # sentences that are looked up: no SOP has more
        self.numbered: list[tuple[int, int, Candidate, DraftStep]] = []
        counts: dict[int, dict[int, int]] = {}
        for c, step in made:
            block = blocks[c.block]
            if block.kind != "item" or not block.ordered:
                continue
            seen = counts.setdefault(block.list_id, {})
            seen.setdefault(c.block, len(seen) + 1)
            written = _NUMBER.match(lines[block.line - 1]) if 0 < block.line <= len(lines) else None
            number = int(written[1]) if written and (int(written[1]) != 1 or seen[c.block] == 1) else seen[c.block]
            self.numbered.append((block.list_id, number, c, step))

    def meant(self, c: Candidate, step: DraftStep) -> list[tuple[Candidate, DraftStep]]:
        """Copies of the steps that `c` says to repeat, [] when it says no such thing or they are not there."""
        match = _REPEAT.search(plain(c.text))
        if match is None or not (c.reading.verb in ("repeat", "redo") or "again" in match[0]):
            return []
        first, last = int(match[1]), int(match[2] or match[1])
        if not 0 <= last - first < MANY or self.left == 0:
            return []
        self.left -= 1
        wanted = range(first, last + 1)
        before = [row for row in self.numbered if row[2].line < c.line and row[1] in wanted]
        own = self.blocks[c.block].list_id
        rows = [row for row in before if row[0] == own] or before[-MANY:]
        chosen = {row[0] for row in rows[-1:]}
        rows = [row for row in rows if row[0] in chosen]
        if not 0 < len(rows) <= MANY or {row[1] for row in rows} != set(wanted):
            return []
        out = []
        for _, number, target, old in rows:
            phase = "verify" if c.phase == "verify" and old.phase in ("intake", "plan") else old.phase
            comment = f"line {c.line} repeats step {number} of line {old.line}"
            out.append((replace(target, phase=phase), replace(old, phase=phase, line=step.line, comments=[comment])))
        return out


def is_plain_repeat(c: Candidate) -> bool:
    """Whether the steps are repeated once, as they are: not "until", not under a condition, not for another device."""
    words = plain(c.text)
    match = _REPEAT.search(words)
    rest = (words[: match.start()] + words[match.end() :]).strip(" .;,!") if match else "x"
    return (
        not c.conditions and not c.reading.conditional and rest.lower() in ("", "then", "now", "again", "once more", "above", "from above")
    )


def in_words(step: DraftStep, meant: Sequence[tuple[Candidate, DraftStep]]) -> DraftStep:
    """The sentence with the words of the steps it means below it."""
    rows = "\n".join(f"- {target.value if isinstance(target.value, str) else target.text}" for _, target in meant)
    return replace(step, value=f"{step.value}\n{rows}")
