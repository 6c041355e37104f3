"""The phase of each step: from its heading where that names one, else from what it does and where it stands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.branches import role_sections
from avops.sop.candidates import STEP, TIMETABLE, Candidate
from avops.sop.diagnosis import searching_sections
from avops.sop.grammar import plain
from avops.sop.intent import announces_end, heading_intent, is_access, is_question, only_names, step_kind
from avops.sop.lexicon import base_form, noun_verbs, verb_class, words
from avops.sop.parts import part_of, parts
from avops.sop.sections import STAGES, bare_title, is_named_phase, section_kind
from avops.sop.steps import needs_hands

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_AHEAD = re.compile(
    r"\bin advance\b|\bahead of (?:time|the)\b|\bbeforehand\b|\bbefore (?:you )?(?:start|begin)(?:ing)?\b|^before (?:you (?:begin|start|proceed|change|touch|do|make)|starting"
    r"|beginning|anything|making|touching|changing)\b",
    re.IGNORECASE,
)
_TIME_AHEAD = re.compile(
    r"\b(?:\d+|an?|one|two|three|four|five|ten|some|several|few) (?:\w+ )?(?:minutes?|hours?|days?|weeks?)(?: or more)?"
    r" (?:before|ahead|in advance|prior|early|earlier)\b|\bthe (?:day|night|evening|week) before\b|\bupcoming\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"\b(?:problem|issue|fails?|failed|trouble|cannot|can['’]?t|unable|does(?:n['’]t| not)|still|persists?|unsuccessful|error"
    r"|again|happens|not|no)\b|n['’]t\b",
    re.IGNORECASE,
)
_COMING = re.compile(
    r"\babout (?:an?|the|this|any|our|your) (?:[\w-]+ ){0,4}?(?:changes?|maintenance|restart|reboot|outage|upgrade|update|downtime"
    r"|work|rollout|migration)\b|\b(?:upcoming|planned|scheduled|forthcoming)\b|\b(?:is|are) about to\b"
    r"|\bwill (?:begin|start|happen|take place|be (?:down|unavailable|restarted|offline))\b",
    re.IGNORECASE,
)
_ALL_ALONG = re.compile(r"\b(?:constantly|continuously|throughout|occasionally|regularly|periodically|at all times)\b", re.IGNORECASE)
_OWN_MACHINE = re.compile(r"\bon (?:your|the) (?:own )?(?:laptop|computer|workstation|machine|device|phone|pc|mac)\b", re.IGNORECASE)
_UNTIL = re.compile(r"^(?:then )?(?:(?:wait|allow)\b.{0,20}\buntil\b|wait for\b.{1,80}?\bto \w+)", re.IGNORECASE)
_CHECKS = re.compile(r"(?:check|verify|confirm|validate|test|make sure|ensure)(?:ing)?\b(?! (?:for|out)\b)", re.IGNORECASE)
_THEN_CHECK = re.compile(r"\b(?:then|and)(?: \w+)? (?:check|verify|confirm|make sure|test|see (?:if|whether|that))\b", re.IGNORECASE)
_AFTERWARDS = re.compile(
    r"\bpost[- ](?:incident|event|change|session|meeting|mortem)\b|\bfollow(?:ing)?[- ]ups?\b|\bfor later\b|\blessons learn", re.IGNORECASE
)
_AGAIN = re.compile(r"^(?:after|once)\b|\b(?:again|now|fixed|solved|resolved|recovered|cleared|succeeded|new)\b", re.IGNORECASE)
_BEFORE_USE = re.compile(
    r"\b(?:before|prior to) (?:\w+ing\b|use\b|(?:the |each )?(?:start|session|meeting|event|show|call))", re.IGNORECASE
)
_EVENT = re.compile(
    r"^(?:during|tear-?down|tear down|shut-?down|shut down|after|the end|end|ending|closing|wrap-?up|pack-?down|strike)\b", re.IGNORECASE
)
_SETUP = re.compile(
    r"^(?:(?:start|start-?up|set-?up|set up|opening|open up|power up|load-?in)(?: checklist)?(?:\s*/.*)?$|set up the\b)|^(?:\S+ ){0,3}set-?up$",
    re.IGNORECASE,
)
_INSPECTION = re.compile(
    r"\b(?:acceptance|inspection|quality (?:control|assurance|check)|audit)\b|^verify\b|^verifying\b|\bverification of\b", re.IGNORECASE
)
_CHECK_THAT = re.compile(r"\bcheck that\b", re.IGNORECASE)
_LOOKS = ("?observe", "?obtain")
_TALKS = ("communicate", "close", "prepare", "obtain", "observe", "ticket", "settle")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What the headings above a step say about when it is done."""

    kind: str = ""
    exact: bool = False  # the heading is a phase's name and nothing more
    by_verb: bool = False  # the heading is an order itself ("Check the levels"): its verb says the stage
    heading: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a step stands among the steps of its part that change something."""

    before_change: bool  # nothing was changed yet; logging in and opening things is no change
    before_act: bool
    after_act: bool
    last_of_section: bool
    changes: bool  # whether anything in the part is changed at all
    role: bool  # one of several people who work side by side: talking is what they do
    untouched: bool  # nothing was changed before in the step's own section
    searching: bool  # the SOP looks for the cause of trouble
    inspecting: bool  # the SOP is there to inspect


def assign(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Give each step its phase."""
    steps = [c for c in candidates if c.verdict == STEP]
    event = any(b.kind == "heading" and _EVENT.match(_words(b.text)) for b in blocks)
    stages = {i: _heading_stage(i, blocks, event=event) for i, b in enumerate(blocks) if b.kind == "heading"}
    searched = searching_sections(blocks)
    sections = _early_inquiries(steps, _telling([_stage_of(c, blocks, stages) for c in steps], blocks), searched)
    own = [_own(c, section) for c, section in zip(steps, sections, strict=True)]
    roles = role_sections(blocks)
    alone = parts(blocks, steps) | set(roles)
    title = next((b.text for b in blocks if b.kind == "heading"), "")
    inspecting = _INSPECTION.search(title) is not None
    groups: dict[int | None, list[int]] = defaultdict(list)
    for index, c in enumerate(steps):
        groups[part_of(c.section, blocks, alone)].append(index)
    for part, members in groups.items():
        seen = members if part is not None else list(range(len(steps)))
        only = {id(steps[i]) for i in members}
        _assign_part(
            [steps[i] for i in seen], [own[i] for i in seen], only=only, role=part in roles, searched=searched, inspecting=inspecting
        )
    _fetching(steps, own)


