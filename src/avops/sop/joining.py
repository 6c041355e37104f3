"""Sentences put together: parents with their steps, short orders with the one before, commands, headings that are steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, PARENT, ROLLBACK, STATES, STEP, Candidate
from avops.sop.grammar import plain, read
from avops.sop.lazily import lazily
from avops.sop.lexicon import noun_verbs, words
from avops.sop.sections import bare_title, section_kind

if TYPE_CHECKING:
    from avops.sop.blocks import Block
    from avops.sop.outline import Outline
    from avops.sop.reading import Reading


_COMMAND = lazily(r"^`[^`]+`[.;]?$")
_TITLE = lazily(
    r"^\S+$|\b(?:format|template|structure|examples?|results?|criteria|process|policy|notes?|overview|urls?|links?)$",
    re.IGNORECASE,
)
OUTPUT_TEXT = lazily(r"\b(?:output|for example|example|looks? like|similar to|sample|e\.g)\b[^.]*[:.]?$", re.IGNORECASE)


_ALTERNATIVE = lazily(
    r"^(?:choose|pick|either)\b.{0,80}:$|\b(?:one|any|either) of\b[^.]{0,80}:$"
    r"|\balternatives?\b[^.]{0,40}:$",
    re.IGNORECASE,
)
_SAYS = lazily(r"[:,]\s+(?:\"[^\"]*|“[^”]*)$")
_REMARK = lazily(
    r"^(?:what|why|who|when|where|reason|purpose|impact|example|notes?)\s*:"
    r"|^(?:there|this|that|it|they|these|those|at this point|a message|the system|note|remember|here|such|also|for example|\"?e\.?g\.?)\b"
    r"|^\W*\w+(?:\s\w+)?\W*$|^[\w/ ]{1,20} [-–—] |.*\b(?:there (?:is|are)|(?:is|are|has|have) an?|displays)\b"
    r"|^[\w ]{1,40} means\b|.*\b(?:section|means that)\b|.*:$|^\W|^(?:if|when|once)\b(?!.*,)|.*\b(?:comes? up|may)\b",
    re.IGNORECASE,
)


class Joiner:
    """Works on the candidates of one SOP after each has a verdict of its own."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.blocks = outline.blocks
        self.candidates = outline.candidates
        self.by_block = outline.by_block

    def run(self) -> None:
        """Change the verdicts of sentences that belong to others."""
        self._among_steps()
        self._spoken()
        self._named_below()
        self._collected()
        self._alternatives()
        self._parents()
        self._headings()
        self._commands()
        self._merge_short()
        self._attach_code()

    def _among_steps(self) -> None:
        """An item whose words give no order away is a step where most items of its list are ("Angle the lamps at the ceiling")."""
        for items in self.outline.lists.values():
            first = [rows[0] for i in items if (rows := self.by_block.get(i))]
            steps = sum(c.verdict == STEP for c in first)
            if len(first) < 3:
                continue
            for c in first:
                if c.verdict == CONTEXT and c.reason == STATES and steps >= 0.6 * (len(first) - 1) and not _REMARK.match(plain(c.text)):
                    c.take(STEP, "an item among steps")

    def _spoken(self) -> None:
        """What stands in a quotation that an earlier sentence opened is part of what that step says."""
        for rows in self.by_block.values():
            before = ""
            said: Candidate | None = None
            for c in rows:
                inside = _SAYS.search(before) is not None
                if c.verdict in (STEP, CONTEXT) and inside and said is not None:
                    said.more.append(c.text)
                    said.whole = True
                    c.take(PARENT, "part of what is said")
                elif c.verdict == STEP:
                    said = c
                before = f"{before} {c.text}"[-2000:]

    def _named_below(self) -> None:
        """The things that a list names below an order ("Look for one of these:") are part of that order."""
        for items in self.outline.lists.values():
            lead = self.outline.lead(items)
            order = lead.last if lead is not None else None
            rows = [c for i in items for c in self.by_block.get(i, [])]
            if order is None or not rows or order.verdict != STEP or not order.text.rstrip(" *_").endswith(":"):
                continue
            named = all(c.verdict == CONTEXT and c.reading.mood in ("fragment", "state") for c in rows)
            chosen = order.reading.verb in ("choose", "pick", "select") and all(len(c.text.split()) <= 8 for c in rows)
            things = "; ".join(c.text.strip().rstrip(";,.") for c in rows)
            if (named or chosen) and len(things.split()) <= max(20, 4 * len(order.text.split())):
                order.more.append(things)
                order.whole = True
                for c in rows:
                    c.take(PARENT, "part of the step above it")

    def _collected(self) -> None:
        """Boxes that only name things stand for the order above them ("Collect the details", "[ ] Name"): each says it too."""
        for items in self.outline.lists.values():
            section = self.blocks[items[0]].section
            first = [rows[0] for i in items if (rows := self.by_block.get(i))]
            if section is None or len(first) < 2 or not all(self.blocks[i].checkbox for i in items):
                continue
            title = bare_title(self.blocks[section].text)
            named = sum(c.verdict == STEP and c.reading.mood == "fragment" for c in first)
            if named >= 0.8 * len(first) and self.blocks[section].level > 1 and read(title).mood == "do" and not _TITLE.search(title):
                for c in first:
                    c.conditions.append(title)

    def _alternatives(self) -> None:
        """Of what "one of these" or "either" introduces only one thing is done: each of them says so, and none is done by itself."""
        for items in self.outline.lists.values():
            lead = self.outline.lead(items)
            steps = [c for i in items for c in self.by_block.get(i, []) if c.verdict == STEP]
            text = "" if lead is None else lead.text if lead.rows else f"{lead.text}:"
            if lead is None or not steps or not _ALTERNATIVE.search(text):
                continue
            for c in steps:
                c.conditions.append(text.rstrip(" :."))
            if lead.last is not None and lead.last.verdict == STEP:
                lead.last.take(PARENT, "introduces the steps below it")

    def _parents(self) -> None:
        """A sentence that only introduces a list of steps is its condition, not a step."""
        for index, below in self.outline.children.items():
            steps = [
                x
                for i in self.outline.below(index)
                for x in self.by_block.get(i, [])
                if x.verdict == STEP and self.blocks[i].kind == "item"
            ]
            own = self.by_block.get(index, [])
            if not own or not steps:
                continue
            last = own[-1]
            if all(x.reading.mood == "command" for x in steps) and last.verdict == STEP:
                for step in steps:
                    last.more.append(step.text)
                    step.take(PARENT, "the command of the step above it")
                continue
            title = len(own) == 1 and len(plain(last.text).split()) <= 3 and last.text.rstrip(" *_")[-1:].isalnum() and len(steps) > 1
            clause = last.reading.mood not in ("do", "must") and re.match(r"^(?:if|when)\b", plain(last.text), re.IGNORECASE)
            introduces = title or last.text.rstrip(" *_").endswith(":") or clause
            boxed = self.blocks[index].checkbox and last.reading.mood not in ("state", "fragment")
            if last.verdict in (STEP, CONTEXT) and introduces and last.reading.mood != "never":
                said = plain(last.text).rstrip(": ")
                conditional = last.reading.conditional or re.match(
                    r"^(?:if|when|for|on|in case|unless|otherwise|in (?:each|every|all))\b", said, re.IGNORECASE
                )
                if not boxed:
                    last.take(PARENT, "introduces the steps below it")
                if conditional and len(said) < 160:
                    for step in steps:
                        step.conditions.append(said)
            del below

    def _headings(self) -> None:
        """A heading that orders something, with no step below it, is the step."""
        orders = {index: reading for index, block in enumerate(self.blocks) if (reading := self._ordering(index, block)) is not None}
        listed = any(c.verdict == STEP for c in self.candidates)
        sure = {
            index for index in orders
            if not listed or bare_title(self.blocks[index].text) != plain(self.blocks[index].text).strip(" #:") or self._only_code(index)
        }  # fmt: skip
        alike = {(self.blocks[index].section, self.blocks[index].level) for index in sure} | self._ordering_levels()
        for index, reading in orders.items():
            block = self.blocks[index]
            if index not in sure and (block.section, block.level) not in alike:
                continue
            made = Candidate(text=bare_title(block.text), line=block.line, reading=reading, block=index, position=0, section=block.section)
            made.take(STEP, "the heading is the step")
            self.candidates.append(made)
            self.by_block[index].append(made)

    def _ordering_levels(self) -> set[tuple[int | None, int]]:
        """(section, level) of headings that nearly all order something: each of them is a part of the work."""
        titles: dict[tuple[int | None, int], list[bool]] = {}
        for block in self.blocks:
            if block.kind == "heading":
                titles.setdefault((block.section, block.level), []).append(read(bare_title(block.text)).mood == "do")
        return {key for key, orders in titles.items() if len(orders) >= 3 and sum(orders) >= 0.7 * len(orders)}

    def _ordering(self, index: int, block: Block) -> Reading | None:
        """How a heading orders something, when it does and no step stands below it."""
        if (
            block.kind != "heading"
            or block.level == 1
            or self.outline.kinds.get(index) in ("reference", "inputs", "contingency", "rollback")
        ):
            return None
        title = bare_title(block.text)
        reading = read(title)
        orders = reading.mood == "do" or (reading.mood in ("must", "may") and self._only_code(index))
        thing = reading.verb in noun_verbs() - words("titled") and len(title.split()) == 2
        if not orders or thing or section_kind(title, whole=True) is not None or _TITLE.search(title):
            return None
        inside = self._section_blocks(index)
        if any(x.verdict in (STEP, ROLLBACK) for i in inside for x in self.by_block.get(i, [])):
            return None
        return reading if inside and not any(self.blocks[i].kind == "heading" for i in inside) else None

    def _only_code(self, index: int) -> bool:
        """Whether commands stand directly below the heading, without a step in words."""
        return any(self.blocks[i].kind == "code" for i in self._section_blocks(index))

    def _section_blocks(self, index: int) -> list[int]:
        level = self.blocks[index].level
        inside = []
        for i in range(index + 1, len(self.blocks)):
            if self.blocks[i].kind == "heading" and self.blocks[i].level <= level:
                break
            inside.append(i)
        return inside

    def _merge_short(self) -> None:
        """A very short order right after another one belongs to it ("Choose one.")."""
        for rows in self.by_block.values():
            last: Candidate | None = None
            for c in rows:
                short = len(plain(c.text).split()) <= 2 or re.match(
                    r"^(?:let (?:that|it)|feel free|to do (?:so|this|that))\b", c.text, re.IGNORECASE
                )
                if c.verdict == STEP and last is not None and short and c.position == last.position + 1 + len(last.more):
                    last.more.append(c.text)
                    c.take(PARENT, "part of the step before it")
                    continue
                if c.verdict == STEP:
                    last = c
                elif c.verdict != CONTEXT:
                    last = None

    def _commands(self) -> None:
        """Paragraphs that are but a command belong to the sentence above them that ends with a colon."""
        for index, block in enumerate(self.blocks):
            rows = self.by_block.get(index, [])
            if block.kind != "paragraph" or len(rows) != 1 or rows[0].verdict != STEP or not _COMMAND.match(rows[0].text) or index == 0:
                continue
            above = self.by_block.get(index - 1, [])
            head = above[-1] if above else None
            introduces = head is not None and (head.verdict == STEP or (head.verdict == CONTEXT and head.text.rstrip(" *_").endswith(":")))
            if head is not None and introduces:
                if head.verdict == CONTEXT and head.reading.mood == "never":
                    continue
                if head.verdict == CONTEXT:
                    head.take(STEP, "introduces a command")
                head.more.append(rows[0].text)
                rows[0].take(PARENT, "the command of the sentence above it")

    def _attach_code(self) -> None:
        """Commands go with the step above them."""
        for index, block in enumerate(self.blocks):
            if block.kind != "code" or index == 0:
                continue
            above = self.blocks[index - 1]
            rows = self.by_block.get(index - 1, [])
            if above.kind == "code" or not rows:
                continue
            steps = [c for c in rows if c.verdict == STEP]
            tail = rows[-1]
            if (
                steps
                and not (OUTPUT_TEXT.search(plain(tail.text)) and not tail.text.startswith("In this"))
                and (tail.verdict in (STEP, PARENT) or tail.text.endswith(":"))
            ):
                steps[-1].code.append(block)
