"""The phase of each step: from its heading where that names one, else from its verb and its place."""

from __future__ import annotations

import re

from avops.sop.blocks import Block
from avops.sop.candidates import STEP, Candidate
from avops.sop.grammar import plain
from avops.sop.lexicon import noun_verbs
from avops.sop.sections import PHASES, bare_title, is_named_phase, section_kind

_AHEAD = re.compile(r"\bin advance\b|\bahead of (?:time|the)\b|\bbeforehand\b|^before (?:you (?:begin|start|proceed)|starting|beginning|anything)\b", re.IGNORECASE)
_HANDS = frozenset(
    "turn switch power press push hold click double-click right-click tap hit toggle select choose plug unplug insert connect disconnect open close launch start restart reboot"
    " reset stop run enter type login log sign set update delete remove go navigate enable disable mute unmute leave play execute apply press move unpause pause".split()
)
_OUTCOME = re.compile(r"\b(?:wait|until)\b.*\b(?:gone|drained|removed|finished|complete[ds]?|done|healthy|green|online|back)\b", re.IGNORECASE)


def assign(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Give each step its phase."""
    steps = [c for c in candidates if c.verdict == STEP]
    kinds = {i: _heading_phase(i, blocks) for i, b in enumerate(blocks) if b.kind == "heading"}
    raw = [_own(c, _section_phase(c, blocks, kinds)) for c in steps]
    first = next((i for i, p in enumerate(raw) if p == "act"), len(steps))
    last = max((i for i, p in enumerate(raw) if p == "act"), default=-1)
    for index, c in enumerate(steps):
        c.phase = c.phase or _resolve(c, raw[index], index, first, last)


def _heading_phase(index: int, blocks: list[Block]) -> tuple[str, bool]:
    """(phase, whether the heading is exactly a phase's name) of the nearest heading that names one."""
    where: int | None = index
    while where is not None:
        title = blocks[where].text
        kind = section_kind(title)
        if kind in PHASES:
            return kind, is_named_phase(title)
        where = blocks[where].section
    return "", False


def _section_phase(c: Candidate, blocks: list[Block], kinds: dict[int, tuple[str, bool]]) -> tuple[str, bool]:
    if blocks[c.block].kind == "heading":
        return kinds.get(c.block, ("", False))
    return kinds.get(c.section, ("", False)) if c.section is not None else ("", False)


def _own(c: Candidate, section: tuple[str, bool]) -> str:
    """The phase that words and section give alone; "?observe" and the like where the place decides."""
    phase, exact = section
    if exact:
        return phase
    text = plain(c.text)
    kind, verb, mood = c.reading.kind, c.reading.verb, c.reading.mood
    if _AHEAD.search(text) and phase != "verify":
        return "plan"
    if mood == "expect":
        return "verify"
    if phase == "plan":
        return "act" if verb in _HANDS and kind == "change" else "plan"
    if phase == "verify":
        return "verify"
    if phase == "intake":
        return "intake" if kind not in ("prepare",) else "plan"
    return f"?{kind}" if kind in ("observe", "obtain", "communicate", "close", "prepare") else "act"


def _resolve(c: Candidate, raw: str, index: int, first: int, last: int) -> str:
    if not raw.startswith("?"):
        return raw
    kind = raw[1:]
    if kind == "observe":
        return "plan" if index < first else "verify"
    if kind == "obtain":
        return "intake" if index < first else "act" if index < last else "verify"
    if kind == "prepare":
        return "plan" if index < first else "act"
    if kind == "communicate":
        return "plan" if index < first else "act" if index < last else "verify"
    if kind == "close":
        return "plan" if index < first else "act" if index < last else "verify"
    return "act"


__all__ = ["assign", "bare_title", "noun_verbs"]
