"""The phase of each step: from its heading where that names one, else from what it does and where it stands."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.branches import role_sections
from avops.sop.candidates import STEP, TIMETABLE, Candidate
from avops.sop.diagnosis import searching_sections
from avops.sop.grammar import plain
from avops.sop.intent import announces_end, is_access, is_question, only_names, step_kind
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, noun_verbs, words
from avops.sop.outline import content
from avops.sop.parts import part_of, parts
from avops.sop.stages import Stage, stages_of
from avops.sop.steps import needs_hands

if TYPE_CHECKING:
    from avops.sop.blocks import Block

_AHEAD = lazily(
    r"\bin advance\b|\bahead of (?:time|the)\b|\bbeforehand\b|\bbefore (?:you )?(?:start|begin)(?:ing)?\b"
    r"|^before (?:you (?:begin|start|proceed|change|touch|do|make)|starting"
    r"|beginning|anything|making|touching|changing)\b",
    re.IGNORECASE,
)
_TIME_AHEAD = lazily(
    r"\b(?:\d+|an?|one|two|three|four|five|ten|some|several|few) (?:\w+ )?(?:minutes?|hours?|days?|weeks?)(?: or more)?"
    r" (?:before|ahead|in advance|prior|early|earlier)\b|\bthe (?:day|night|evening|week) before\b|\bupcoming\b",
    re.IGNORECASE,
)
_TROUBLE = lazily(
    r"\b(?:problem|issue|fails?|failed|trouble|cannot|can['’]?t|unable|does(?:n['’]t| not)|still|persists?|unsuccessful|error"
    r"|again|happens|not|no)\b|n['’]t\b",
    re.IGNORECASE,
)
_COMING = lazily(
    r"\babout (?:an?|the|this|any|our|your) (?:[\w-]+ ){0,4}?(?:changes?|maintenance|restart|reboot|outage|upgrade|update|downtime"
    r"|work|rollout|migration)\b|\b(?:upcoming|planned|scheduled|forthcoming)\b|\b(?:is|are) about to\b"
    r"|\bwill (?:begin|start|happen|take place|be (?:down|unavailable|restarted|offline))\b",
    re.IGNORECASE,
)
_ALL_ALONG = lazily(r"\b(?:constantly|continuously|throughout|occasionally|regularly|periodically|at all times)\b", re.IGNORECASE)
_OWN_MACHINE = lazily(r"\bon (?:your|the) (?:own )?(?:laptop|computer|workstation|machine|device|phone|pc|mac)\b", re.IGNORECASE)
_UNTIL = lazily(r"^(?:then )?(?:(?:wait|allow)\b.{0,20}\buntil\b|wait for\b.{1,80}?\bto \w+)", re.IGNORECASE)
_THEN_CHECK = lazily(r"\b(?:then|and)(?: \w+)? (?:check|verify|confirm|make sure|test|see (?:if|whether|that))\b", re.IGNORECASE)
_AFTERWARDS = lazily(
    r"\bpost[- ](?:incident|event|change|session|meeting|mortem)\b|\bfollow(?:ing)?[- ]ups?\b|\bfor later\b|\blessons learn", re.IGNORECASE
)
_IF_SO = lazily(r"\w\s+if (?:it|they)(?: (?:is|are)\b|['’](?:s|re)\b)", re.IGNORECASE)
_AGAIN = lazily(r"^(?:after|once)\b|\b(?:again|now|fixed|solved|resolved|recovered|cleared|succeeded|new)\b", re.IGNORECASE)
_BEFORE_USE = lazily(r"\b(?:before|prior to) (?:\w+ing\b|use\b|(?:the |each )?(?:start|session|meeting|event|show|call))", re.IGNORECASE)
_INSPECTION = lazily(
    r"\b(?:acceptance|inspection|quality (?:control|assurance|check)|audit)\b|^verify\b|^verifying\b|\bverification of\b", re.IGNORECASE
)
_CHECK_THAT = lazily(r"\bcheck that\b", re.IGNORECASE)
_NOTICE = lazily(
    r"^(?:\w+,? )?(?:please )?(?:let\b.{1,60}\bknow\b|(?:tell|inform|notify|warn|remind|advise)\b.{1,80}?\b(?:that|about|of|when|why)\b)",
    re.IGNORECASE,
)
_OF_IT = lazily(r"\b(?:it|its|they|them|this|these)\b", re.IGNORECASE)
_PROMPTED = lazily(
    r"(?:^|,\s)(?:(?:then|next|now)\W+)?you(?: will| should|['’]ll) (?:(?:\w+ )?be (?:prompted|asked)|find (?!out\b))", re.IGNORECASE
)
_ENDS = ("escalate", "close", "resolve", "update", "complete", "archive")
_REPORTS = (*_ENDS, "document", "file")
MOST = 2
"""Changes still to come, at least, for a look after the first one to be preparation."""
_LOOKS = ("?observe", "?obtain")
_TALKS = ("communicate", "close", "prepare", "obtain", "observe", "ticket", "settle")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a step stands among the steps of its part that change something."""

    before_change: bool  # nothing was changed yet; logging in and opening things is no change
    before_act: bool
    after_act: bool
    last_of_section: bool
    changes: bool  # whether anything in the part is changed at all
    role: bool  # one of several people who work side by side: talking is what they do
    between: bool  # in the middle of a run of changes
    opens: bool  # the first step of its section
    fresh: bool  # what it speaks of was not changed right before
    early: bool  # one thing was changed so far, and most of the work is still to come
    amid: bool  # right after a change of its section, and not in the last section
    untouched: bool  # nothing was changed before in the step's own section
    searching: bool  # the SOP looks for the cause of trouble
    inspecting: bool  # the SOP is there to inspect


