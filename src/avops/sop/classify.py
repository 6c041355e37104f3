"""Which sentences are steps, and why the others are not."""

from __future__ import annotations

import re
from collections import defaultdict

from avops.sop.blocks import LABEL_ASIDE, Block
from avops.sop.candidates import CONTEXT, GUARDRAIL, LEFT, PARENT, ROLLBACK, STEP, Candidate, gather, section_kinds
from avops.sop.foreign import is_foreign, judge_foreign
from avops.sop.grammar import plain, read
from avops.sop.sections import bare_title, is_named_phase, section_kind

_ORDERS = ("do", "must", "command")
_LOOK = re.compile(r"^(?:take|have) a look at\b|^(?:look at|check out)\b", re.IGNORECASE)
_ABOUT = re.compile(
    r"^(?:this|the following|these) (?:guide|document|documentation|article|page|runbook|sop|topic|section|manual|playbook|how-?to|tutorial|procedure)s?\b"
    r"|^use (?:the|this) (?:procedure|guide|runbook|document|checklist|sop)\b.{0,60}\b(?:this|following|when|if|for|to)\b",
    re.IGNORECASE,
)
_CHECKS = re.compile(r"\b(?:must|should|to|need to|has to|have to|please)\s+(?:also\s+)?(?:be\s+)?(?:check|verify|confirm|ensure|make sure|inspect|checked|verified|confirmed)\b", re.IGNORECASE)
_LINK_ONLY = re.compile(r"^\W*(?:\[[^\]]*\]\([^)]*\)|https?://\S+)[\W\d]*$")
_OUTPUT_TEXT = re.compile(r"\b(?:output|for example|example|looks? like|similar to|sample|e\.g)\b[^.]*[:.]?$", re.IGNORECASE)


