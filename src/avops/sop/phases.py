"""The phase of each step: from its heading where that names one, else from its verb and its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.candidates import STEP, Candidate
from avops.sop.grammar import plain
from avops.sop.lexicon import verb_class, words
from avops.sop.sections import PHASES, is_named_phase, section_kind
from avops.sop.steps import needs_hands

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_AHEAD = re.compile(
    (
        r"\bin advance\b|\bahead of (?:time|the)\b|\bbeforehand\b|^before (?:you (?:begin|start|proceed"
        r"|change|touch|do|make)|starting|beginning|anything|making|touching|changing)\b"
    ),
    re.IGNORECASE,
)
_AIM = re.compile(r"^(?:in order )?to (\w+)", re.IGNORECASE)
_PURPOSE = re.compile(r"\bto (?:make sure|verify|check|see (?:if|whether|that)|confirm|ensure)\b", re.IGNORECASE)
_PREVIEW = re.compile(r"\b(?:plan|dry[- ]run|preview|what-?if)\b|--check\b|--diff\b", re.IGNORECASE)
_SEEN = re.compile(
    (
        r"[;,.] you (?:should|will) (?:now |then )?(?:see|hear)\b|\band (?:make sure|verify|check"
        r"|confirm|ensure) (?:that )?you (?:can |should )?(?:see|hear)\b"
    ),
    re.IGNORECASE,
)
_THEN_HIT = re.compile(r"\band (?:then )?(?:hit|press|click|tap)\b", re.IGNORECASE)
_BY_DOING = re.compile(r"\bby (\w+ing)\b", re.IGNORECASE)
_LOOKING = frozenset(
    ["running", "using", "checking", "looking", "verifying", "typing", "comparing", "opening", "reading", "pinging", "testing", "searching"]
)
_TROUBLE = re.compile(
    (
        r"\b(?:problem|issue|fails?|failed|trouble|cannot|can['’]?t|unable|does(?:n['’]t| not)|still"
        r"|persists?|unsuccessful|error)\b"
    ),
    re.IGNORECASE,
)
_OWN_MACHINE = re.compile(r"\bon (?:your|the) (?:own )?(?:laptop|computer|workstation|machine|device|phone|pc|mac)\b", re.IGNORECASE)
_TICKET = re.compile(
    (
        r"^(?:\w+ )?(?:create|open|raise|submit|file|log|register|make)\b.{0,40}\b(?:change (?:issue"
        r"|request|ticket|record)|ticket|incident|case|cr|maintenance (?:window|request|ticket))\b"
    ),
    re.IGNORECASE,
)
_QUIET = re.compile(
    (
        r"\b(?:silence|snooze|suppress|pause|mute)\b.{0,30}\b(?:alert|alerts|alarm|alarms|monitoring"
        r"|notifications|paging)\b|\bmaintenance mode\b"
    ),
    re.IGNORECASE,
)
_LOOK_AND = re.compile(r"\band (?:then )?(?:check|verify|confirm|make sure|ensure)\b", re.IGNORECASE)
_UNTIL = re.compile(r"^(?:then )?(?:wait|allow)\b.{0,20}\buntil\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a step stands among the steps that change something."""

    before_change: bool  # nothing was changed yet; logging in and opening things is no change
    before_act: bool
    after_act: bool
    last_of_section: bool


def assign(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Give each step its phase."""
    steps = [c for c in candidates if c.verdict == STEP]
    kinds = {i: _heading_phase(i, blocks) for i, b in enumerate(blocks) if b.kind == "heading"}
    own = [_own(c, _section_phase(c, blocks, kinds)) for c in steps]
    acts = [i for i, phase in enumerate(own) if phase == "act"]
    changes = [i for i in acts if steps[i].reading.verb not in words("access") or needs_hands(steps[i], plain(steps[i].text))]
    last_act = {steps[i].section: i for i in acts}
    for index, c in enumerate(steps):
        if c.phase:
            continue
        place = _Place(
            before_change=not changes or index < changes[0],
            before_act=not acts or index < acts[0],
            after_act=bool(acts) and index > acts[-1],
            last_of_section=last_act.get(c.section, -1) <= index,
        )
        c.phase = _resolve(c, own[index], place)
    _preparation(steps, own)


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
    text = plain(c.text)
    kind = c.kind = step_kind(c, text)
    if exact:
        return phase
    if _AHEAD.search(text) and phase != "verify":
        return "plan"
    if c.reading.mood in ("expect", "result") and not c.check:
        return "verify"
    if phase == "plan":
        return "act" if c.reading.verb in words("hands_on") and kind == "change" else "intake" if kind == "obtain" else "plan"
    if phase == "verify":
        return "verify"
    if phase == "intake":
        return "plan" if kind == "prepare" else "intake"
    if kind == "preview":
        return "plan"
    return f"?{kind}" if kind in ("observe", "obtain", "communicate", "close", "prepare") else "act" if kind != "wait" else "?wait"


def step_kind(c: Candidate, text: str) -> str:
    """The class of what a step does, by its verb and by the aim that it names."""
    kind = c.reading.kind
    if c.check:
        return "observe"
    if c.kind:
        return c.kind
    aim = _AIM.match(c.reading.lead)
    if aim and verb_class(aim[1].lower()) in ("observe", "obtain"):
        return verb_class(aim[1].lower())
    if kind == "observe":
        doing = _BY_DOING.search(text)
        if _THEN_HIT.search(text) or (doing and doing[1].lower() not in _LOOKING and c.reading.verb in ("make-sure", "ensure", "be-sure")):
            return "change"
    elif kind == "change":
        if c.reading.verb in words("access") and _LOOK_AND.search(text) and not needs_hands(c, text):
            return "observe"
        if _TICKET.search(text):
            return "close"
        if _QUIET.search(text):
            return "prepare"
        if _SEEN.search(text) or _SEEN.search(plain(" ".join([c.text, *c.more]))):
            return "observe"
        if c.reading.verb in ("run", "use", "execute") and _PURPOSE.search(text):
            return "preview" if _PREVIEW.search(c.text) else "observe"
    return kind


def _resolve(c: Candidate, raw: str, place: _Place) -> str:
    if not raw.startswith("?"):
        return raw
    kind = raw[1:]
    if kind == "wait":
        return "verify" if place.last_of_section and _UNTIL.match(plain(c.text)) and not place.before_act else "act"
    if kind == "observe":
        return "plan" if place.before_change else "verify"
    if kind == "obtain":
        return "intake" if place.before_act else "verify" if place.after_act else "act"
    if kind == "communicate" and c.reading.conditional and _TROUBLE.search(c.reading.lead or c.text):
        return "verify"
    if kind == "prepare":
        return "plan" if place.before_act else "act"
    return "plan" if place.before_act else "verify" if place.after_act else "act"


def _preparation(steps: list[Candidate], own: list[str]) -> None:
    """Fetching and installing one's own tools before anything else is preparation."""
    for c, phase in zip(steps, own, strict=True):
        text = plain(c.text)
        fetches = c.reading.verb in ("download", "print", "obtain") or (c.reading.verb == "install" and _OWN_MACHINE.search(text))
        if phase not in ("act", "?prepare") or c.phase not in ("act", "plan"):
            if c.phase == "act":
                return
            continue
        if not fetches:
            return
        c.phase = "plan"