def assign(candidates: list[Candidate], blocks: list[Block]) -> None:
    """Give each step its phase."""
    steps = [c for c in candidates if c.verdict == STEP]
    searched = searching_sections(blocks)
    own = [_own(c, stage) for c, stage in zip(steps, stages_of(steps, blocks, searched), strict=True)]
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


def _assign_part(
    steps: list[Candidate], own: list[str], *, only: set[int], role: bool, searched: set[int | None], inspecting: bool
) -> None:
    """Give the steps in `only` (by identity) their phase; the others are what happens around them."""
    acts = [i for i, phase in enumerate(own) if phase == "act"]
    changes = [i for i in acts if not is_access(steps[i], plain(steps[i].text)) or needs_hands(steps[i], plain(steps[i].text))]
    changing = set(changes)
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
            between=_is_between(index, steps, own),
            fresh=index - 1 not in changing or not content(plain(steps[index - 1].text)) & content(plain(c.text)),
            early=_is_early(index, steps, changes),
            amid=bool(index) and own[index - 1] == "act" and steps[index - 1].section == c.section != steps[-1].section,
            opens=not index or steps[index - 1].section != c.section,
            untouched=index < first_change.get(c.section, len(steps)),
            searching=c.section in searched,
            inspecting=inspecting,
        )
        following = own[index + 1] if index + 1 < len(steps) and steps[index + 1].section == c.section else ""
        if own[index] == "act" and place.searching and place.untouched and is_access(c, plain(c.text)) and following in _LOOKS:
            c.phase = "intake"
        else:
            c.phase = _resolve(c, own[index], place)


def _is_early(index: int, steps: list[Candidate], changes: list[int]) -> bool:
    """Whether most of the work is still to come, and what was changed so far is one thing that a step does not speak of."""
    if bisect_left(changes, index) != 1 or len(changes) <= MOST or steps[changes[0]].reading.verb in words("effect"):
        return False
    text = plain(steps[index].text)
    return _OF_IT.search(text) is None and not content(plain(steps[changes[0]].text)) & content(text)


def _is_between(index: int, steps: list[Candidate], own: list[str]) -> bool:
    """Whether the steps right before and right after one, in its own section, change something."""
    return 0 < index < len(steps) - 1 and all(own[i] == "act" and steps[i].section == steps[index].section for i in (index - 1, index + 1))


def _own(c: Candidate, section: Stage) -> str:
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
    if stage in ("", "act") and c.reading.mood == "expect" and _PROMPTED.search(text):
        return "act"
    if c.reading.mood in ("expect", "result") and not c.check and stage != "intake":
        return "plan" if stage in ("plan", "prepare") and c.reading.mood == "expect" and kind != "obtain" else "verify"
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
    if (
        stage == "intake"
        and kind in ("change", "close")
        and (_IF_SO.search(plain(c.text)) or (c.reading.verb in words("repair") and not c.duty))
    ):
        return "act"
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
        if place.between and not (place.searching or is_question(c, text)):
            return "act"
        fetched = c.reading.verb in words("fetch") and not is_question(c, text)
        return "act" if fetched and not (place.before_change or place.searching) else "intake"
    if kind == "prepare":
        ahead = c.reading.kind == "prepare" and c.reading.verb not in words("meanwhile") and not place.between
        return "plan" if place.before_change or (place.opens and not place.after_act) or ahead else "act"
    if kind == "communicate" and c.reading.conditional and _TROUBLE.search(c.reading.lead or text):
        return "verify"
    if kind == "help":
        return "plan" if place.before_act and not c.reading.conditional else "verify"
    if kind == "close":
        early = place.changes and place.before_change and not (place.role or c.reading.conditional or c.reading.verb in _ENDS)
        return "intake" if early else "act" if place.amid and c.reading.verb not in _REPORTS else "verify"
    if kind == "communicate" and not place.before_change and announces_end(text):
        return "verify"
    if kind == "communicate" and place.role:
        return "act"
    if kind == "communicate" and (c.reading.verb in ("contact", "report", "reach") or c.reading.mood == "must") and not place.before_change:
        return "verify"
    if kind == "communicate" and not place.changes:
        return "verify"
    if place.before_change and (kind == "ticket" or (kind == "communicate" and _NOTICE.match(text))):
        return "plan"
    return "verify" if place.after_act else "act"


def _observed(c: Candidate, text: str, place: _Place) -> str:
    """Looking is intake before anything is changed, making sure is preparation, and both are verification afterwards."""
    if _ALL_ALONG.search(text) or place.inspecting:
        return "verify"
    if place.searching:
        looks = c.reading.mood in ("do", "must", "question") and c.reading.verb not in words("assure") and not _CHECK_THAT.search(text)
        return "intake" if (place.untouched or looks) and not _AGAIN.search(text) else "verify"
    if place.early:
        return "intake" if is_question(c, text) else "plan"
    if is_question(c, text) and place.fresh and place.untouched and place.changes and not place.after_act and not _AGAIN.search(text):
        return "intake"
    if not (place.before_change and place.changes):
        return "plan" if c.reading.verb in ("ensure", "make-sure", "be-sure") and _BEFORE_USE.search(text) and not c.duty else "verify"
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