class Classifier:
    """Works through the blocks of one SOP; `candidates` holds the verdicts afterwards."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.kinds = section_kinds(blocks)
        self.candidates = gather(blocks)
        self.by_block: dict[int, list[Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            self.by_block[candidate.block].append(candidate)
        self.lists: dict[int, list[int]] = defaultdict(list)
        self.children: dict[int, list[int]] = defaultdict(list)
        for index, block in enumerate(blocks):
            if block.kind == "item":
                self.lists[block.list_id].append(index)
            if block.parent is not None and block.kind in ("item", "paragraph"):
                self.children[block.parent].append(index)
        self.procedural = {key: self._is_procedural(items) for key, items in self.lists.items()}
        self.summaries = self._summaries()
        self.introductions = self._introductions()
        self.checklists = self._checklists()

    def run(self) -> list[Candidate]:
        """All candidates with their verdicts."""
        for candidate in self.candidates:
            self._judge(candidate)
        if is_foreign(self.blocks):
            judge_foreign(self.candidates, self.blocks, self.kinds)
        self._parents()
        self._headings()
        self._merge_short()
        self._attach_code()
        self.candidates.sort(key=lambda c: (c.line, c.position))
        return self.candidates

    # -- what surrounds a sentence ------------------------------------------------------------------------------

    def _kind(self, block: Block) -> str:
        return self.kinds.get(block.section, "") if block.section is not None else ""

    def _is_procedural(self, items: list[int]) -> bool:
        """Whether a list gives orders: most of its items start with one."""
        orders = states = 0
        for index in items:
            first = self.by_block.get(index)
            if not first:
                continue
            if any(c.reading.mood in _ORDERS or c.reading.mood == "actor" for c in first):
                orders += 1
            else:
                states += 1
        blocks = [self.blocks[i] for i in items]
        bonus = 0.35 if blocks[0].checkbox else 0.15 if blocks[0].ordered else 0.0
        return bool(orders) and orders / (orders + states) + bonus >= 0.5

    def _summaries(self) -> set[int]:
        """Lists whose items announce later headings or steps."""
        found = set()
        headings = [(i, _content(bare_title(b.text))) for i, b in enumerate(self.blocks) if b.kind == "heading"]
        for key, items in self.lists.items():
            if len(items) < 2:
                continue
            last = items[-1]
            later = [words for i, words in headings if i > last and words]
            hits = 0
            for index in items:
                words = _content(plain(self.blocks[index].text))
                if any(len(words & title) >= max(1, 0.6 * len(title)) and words for title in later):
                    hits += 1
            if hits >= 0.7 * len(items):
                found.add(key)
        return found

    def _introductions(self) -> set[int]:
        """Paragraphs that speak about the document itself ("This guide assumes …"): their orders are no steps."""
        return {
            i for i, b in enumerate(self.blocks)
            if b.kind == "paragraph" and b.parent is None and any(_ABOUT.match(plain(c.text)) for c in self.by_block.get(i, []))
        }  # fmt: skip

    def _checklists(self) -> set[int]:
        """Lists that a sentence like "Check the following:" introduces, and that state things."""
        found = set()
        for key, items in self.lists.items():
            first = items[0]
            lead = self.by_block.get(first - 1, []) if first else []
            parent = self.blocks[first].parent
            if not lead or self.procedural[key] or self.blocks[first - 1].kind not in ("paragraph", "item"):
                continue
            if self.blocks[first - 1].kind == "item" and parent != first - 1:
                continue
            last = lead[-1]
            reading = last.reading
            text = plain(last.text).rstrip(" *_")
            checks = reading.kind == "observe" and reading.mood in ("do", "must") or _CHECKS.search(text) is not None
            if any(self.blocks[i].text.rstrip(" *_").endswith(":") for i in items):
                continue
            if checks and text.endswith((":", "-", "–", "—")) and not text.lower().startswith("for example"):
                found.add(key)
                last.introduces = True
        return found

    # -- verdicts -----------------------------------------------------------------------------------------------

    def _judge(self, c: Candidate) -> None:
        if c.introduces:
            c.take(PARENT, "introduces the checks below it")
            return
        block = self.blocks[c.block]
        kind = self._kind(block)
        mood = c.reading.mood
        text = plain(c.text)
        if c.caption:
            c.take(LEFT, "caption of a picture")
        elif _LINK_ONLY.match(c.text):
            c.take(LEFT, "a link")
        elif block.list_id in self.summaries and block.kind == "item":
            c.take(LEFT, "summary of what follows")
        elif mood == "question":
            c.take(LEFT, "a question")
        elif mood == "never":
            c.take(GUARDRAIL if kind != "reference" else LEFT, "tells what not to do")
        elif mood == "pointer" or (_LOOK.match(text) and "](" in c.text):
            c.take(LEFT, "points elsewhere")
        elif mood == "flow":
            c.take(LEFT, "says where to read on")
        elif c.block in self.introductions:
            c.take(CONTEXT, "speaks about the document")
        elif kind == "rollback" and mood in (*_ORDERS, "may", "expect", "actor", "passive"):
            c.take(ROLLBACK, "in a section about going back")
        elif kind in ("reference", "inputs"):
            c.take(LEFT, f"under '{self._title(block)}', which is {kind}")
        elif self._in_note(block, text):
            self._judge_note(c, block)
        elif kind == "contingency" and block.kind != "item":
            c.take(LEFT, f"under '{self._title(block)}', only for trouble")
        elif block.kind == "item":
            self._judge_item(c, block, kind)
        else:
            self._judge_prose(c, block, kind)

    def _title(self, block: Block) -> str:
        return bare_title(self.blocks[block.section].text) if block.section is not None else ""

    def _in_note(self, block: Block, text: str) -> bool:
        return bool(block.aside) or (block.kind == "paragraph" and bool(LABEL_ASIDE.match(text)))

    def _judge_note(self, c: Candidate, block: Block) -> None:
        advice = re.match(r"^we (?:strongly |highly )?(?:recommend|suggest|advise)", plain(c.text), re.IGNORECASE)
        if block.kind == "item" and (block.checkbox or block.ordered) and c.reading.mood in (*_ORDERS, "fragment", "state", "passive"):
            c.take(STEP, "a step inside a note")
        elif c.reading.mood == "do" and advice:
            c.take(STEP, "a recommendation")
            c.phase = "plan"
        else:
            c.take(CONTEXT, f"in a {block.aside or 'note'}")

    def _judge_item(self, c: Candidate, block: Block, kind: str) -> None:
        mood = c.reading.mood
        procedural = self.procedural[block.list_id]
        if mood in _ORDERS:
            if procedural or kind or block.ordered:
                c.take(STEP, "an order in a list")
            else:
                c.take(LEFT if mood == "must" else STEP, "an order in a list")
        elif block.checkbox and c.position == 0:
            c.take(STEP, "a box to tick")
            c.check = mood in ("state", "fragment", "passive", "expect", "result")
        elif block.list_id in self.checklists and c.position == 0 and not block.aside:
            c.take(STEP, "one of the things to check")
            c.check = True
        elif mood == "actor" and (procedural or re.search(r"\bwill\b", c.text)):
            c.take(STEP, "what somebody does")
        elif mood == "result" and (c.reading.conditional or (c.position == 0 and block.ordered)) and procedural:
            c.take(STEP, "what must be seen afterwards")
        elif mood == "passive" and procedural and c.position == 0:
            c.take(STEP, "what must be done")
        elif mood == "expect" and (self._after_action(c, block) or (c.position == 0 and block.ordered and procedural)):
            c.take(STEP, "what must be seen afterwards")
        elif mood == "may" and self._is_offer(c):
            c.take(STEP, "what can be done, and how")
        elif c.position == 0 and self._under_phase(block):
            c.take(STEP, f"an item under '{self._title(block)}'")
        elif mood == "fragment" and c.position == 0 and block.section is None and procedural:
            c.take(STEP, "an item among steps")
        else:
            c.take(CONTEXT, "states something")

    def _judge_prose(self, c: Candidate, block: Block, kind: str) -> None:
        mood = c.reading.mood
        if mood == "do":
            c.take(STEP, "an order")
        elif mood == "must" and not (c.reading.lead == "" and kind == "" and block.section is None):
            c.take(STEP, "a duty")
        elif mood == "may" and self._is_offer(c):
            c.take(STEP, "what can be done, and how")
        elif mood == "actor" and re.match(r"^(?:\*\*|__)[^*_]+(?:\*\*|__)\s*[-–—:]", c.text):
            c.take(STEP, "what somebody does")
        elif mood == "state" and c.reading.lead.lower().startswith("to ") and self._has_command(c):
            c.take(STEP, "an aim, with its command")
        elif mood == "expect" and re.match(r".*\byou (?:should|will|ought)\b", c.text, re.IGNORECASE) and self._steps_before(c):
            c.take(STEP, "what must be seen afterwards")
        elif mood == "command":
            c.take(STEP, "a command")
        else:
            c.take(CONTEXT, "states something")

    def _is_offer(self, c: Candidate) -> bool:
        """Whether "you can …" says how: with a command, "now", or by doing something."""
        return self._has_command(c) or re.search(r"\bnow\b|\bby\s+\w+ing\b", c.text[:200]) is not None and c.reading.kind == "change"

    def _under_phase(self, block: Block) -> bool:
        """Whether the heading above is one of the four phases by name: then every item is a step."""
        return block.section is not None and is_named_phase(self.blocks[block.section].text)

    def _after_action(self, c: Candidate, block: Block) -> bool:
        """Whether an expected result belongs to an action, and not to a check that says it already."""
        before = [x for x in self.by_block[c.block] if x.position < c.position and x.verdict == STEP]
        if not before and block.parent is not None:
            before = [x for x in self.by_block[block.parent] if x.verdict == STEP]
        if not before:
            return False
        return before[-1].reading.kind != "observe" and re.match(r"^(?:you )?(?:should|will)\b", plain(c.text), re.IGNORECASE) is not None

    def _steps_before(self, c: Candidate) -> bool:
        return any(x.verdict == STEP for x in self.candidates if x.line <= c.line)

    def _has_command(self, c: Candidate) -> bool:
        """Whether a code block follows the sentence, which ends its block."""
        follower = c.block + 1
        last = self.by_block[c.block][-1] is c
        return last and follower < len(self.blocks) and self.blocks[follower].kind == "code" and not _OUTPUT_TEXT.search(c.text)

    # -- after all sentences have a verdict ----------------------------------------------------------------------

    def _parents(self) -> None:
        """A sentence that only introduces a list of steps is its condition, not a step."""
        for index, below in self.children.items():
            steps = [x for i in self._descendants(index) for x in self.by_block.get(i, []) if x.verdict == STEP and self.blocks[i].kind == "item"]
            own = self.by_block.get(index, [])
            if not own or not steps:
                continue
            last = own[-1]
            introduces = last.text.rstrip(" *_").endswith(":") or re.match(r"^(?:if|when)\b", plain(last.text), re.IGNORECASE)
            boxed = self.blocks[index].checkbox and last.reading.mood not in ("state", "fragment")
            if last.verdict in (STEP, CONTEXT) and introduces and last.reading.mood != "never":
                words = plain(last.text).rstrip(": ")
                conditional = last.reading.conditional or re.match(r"^(?:if|when|for|on|in case|unless|otherwise|in (?:each|every|all))\b", words, re.IGNORECASE)
                if not boxed:
                    last.take(PARENT, "introduces the steps below it")
                if conditional and len(words) < 160:
                    for step in steps:
                        step.conditions.append(words)
            del below

    def _descendants(self, index: int) -> list[int]:
        out = []
        todo = list(self.children.get(index, []))
        while todo:
            child = todo.pop()
            out.append(child)
            todo.extend(self.children.get(child, []))
        return out

    def _headings(self) -> None:
        """A heading that orders something, with no step below it, is the step."""
        for index, block in enumerate(self.blocks):
            if block.kind != "heading" or self.kinds.get(index) in ("reference", "inputs", "contingency", "rollback"):
                continue
            title = bare_title(block.text)
            reading = read(title)
            if reading.mood != "do" or section_kind(title, whole=True) is not None or block.level == 1:
                continue
            if title == plain(block.text).strip(" #:") and any(c.verdict == STEP for c in self.candidates) and not self._only_code(index):
                continue
            inside = self._section_blocks(index)
            if any(x.verdict in (STEP, ROLLBACK) for i in inside for x in self.by_block.get(i, [])):
                continue
            if not inside or any(self.blocks[i].kind == "heading" for i in inside):
                continue
            candidate = Candidate(text=title, line=block.line, reading=reading, block=index, position=0, section=block.section)
            candidate.take(STEP, "the heading is the step")
            self.candidates.append(candidate)
            self.by_block[index].append(candidate)

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
                short = len(plain(c.text).split()) <= 3 or re.match(r"^(?:let (?:that|it)|feel free|to do (?:so|this|that))\b", c.text, re.IGNORECASE)
                if c.verdict == STEP and last is not None and short and c.position == last.position + 1 + len(last.more):
                    last.more.append(c.text)
                    c.take(PARENT, "part of the step before it")
                    continue
                if c.verdict == STEP:
                    last = c
                elif c.verdict != CONTEXT:
                    last = None

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
            if steps and not _OUTPUT_TEXT.search(plain(tail.text)) and (tail.verdict in (STEP, PARENT) or tail.text.endswith(":")):
                steps[-1].code.append(block)


_STOP = frozenset("the a an to of in on and or for with your this that it is are be by from at as into then all any if you use using".split())


def _content(text: str) -> frozenset[str]:
    """The content words of a title, cut to their stems."""
    return frozenset(w[:5] for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in _STOP)