def _telling(sections: list[_Stage], blocks: list[Block]) -> list[_Stage]:
    """The stages, without that of a heading over nearly everything: it names the procedure, and no part of it."""
    counts = Counter((stage.heading, stage.exact) for stage in sections if stage.kind and not stage.exact)
    most, number = counts.most_common(1)[0] if counts else ((None, False), 0)
    named = most[0] is not None and section_kind(blocks[most[0]].text, whole=True) is not None
    if named or number < 5 or number < 0.9 * len(sections):
        return sections
    return [_Stage() if (stage.heading, stage.exact) == most else stage for stage in sections]


def _early_inquiries(steps: list[Candidate], sections: list[_Stage], searched: set[int | None]) -> list[_Stage]:
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
        _Stage() if stage.by_verb and _is_elsewhere(c, stage, late=stage.heading in late, searched=searched) else stage
        for c, stage in zip(steps, sections, strict=True)
    ]


def _is_elsewhere(c: Candidate, stage: _Stage, *, late: bool, searched: set[int | None]) -> bool:
    """Whether a heading that is an order says less about a step than its place; `late` is after the first change."""
    if stage.kind == "verify":
        return c.section in searched
    return stage.kind == "intake" and late and c.section not in searched and not c.duty


def _changes(c: Candidate) -> bool:
    text = plain(c.text)
    return step_kind(c, text) in ("change", "") and (not is_access(c, text) or needs_hands(c, text))


def _assign_part(
    steps: list[Candidate], own: list[str], *, only: set[int], role: bool, searched: set[int | None], inspecting: bool
) -> None:
    """Give the steps in `only` (by identity) their phase; the others are what happens around them."""
    acts = [i for i, phase in enumerate(own) if phase == "act"]
    changes = [i for i in acts if not is_access(steps[i], plain(steps[i].text)) or needs_hands(steps[i], plain(steps[i].text))]
    last_act = {steps[i].section: i for i in acts}
    first_change: dict[int | None, int] = {}
    for i in changes:
        first_change.setdefault(steps[i].section, i)
    for index, c in enumerate(steps):
        if c.phase or id(c) not in only:
            continue
        place = _Place(
            before_change=not changes or index < changes[0],
            before_act=not acts or index < acts[0],
            after_act=bool(acts) and index > acts[-1],
            last_of_section=last_act.get(c.section, -1) <= index,
            changes=bool(changes),
            role=role,
            untouched=index < first_change.get(c.section, len(steps)),
            searching=c.section in searched,
            inspecting=inspecting,
        )
        following = own[index + 1] if index + 1 < len(steps) and steps[index + 1].section == c.section else ""
        if own[index] == "act" and place.searching and place.untouched and is_access(c, plain(c.text)) and following in _LOOKS:
            c.phase = "intake"
        else:
            c.phase = _resolve(c, own[index], place)


