"""What stands around steps and says less than they do: lists of what is forbidden, conditions in headings, sentences that take back."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, GUARDRAIL, LEFT, PARENT, STEP, Candidate
from avops.sop.diagnosis import names_trouble
from avops.sop.grammar import plain
from avops.sop.held import CASE, FORBIDS, FORBIDS_TITLE, MOST_WORDS, holds_back, is_place, is_symptom
from avops.sop.lazily import lazily
from avops.sop.sections import bare_title
from avops.sop.steps import duration

if TYPE_CHECKING:
    from avops.sop.outline import Lead, Outline

_NOT_TO = lazily(r"\b(?:must|should|may|shall|can) (?:never|not)\b[^.]*:$|\bnot (?:permitted|allowed) to\b[^.]*:$", re.IGNORECASE)
_TAKES_BACK = lazily(
    r"^(?:(?:but )?only\b|do (?:this|that|it|so) only\b|skip\b|you (?:can|may) skip\b|this (?:step|part) is (?:optional|not)\b|not\b"
    r"|but (?:first|not)\b|exceptions?\b|skip (?:this|it)\b"
    r"|before that\b|ask\b.{1,40}\bfirst\b|(?:this|it) is done by\b|condition\s*:|when\s*:|who\s*:|owner\s*:|alternative(?:ly)?\b|or\b)",
    re.IGNORECASE,
)
# "Make sure first that …", "Beforehand, tell …": a step of its own, which the one before it has to wait for.
_FIRST = lazily(
    r"^\W*(?:but (?:check|ask|make sure)\b|beforehand\b|first of all\b|(?:make sure|check|verify|confirm|ensure|ask)\b.{0,40}?,? first\b)",
    re.IGNORECASE,
)
_BEFORE_THAT = lazily(r"^(?:but |and )?before (?:that|this|doing (?:so|this|that)|you do (?:so|this|that))\b", re.IGNORECASE)
_IF_NOT = lazily(r"^\W*(?:if (?:not|so|yes|no|it (?:does|is|did)(?:n['’]t| not)?)|otherwise|else)\b", re.IGNORECASE)
_ASKS = lazily(r"^(?:if|when|is|are|does|do|did|has|have|can|was|were)\b|.*\?$", re.IGNORECASE)
# "If the room is in use, do not continue."
_STOPS = lazily(
    r"^\W*(?:(?:if|when|in case|should|unless|as long as)\b.{3,160}?[\s,](?:please |just )?(?:stop|abort|quit|end)(?: (?:here"
    r"|there|now|immediately|at once"
    r"|(?:the |this )?(?:procedure|sop|runbook)))?\W*$"
    r"|(?:if|when|in case|should|unless|as long as)\b.{3,160}?\b(?:do(?:n['’]t| not) (?:continue|proceed|go (?:on|any"
    r"|further))|skip (?:the (?:rest|remaining)"
    r"|(?:this|the) (?:procedure|sop|runbook)|steps? \d)|you(?:['’]re| are) (?:all )?done|leave (?:it|everything) (?:as it is|alone))"
    r"|(?:stop|abort|quit|end)(?: here)? (?:if|when|as soon as)\b)",
    re.IGNORECASE,
)
_PAST = lazily(r"(?:after|once|when done)\b", re.IGNORECASE)
_GIVES_TIME = lazily(r"^(?:give|allow) (?:it|them|this|the \w+)\b", re.IGNORECASE)
_LIMITED = lazily(
    r"^(?:if|when|in case|otherwise|else|only|not|optional|out of scope|related|ideas|nice to have|future|former"
    r"|plan [b-z]$)\b|\b(?:deprecated|obsolete"
    r"|\(optional\)|on request)\b",
    re.IGNORECASE,
)
_OR = lazily(r"or|oder|ou|o", re.IGNORECASE)
_OR_FIRST = lazily(r"(?:OR|Or)\b")
_SUGGESTS = lazily(
    r"\b(?:often|sometimes|usually|may|might|can) helps?\b|\balso try\b|\bnice to have\b|\bsuggestions?\b|\bideas?\b|\bfuture\b|\bdone by\b"
    r"|^(?:option|method|alternative|variant|way)\s+\w{1,3}\b",
    re.IGNORECASE,
)


class Surroundings:
    """Works on the candidates of one SOP before sentences are put together."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.blocks = outline.blocks
        self.by_block = outline.by_block
        self.places: dict[str, list[Candidate]] = {}  # the steps below the name of a room

    def run(self) -> None:
        """Turn what is forbidden into rules, and make conditions of what limits the steps below or before it."""
        for items in self.outline.lists.values():
            self._list(items)
        for rows in self.by_block.values():
            self._sentences(rows)
        self._sections()
        for name, steps in self.places.items() if len(self.places) > 1 else ():
            for c in steps:
                c.held = c.held or name
        self._either()
        self._before_that()
        self._stopped()

    def _stopped(self) -> None:
        """After "If somebody is inside, stop" nothing is changed by itself; "If not" rests on the sentence right before it."""
        stop = ""
        before: Candidate | None = None
        for c in sorted(self.outline.candidates, key=lambda c: (c.line, c.position)):
            text = plain(c.text)
            if c.verdict == STEP and c.answer is None:
                other = before is not None and before.verdict != STEP and (before.reading.conditional or _ASKS.match(plain(before.text)))
                if before is not None and other and _IF_NOT.match(text):
                    c.held = c.held or before.text.strip()
                elif stop and c.reading.kind not in ("observe", "obtain"):
                    c.held = c.held or stop
            if _STOPS.match(text):
                stop = text
            before = c

    def _before_that(self) -> None:
        """What something else comes before, as the item after it says, is not done by itself: the order of the items is not theirs."""
        steps = [c for c in self.outline.candidates if c.verdict == STEP]
        for earlier, c in pairwise(steps):
            if c.position == 0 and earlier.block != c.block and _BEFORE_THAT.match(plain(c.text)):
                earlier.whole = True

    def _either(self) -> None:
        """What stands on both sides of "OR", and in a quotation, is not done by itself."""
        last: Candidate | None = None
        waiting = False
        for index, block in enumerate(self.blocks):
            if block.kind != "code" and _OR.fullmatch(plain(block.text).strip(" *_.:–—-")):
                waiting = True
                if last is not None:
                    last.whole = True
            for c in self.by_block.get(index, []):
                if c.verdict != STEP:
                    continue
                other = _OR_FIRST.match(plain(c.text)) is not None
                if other and last is not None:
                    last.whole = True
                c.whole = c.whole or waiting or other or block.aside == "quote"
                waiting = False
                last = c

    def _list(self, items: list[int]) -> None:
        lead = self.outline.lead(items)
        steps = [
            c for i in items for inside in (i, *self.outline.below(i)) for c in self.by_block.get(inside, []) if c.verdict == STEP
        ]  # fmt: skip
        if (
            lead is None
            or not steps
            or any(c.answer is not None for c in steps)
            or (lead.block.kind == "item" and lead.index != self.blocks[items[0]].parent)
        ):
            return
        heading = lead.block.kind == "heading"
        if not heading and not lead.text.endswith((":", "?")) and not _is_label(lead):
            return
        forbids = FORBIDS_TITLE.fullmatch(lead.text) if heading else FORBIDS.match(lead.text)
        if forbids or _NOT_TO.search(f"{lead.text}:" if heading else lead.text):
            for c in steps:
                c.take(GUARDRAIL, "tells what not to do")
            if lead.last is not None and lead.last.verdict == STEP:
                lead.last.take(PARENT, "introduces what is below it")
        elif not heading and holds_back(lead.text, heading=False):
            for c in steps:
                c.held = lead.text.rstrip(" :")
        elif not heading and is_place(lead.text):
            self.places.setdefault(lead.text, []).extend(steps)
        elif not heading and CASE.match(lead.text) and (not lead.text.endswith(":") or _is_case_label(lead)):
            said = lead.text.rstrip(" :")
            for c in steps:
                if len(said.split()) <= MOST_WORDS:
                    c.conditions.append(said)
                else:
                    c.held = c.held or said
        elif lead.last is not None and lead.last.reading.mood not in ("do", "must") and _makes_doubtful(lead.text):
            for c in steps:
                c.conditions.append(lead.text.rstrip(" :"))
                if c.reading.kind in ("observe", "obtain") and names_trouble(lead.text.rstrip(" ?:")) and not _PAST.match(lead.text):
                    c.phase = c.phase or "intake"

    def _sentences(self, rows: list[Candidate]) -> None:
        """A sentence that takes something of the step before it back belongs to that step; a question before it is its condition."""
        last: Candidate | None = None
        for c in rows:
            text = plain(c.text)
            if last is not None and c.verdict in (STEP, CONTEXT, LEFT, GUARDRAIL) and _TAKES_BACK.match(text.lstrip("( ")):
                last.more.append(c.text)
                last.whole = True
                c.take(PARENT, "part of the step before it")
            elif last is not None and c.verdict == STEP and _FIRST.match(text):
                last.held = last.held or c.text
                last = c
            elif last is not None and c.verdict == STEP and _GIVES_TIME.match(text) and duration(text):
                c.kind = "wait"
                if last.reading.kind == "observe":
                    last.patience = c.text
                    c.take(PARENT, "how long the check before it may take")
            elif c.verdict == STEP:
                if last is None and c.position and rows[c.position - 1].reading.mood == "question":
                    c.conditions.append(rows[c.position - 1].text.strip())
                last = c

    def _sections(self) -> None:
        """Below "If the room is offline" or "Optional", a step is done in that case only."""
        first = next((i for i, block in enumerate(self.blocks) if block.kind == "heading"), None)
        level = self.blocks[first].level if first is not None else 0
        if sum(block.kind == "heading" and block.level == level for block in self.blocks) > 1 and level > 1:
            first = None  # one of several sections, and no title
        alone = sum(block.kind == "heading" for block in self.blocks) == 1
        titles = {bare_title(block.text) for index, block in enumerate(self.blocks) if block.kind == "heading" and index != first}
        symptoms = {title for title in titles if is_symptom(title)}
        main = any(
            c.verdict == STEP and self.outline.kinds.get(c.section) != "contingency"
            for c in self.outline.candidates
            if c.section is not None
        )
        for c in self.outline.candidates:
            if c.verdict != STEP or c.section is None:
                continue
            title = bare_title(self.blocks[c.section].text)
            if c.section == first and not (alone and title.lower().startswith(("if ", "in case "))):
                continue  # "When a room freezes" is what the whole SOP is about
            above = [bare_title(self.blocks[i].text) for i in self._above(c.section) if i != first]
            holding = next((t for t in above if holds_back(t, heading=True) or (t in symptoms and len(symptoms) > 1)), "")
            if _LIMITED.search(title):
                c.conditions.append(title)
            elif holding:
                c.held = c.held or holding
            elif is_place(title):
                self.places.setdefault(title, []).append(c)
            elif self.outline.kinds.get(c.section) == "contingency" and main:
                c.whole = True

    def _above(self, section: int | None) -> list[int]:
        """A section and those that it stands in, the innermost first."""
        found: list[int] = []
        while section is not None:
            found.append(section)
            section = self.blocks[section].section
        return found


def _makes_doubtful(lead: str) -> bool:
    """Whether a short lead names a trouble or a suggestion: what stands below is done in that case, or perhaps."""
    return len(lead.split()) <= 8 and (names_trouble(lead) or _SUGGESTS.search(lead) is not None)


def _is_case_label(lead: Lead) -> bool:
    """Whether a paragraph is a case and nothing else ("If cancelled:", "If the display is off:")."""
    return lead.block.kind == "paragraph" and len(lead.rows) == 1 and len(lead.text.split()) <= 2 * MOST_WORDS


def _is_label(lead: Lead) -> bool:
    """Whether a short paragraph without a full stop stands above a list as its label."""
    alone = lead.block.kind == "paragraph" and len(lead.rows) == 1
    return alone and len(lead.text.split()) <= MOST_WORDS and lead.text[-1:].isalnum()
