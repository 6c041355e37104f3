"""Sections that stand beside each other, each a procedure of its own: roles, numbered methods, fixes, near copies."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from avops.sop.branches import is_alternative
from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.sections import STAGES, bare_title, section_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.blocks import Block
    from avops.sop.candidates import Candidate

_FIXES = lazily(
    r"^(?:fix(?:es)?|solutions?|resolutions?|mitigations?|remediations?|workarounds?|remedies|repairs?|options?)$", re.IGNORECASE
)


def parts(blocks: list[Block], steps: Sequence[Candidate]) -> set[int]:
    """Indexes of the headings below which nothing follows from what its siblings did."""
    found: set[int] = set()
    documents = [i for i, b in enumerate(blocks) if b.kind == "heading" and b.level == 1]
    if len(documents) > 1 and not any(section_kind(blocks[i].text) in STAGES for i in documents):
        found.update(documents)
    siblings: dict[tuple[int | None, int], list[int]] = defaultdict(list)
    for index, block in enumerate(blocks):
        if block.kind == "heading":
            siblings[block.section, block.level].append(index)
    for (parent, _), group in siblings.items():
        if len(group) < 2:
            continue
        if parent is not None and _FIXES.match(bare_title(blocks[parent].text)):
            found.update(group)
        found.update(index for index in group if is_alternative(blocks[index].text))
        found.update(_copies(group, steps))
    return found


def part_of(section: int | None, blocks: list[Block], alone: set[int]) -> int | None:
    """The heading of the part that a section belongs to, None for the document."""
    while section is not None:
        if section in alone:
            return section
        section = blocks[section].section
    return None


def _copies(group: list[int], steps: Sequence[Candidate]) -> set[int]:
    """Sections of `group` of which half the steps stand in another of them almost word by word."""
    spoken: dict[int, list[frozenset[str]]] = defaultdict(list)
    wanted = set(group)
    for c in steps:
        if c.section in wanted and c.section is not None and len(spoken) < 40 and len(spoken[c.section]) < 40:
            spoken[c.section].append(frozenset(re.findall(r"[a-z0-9]+", plain(c.text).lower())))
    found: set[int] = set()
    for one, mine in spoken.items():
        for other, theirs in spoken.items():
            if one < other and min(len(mine), len(theirs)) >= 2:
                same = sum(any(len(a & b) >= 0.7 * len(a | b) for b in theirs) for a in mine)
                if same >= 2 and same >= 0.5 * min(len(mine), len(theirs)):
                    found.update((one, other))
    return found