def _words(title: str) -> str:
    """A heading without what stands before its first letter."""
    return re.sub(r"^[^A-Za-z]+", "", bare_title(title))


def _heading_stage(index: int, blocks: list[Block], *, event: bool) -> _Stage:
    """What the nearest heading says that names a stage; of an `event`, setting up is one."""
    first = next((i for i, b in enumerate(blocks) if b.kind == "heading"), None)
    where: int | None = index
    while where is not None:
        title = blocks[where].text
        if is_named_phase(title):
            return _Stage(kind=section_kind(title) or "", exact=True, heading=where)
        if where != first or blocks[where].level > 1:
            stage = _title_stage(where, blocks)
            if not stage.kind and event and _SETUP.match(_words(title)):
                return _Stage(kind="setup", heading=where)
            if re.match(r"during\b|(?:on )?the day(?: of\b|$)|day of\b", _words(title), re.IGNORECASE):
                return _Stage(kind="act", heading=where)
            if stage.kind:
                return stage
        elif re.search(r"\bplanning\b", title, re.IGNORECASE):
            return _Stage(kind="plan", heading=where)
        where = blocks[where].section
    return _Stage()


def _title_stage(index: int, blocks: list[Block]) -> _Stage:
    """What one heading says."""
    bare = bare_title(blocks[index].text)
    kind = section_kind(blocks[index].text)
    if kind in (None, "procedure", *STAGES) and section_kind(blocks[index].text, whole=True) is None:
        intent = heading_intent(bare)
        if intent:
            return _Stage(kind=intent, by_verb=True, heading=index)
    if kind in STAGES:
        return _Stage(kind=kind, heading=index)
    if re.match(r"before\b", bare, re.IGNORECASE) and len(bare.split()) <= 6:
        return _Stage(kind="prepare", heading=index)
    if (
        re.match(r"(?:after|following|once)\b|the (?:\w+ )?(?:day|week|morning|month)s? after\b", bare, re.IGNORECASE)
        and len(bare.split()) <= 6
    ):
        return _Stage(kind="closing", heading=index)
    if kind is None and _CHECKS.match(bare) and not _and_changes(bare) and _follows_another(index, blocks):
        return _Stage(kind="verify", by_verb=True, heading=index)
    return _Stage()


def _and_changes(title: str) -> bool:
    """True for "Verify and approve requests": what is checked there is changed there too."""
    second = re.match(r"\w+(?:ing)? and (\w+)", title)
    return second is not None and verb_class(base_form(second[1].lower()) or second[1].lower()) == "change"


def _follows_another(index: int, blocks: list[Block]) -> bool:
    """True for a heading that stands after another of its level below the same one: a later stage, not the beginning."""
    own = blocks[index]
    return any(b.kind == "heading" and b.level == own.level and b.section == own.section for b in blocks[:index])


def _stage_of(c: Candidate, blocks: list[Block], stages: dict[int, _Stage]) -> _Stage:
    above = c.block if blocks[c.block].kind == "heading" else c.section
    return stages.get(above, _Stage()) if above is not None else _Stage()


def _own(c: Candidate, section: _Stage) -> str:
    """The phase that words and section give alone; "?observe" and the like where the place decides."""
    stage = section.kind
    text = plain(c.text)
    kind = c.kind = step_kind(c, text)
    if section.exact:
        return stage
    if stage not in ("verify", "closing") and (
        _AHEAD.search(text) or ((kind in _TALKS or c.reading.verb in words("arrange")) and _TIME_AHEAD.search(text))
    ):
        return "plan"
    if c.reading.mood in ("expect", "result") and not c.check:
        return "verify"
    if kind == "settle":
        return "verify" if stage in ("verify", "closing") else "plan"
    if stage == "verify" and section.by_verb and kind in ("change", ""):
        return "act"
    if c.reason == TIMETABLE and kind in ("change", ""):
        return "act"
    if c.check and c.boxed and "?" in text:
        return "verify" if stage in ("verify", "closing") else "plan"
    if (
        c.check
        and c.boxed
        and (
            stage == "closing"
            or (stage in ("", "act", "setup") and not _says_how_it_is(text) and not re.search(r"\b(?:check|test)\b", text, re.IGNORECASE))
        )
    ):
        return "act"
    if section.by_verb and c.duty and stage in ("intake", "plan", "closing"):
        return "verify" if stage == "closing" else stage
    if section.by_verb and stage == "closing":
        stage = ""
    if stage not in ("", "act"):
        return _in_stage(c, stage, kind)
    if kind == "preview":
        return "plan"
    if only_names(c):
        return "intake"
    if kind == "communicate" and _COMING.search(text) and not announces_end(text):
        return "plan"
    if kind in ("change", "", "communicate") and _AFTERWARDS.search(text):
        return "verify"
    return "act" if kind in ("change", "") else f"?{kind}"


