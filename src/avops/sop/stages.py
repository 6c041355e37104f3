"""What the headings above a step say about when it is done."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.grammar import plain
from avops.sop.intent import heading_intent, is_access, step_kind
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, verb_class
from avops.sop.sections import STAGES, bare_title, is_named_phase, section_kind
from avops.sop.steps import needs_hands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.blocks import Block
    from avops.sop.candidates import Candidate

_CHECKS = lazily(r"(?:check|verify|confirm|validate|test|make sure|ensure)(?:ing)?\b(?! (?:for|out)\b)", re.IGNORECASE)
_EVENT = lazily(
    r"^(?:during|tear-?down|tear down|shut-?down|shut down|after|the end|end|ending|closing|wrap-?up|pack-?down|strike)\b", re.IGNORECASE
)
_SETUP = lazily(
    r"^(?:(?:start|start-?up|set-?up|set up|opening|open up|power up|load-?in)(?: checklist)?(?:\s*/.*)?$|set up the\b)"
    r"|^(?:\S+ ){0,3}set-?up$",
    re.IGNORECASE,
)
_NEUTRAL = lazily(r"(?:actions?|steps|tasks|constraints|instructions|procedure)\W*$", re.IGNORECASE)
_DURING = lazily(r"during\b|(?:on )?the day(?: of\b|$)|day of\b", re.IGNORECASE)
_AFTER = lazily(r"(?:after|following|once)\b|the (?:\w+ )?(?:day|week|morning|month)s? after\b", re.IGNORECASE)
SHORT = 6
"""Words of a heading that says when, rather than what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the headings above a step say about when it is done."""

    kind: str = ""
    exact: bool = False  # the heading is a phase's name and nothing more
    by_verb: bool = False  # the heading is an order itself ("Check the levels"): its verb says the stage
    heading: int | None = None


def stages_of(steps: Sequence[Candidate], blocks: list[Block], searched: set[int | None]) -> list[Stage]:
    """The stage of each step; those in a section of `searched` look for the cause of trouble."""
    event = any(b.kind == "heading" and _EVENT.match(_words(b.text)) for b in blocks)
    stages = {i: _heading_stage(i, blocks, event=event) for i, b in enumerate(blocks) if b.kind == "heading"}
    return _early_inquiries(steps, _checking(steps, _telling([_stage_of(c, blocks, stages) for c in steps], blocks)), searched)


def _telling(sections: list[Stage], blocks: list[Block]) -> list[Stage]:
    """The stages, without that of a heading over nearly everything: it names the procedure, and no part of it."""
    counts = Counter((stage.heading, stage.exact) for stage in sections if stage.kind and not stage.exact)
    most, number = counts.most_common(1)[0] if counts else ((None, False), 0)
    named = most[0] is not None and section_kind(blocks[most[0]].text, whole=True) is not None
    if named or number < 5 or number < 0.9 * len(sections):
        return sections
    return [Stage() if (stage.heading, stage.exact) == most else stage for stage in sections]


def _checking(steps: Sequence[Candidate], sections: list[Stage]) -> list[Stage]:
    """The stages, without those of headings such as "Testing" below which most steps change something: that is the work itself."""
    below: dict[int | None, list[bool]] = defaultdict(list)
    for c, stage in zip(steps, sections, strict=True):
        if stage.kind == "verify" and not stage.exact and not c.duty:
            below[stage.heading].append(_changes(c))
    working = {heading for heading, changes in below.items() if len(changes) > 3 and sum(changes) >= 0.6 * len(changes)}
    return [Stage() if stage.kind == "verify" and not stage.exact and stage.heading in working else stage for stage in sections]


def _early_inquiries(steps: Sequence[Candidate], sections: list[Stage], searched: set[int | None]) -> list[Stage]:
    """The stages, without those of headings that are orders, where the order of the steps says more.

    Such are headings that order to inquire into what the steps before have changed, and to check, where trouble is looked for.
    """
    changed = False
    late: set[int | None] = set()
    known: set[int | None] = set()
    for c, stage in zip(steps, sections, strict=True):
        if stage.heading not in known:
            known.add(stage.heading)
            if changed:
                late.add(stage.heading)
        changed = changed or (stage.kind in ("", "act") and _changes(c))
    return [
        Stage() if stage.by_verb and _is_elsewhere(c, stage, late=stage.heading in late, searched=searched) else stage
        for c, stage in zip(steps, sections, strict=True)
    ]


def _is_elsewhere(c: Candidate, stage: Stage, *, late: bool, searched: set[int | None]) -> bool:
    """Whether a heading that is an order says less about a step than its place; `late` is after the first change."""
    if stage.kind == "verify":
        return c.section in searched
    return stage.kind == "intake" and late and c.section not in searched and not c.duty


def _changes(c: Candidate) -> bool:
    text = plain(c.text)
    return step_kind(c, text) in ("change", "") and (not is_access(c, text) or needs_hands(c, text))


def _words(title: str) -> str:
    """A heading without what stands before its first letter."""
    return re.sub(r"^[^A-Za-z]+", "", bare_title(title))


def _heading_stage(index: int, blocks: list[Block], *, event: bool) -> Stage:
    """What the nearest heading says that names a stage; of an `event`, setting up is one."""
    first = next((i for i, b in enumerate(blocks) if b.kind == "heading"), None)
    where: int | None = index
    spoken = Stage()
    while where is not None:
        title = blocks[where].text
        if _NEUTRAL.match(_words(title)) and blocks[where].section is not None:
            spoken = _title_stage(where, blocks)
            where = blocks[where].section
            continue
        if is_named_phase(title):
            return Stage(kind=section_kind(title) or "", exact=True, heading=where)
        if where != first or blocks[where].level > 1:
            stage = _title_stage(where, blocks)
            if not stage.kind and event and _SETUP.match(_words(title)):
                return Stage(kind="setup", heading=where)
            if _DURING.match(_words(title)):
                return Stage(kind="act", heading=where)
            if stage.kind:
                return stage
        elif re.search(r"\bplanning\b", title, re.IGNORECASE):
            return Stage(kind="plan", heading=where)
        where = blocks[where].section
    return spoken


def _title_stage(index: int, blocks: list[Block]) -> Stage:
    """What one heading says."""
    bare = bare_title(blocks[index].text)
    kind = section_kind(blocks[index].text)
    if kind in (None, "procedure", *STAGES) and section_kind(blocks[index].text, whole=True) is None:
        intent = heading_intent(bare)
        if intent:
            return Stage(kind=intent, by_verb=True, heading=index)
    if kind in STAGES:
        return Stage(kind=kind, heading=index)
    if len(bare.split()) <= SHORT and re.match(r"(?:before|prior to)\b", bare, re.IGNORECASE):
        return Stage(kind="prepare", heading=index)
    if len(bare.split()) <= SHORT and _AFTER.match(bare):
        return Stage(kind="closing", heading=index)
    if kind is None and _CHECKS.match(bare) and not _and_changes(bare) and _follows_another(index, blocks):
        return Stage(kind="verify", by_verb=True, heading=index)
    return Stage()


def _and_changes(title: str) -> bool:
    """True for "Verify and approve requests": what is checked there is changed there too."""
    second = re.match(r"\w+(?:ing)? and (\w+)", title)
    return second is not None and verb_class(base_form(second[1].lower()) or second[1].lower()) == "change"


def _follows_another(index: int, blocks: list[Block]) -> bool:
    """True for a heading that stands after another of its level below the same one: a later stage, not the beginning."""
    own = blocks[index]
    return any(b.kind == "heading" and b.level == own.level and b.section == own.section for b in blocks[:index])


def _stage_of(c: Candidate, blocks: list[Block], stages: dict[int, Stage]) -> Stage:
    above = c.block if blocks[c.block].kind == "heading" else c.section
    return stages.get(above, Stage()) if above is not None else Stage()