def _says_how_it_is(text: str) -> bool:
    """Whether words beside a box state something ("All doors are shut", "The far end hears you") rather than name a thing or a setting."""
    spoken = [word.lower() for word in re.findall(r"[\w'’]+", text)]
    if words("finite") & set(spoken):
        return True
    return any(word.endswith("s") and (base := base_form(word)) != word and base not in noun_verbs() and base for word in spoken[1:])


def _in_stage(c: Candidate, stage: str, kind: str) -> str:
    """The phase of a step below a heading that says when it is done."""
    if stage == "setup":
        return {"observe": "plan", "obtain": "intake", "close": "intake", "prepare": "plan", "settle": "plan"}.get(kind, "act")
    if stage == "verify":
        return "verify"
    if stage == "intake":
        return "plan" if kind in ("prepare", "preview") else "intake"
    if stage == "closing":
        return "act" if kind in ("change", "wait", "") else "verify"
    if kind == "obtain":
        return "intake"
    if kind in ("change", "wait", "") and (stage == "prepare" or c.reading.verb in words("access")):
        return "plan" if c.reading.verb in words("arrange") or c.reading.mood == "must" else "act"
    return "plan"


def _resolve(c: Candidate, raw: str, place: _Place) -> str:
    if not raw.startswith("?"):
        return raw
    kind = raw[1:]
    text = plain(c.text)
    if kind == "wait" and _THEN_CHECK.search(text) and not place.before_act:
        return "verify"
    if kind == "wait":
        return "verify" if place.last_of_section and _UNTIL.match(text) and not place.before_act else "act"
    if kind == "observe":
        return _observed(c, text, place)
    if kind == "obtain":
        if place.after_act and not (place.searching and place.untouched):
            return "verify"
        return "act" if c.reading.verb in words("fetch") and not (place.before_change or place.searching) else "intake"
    if kind == "prepare":
        ahead = c.reading.kind == "prepare" and c.reading.verb not in ("consider", "draft")
        return "plan" if place.before_change or ahead else "act"
    if kind == "communicate" and c.reading.conditional and _TROUBLE.search(c.reading.lead or text):
        return "verify"
    if kind == "help":
        return "plan" if place.before_act and not c.reading.conditional else "verify"
    if kind == "close":
        early = place.changes and place.before_change and not place.role and c.reading.verb != "escalate"
        return "intake" if early else "verify"
    if kind == "communicate" and not place.before_change and announces_end(text):
        return "verify"
    if kind == "communicate" and place.role:
        return "act"
    if kind == "communicate" and c.reading.verb in ("contact", "report", "reach") and not place.before_change:
        return "verify"
    if kind == "communicate" and not place.changes:
        return "verify"
    return "plan" if place.before_change else "verify" if place.after_act else "act"


def _observed(c: Candidate, text: str, place: _Place) -> str:
    """Looking is intake before anything is changed, making sure is preparation, and both are verification afterwards."""
    if _ALL_ALONG.search(text) or place.inspecting:
        return "verify"
    if place.searching:
        looks = c.reading.mood in ("do", "must", "question") and c.reading.verb not in words("assure") and not _CHECK_THAT.search(text)
        return "intake" if (place.untouched or looks) and not _AGAIN.search(text) else "verify"
    if not (place.before_change and place.changes):
        return "plan" if c.reading.verb in words("assure") and _BEFORE_USE.search(text) and not c.duty else "verify"
    return "plan" if c.check or (c.reading.verb in words("assure") and not is_question(c, text)) else "intake"


def _fetching(steps: list[Candidate], own: list[str]) -> None:
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
