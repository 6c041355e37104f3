"""What surrounds the sentences of an SOP: lists, their parents, and what kind of list each is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.candidates import Candidate, gather, section_kinds
from avops.sop.diagnosis import searching_sections
from avops.sop.duties import names_person
from avops.sop.grammar import plain
from avops.sop.lazily import lazily
from avops.sop.lexicon import noun_verbs, words
from avops.sop.sections import bare_title

if TYPE_CHECKING:
    from avops.sop.blocks import Block

ORDERS = ("do", "must", "command")
MANY = 60  # headings after a list that it may be a summary of
_ABOUT = lazily(
    r"^(?:this|the following|these) (?:guide|document|documentation|article|page|runbook|sop"
    r"|topic|section|manual|playbook|how-?to|tutorial|procedure)s?\b"
    r"|^(?:use|follow|read) (?:this|these) (?:when|whenever|if|for|to|before|after|only)\b"
    r"|^use (?:the|this) (?:procedure|guide|runbook|document|checklist|sop)\b.{0,60}\b(?:this"
    r"|following|when|if|for|to)\b",
    re.IGNORECASE,
)
_CHECKS = lazily(
    r"\b(?:must|should|to|need to|has to|have to|please)\s+(?:also\s+)?(?:be\s+)?(?:check|verify"
    r"|confirm|ensure|make sure|inspect|checked|verified|confirmed)\b",
    re.IGNORECASE,
)


_GOOD_FOR = lazily(
    r"^(?:this|these|the|it|they|you)\b.{0,80}\b(?:helps?|allows?|lets?|enables?|aims?|intended|designed)"
    r"(?: (?:you|us|users|everyone))?(?: to)?\s*:$",
    re.IGNORECASE,
)
# "The installer will do the following:", "The list below details the entire operation:"
_DOES_ITSELF = lazily(
    r"\b(?:installer|script|tool|wizard|command|program|software|app(?:lication)?|service|job|pipeline|playbook|system|module|role)s?\s+"
    r"(?:\w+ly\s+)?(?:will(?: now| then| automatically)?|does|performs?|executes?|takes care of|handles)\b[^.?]*:$"
    r"|\b(?:list|table) below (?:details|describes|shows|explains)\b[^.?]*:$",
    re.IGNORECASE,
)
_EXAMPLES = lazily(r"(?:for )?(?:example|instance)s?:?", re.IGNORECASE)
_WEAK = lazily(r"(?:overview|description|summary|introduction|notes?|appendix)\b", re.IGNORECASE)
_PLANS = lazily(
    r"\b(?:plan\w*|prepar\w*|in advance|before|prior|beginning|ready|scout\w*|requirements?|tools|equipment"
    r"|questions to ask)\b",
    re.IGNORECASE,
)
_YOURS = lazily(r"^(?:\w+ )?(?:do|does|did|have|has|are|can|where|what|which|who|when|how)\b.{0,40}\byou\b", re.IGNORECASE)
_ONE_OF = lazily(r"\b(?:one|any|either|some) of\b|\b(?:is|are|was|were)\s*:$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """What introduces a list: its block and that block's sentences (a heading has none), and the words of the last of them."""

    index: int
    block: Block
    rows: list[Candidate]
    text: str

    @property
    def last(self) -> Candidate | None:
        """The sentence right above the list."""
        return self.rows[-1] if self.rows else None


class Outline:
    """The blocks of one SOP with their candidates, lists and sections.

    `procedural` says of each list whether it gives orders, `summaries` are lists that announce later headings,
    `introductions` paragraphs about the document itself, `checklists` lists of things to check, `questions` those that ask,
    `things` those of things for each of which the same order holds; `searched` are the sections that look for trouble.
    """

    def __init__(self, blocks: list[Block], without: frozenset[str] = frozenset()) -> None:
        self.blocks = blocks
        self.kinds = section_kinds(blocks, without)
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
        self.searched = searching_sections(blocks)
        self.praises = {key for key, items in self.lists.items() if self._praises(items)}
        self.procedural = {key: self._is_procedural(items) for key, items in self.lists.items()}
        self.summaries = self._summaries()
        self.introductions = self._introductions()
        self.checklists = self._checklists()
        self.things = self._things()
        self.hidden = {key for key, items in self.lists.items() if self._is_procedure(items)}
        self.questions = {key for key, items in self.lists.items() if self._asks(items)}

    def _is_procedural(self, items: list[int]) -> bool:
        """Whether a list gives orders: most of its items start with one."""
        if self._praises(items):
            return False
        orders = states = 0
        person = self._below_a_person(items)
        for index in items:
            first = self.by_block.get(index)
            if not first:
                continue
            if len(first) == 1 and plain(first[0].text).lower().strip(" .:") in noun_verbs():
                states += 1  # "Stage", alone
            elif any(c.reading.mood in ORDERS or (c.reading.mood == "actor" and (person or names_person(plain(c.text)))) for c in first):
                orders += 1
            else:
                states += 1
        blocks = [self.blocks[i] for i in items]
        bonus = 0.35 if blocks[0].checkbox else 0.15 if blocks[0].ordered else 0.0
        return bool(orders) and orders / (orders + states) + bonus >= 0.5

    def _is_procedure(self, items: list[int]) -> bool:
        """Whether a list in a section that only speaks about things ("Description") is the procedure nonetheless."""
        first, section = self.blocks[items[0]], self.blocks[items[0]].section
        if section is None or not _WEAK.match(bare_title(self.blocks[section].text)):
            return False
        counted = first.ordered or len(items) >= 4
        return counted and len(items) >= 3 and all((rows := self.by_block.get(i)) and rows[0].reading.mood in ORDERS for i in items)

    def lead(self, items: list[int]) -> Lead | None:
        """What introduces a list: the text right above it, within the item that the list stands in if it stands in one."""
        parent = self.blocks[items[0]].parent
        before = items[0] - 1
        beside = before >= 0 and self.blocks[before].kind in ("paragraph", "heading") and self.blocks[before].parent == parent
        top = before if beside or parent is None else parent
        if top < 0 or self.blocks[top].kind not in ("paragraph", "heading", "item"):
            return None
        rows = self.by_block.get(top, [])
        text = plain(rows[-1].text if rows else bare_title(self.blocks[top].text)).strip(" *_")
        return Lead(index=top, block=self.blocks[top], rows=rows, text=text)

    def below(self, index: int) -> list[int]:
        """The items and paragraphs inside an item, at any depth."""
        found = list(self.children.get(index, []))
        for child in found:
            found.extend(self.children.get(child, []))
        return found

    def _praises(self, items: list[int]) -> bool:
        """Whether the sentence above a list says what something is good for ("This guide helps to:")."""
        lead = self.lead(items)
        if lead is None or not lead.rows:
            return False
        return (
            _GOOD_FOR.match(lead.text) is not None
            or _DOES_ITSELF.search(lead.text) is not None
            or _EXAMPLES.fullmatch(lead.text) is not None
        )

    def _below_a_person(self, items: list[int]) -> bool:
        """Whether what stands right above a list names somebody ("The *show caller*:")."""
        lead = self.lead(items)
        text = plain(lead.block.text).strip() if lead is not None else ""
        return names_person(text) and (text.endswith(":") or len(text.split()) <= 6)

    def _asks(self, items: list[int]) -> bool:
        """Whether a list is mostly questions, each something to check.

        It has boxes, or stands below a heading that calls it a checklist, or where trouble is looked for.
        """
        asked = sum(1 for i in items if (first := self.by_block.get(i)) and first[0].reading.mood == "question")
        section = self.blocks[items[0]].section
        titled = self.titled(self.blocks[items[0]])
        if section in self.searched and len(items) >= 2 and asked >= 0.5 * len(items):
            return True
        if self.watched(items) and asked >= 0.75 * len(items):
            return True
        plans = section is not None and _PLANS.search(self.blocks[section].text) is not None
        if len(items) >= 3 and plans and asked >= 0.75 * len(items):
            return True
        state = sum(1 for i in items if (first := self.by_block.get(i)) and asks_state(first[0]))
        if len(items) >= 3 and state >= 0.6 * len(items):
            return True
        return len(items) >= 3 and asked >= 0.5 * len(items) and (self.blocks[items[0]].checkbox or titled)

    def watched(self, items: list[int]) -> bool:
        """Whether a list stands below an order to look ("Constantly monitor:")."""
        lead = self.lead(items)
        told = lead.last.reading if lead is not None and lead.last is not None else None
        return told is not None and told.mood == "do" and told.kind == "observe"

    def titled(self, block: Block) -> bool:
        """Whether the heading above calls what is below it a checklist."""
        title = self.blocks[block.section].text if block.section is not None else ""
        return re.search(r"\bcheck(?:s|ed|list)?\b", title, re.IGNORECASE) is not None

    def _summaries(self) -> set[int]:
        """Lists whose items announce later headings or steps."""
        found = set()
        headings = [(i, content(bare_title(b.text))) for i, b in enumerate(self.blocks) if b.kind == "heading"]
        places = [i for i, _ in headings]
        for key, items in self.lists.items():
            if len(items) < 2:
                continue
            last = items[-1]
            later = [words for i, words in headings[bisect_left(places, last) :][:MANY] if words]
            hits = 0
            named: set[frozenset[str]] = set()
            for index in items:
                words = content(plain(self.blocks[index].text))
                if titles := [title for title in later if len(words & title) >= max(1, 0.6 * len(title), 0.3 * len(words))]:
                    hits += 1
                    named.update(titles)
            if hits >= 0.7 * len(items) and len(named) >= min(hits, 0.7 * len(items)):
                found.add(key)
        return found

    def _introductions(self) -> set[int]:
        """Paragraphs that speak about the document itself ("This guide assumes …"): their orders are no steps."""
        return {
            i for i, b in enumerate(self.blocks)
            if b.kind == "paragraph" and b.parent is None and any(_ABOUT.match(plain(c.text)) for c in self.by_block.get(i, []))
        }  # fmt: skip

    def _things(self) -> dict[int, str]:
        """Lists of things for each of which an order holds ("Turn on the devices:"), with the order."""
        found: dict[int, str] = {}
        for key, items in self.lists.items():
            first = items[0]
            lead = self.by_block.get(first - 1, []) if first else []
            if len(items) < 2 or not lead or self.blocks[first - 1].kind not in ("paragraph", "item"):
                continue
            apart = self.blocks[first - 1].kind == "item" and self.blocks[first].parent != first - 1
            if apart and self.blocks[first - 1].list_id == key:
                continue
            reading, text = lead[-1].reading, plain(lead[-1].text)
            bare = [re.sub(r"\s*\([^()]*\)", "", plain(self.blocks[i].text)) for i in items]
            named = all(1 <= len(name.split()) <= 6 and not re.search(r"[:=.]", name) for name in bare)
            whole = re.match(r"\w+ (?:at|from|by|with|in|as) ", reading.main or text) is not None
            if (
                not whole
                and reading.mood == "do"
                and reading.verb in words("each")
                and text.endswith(":")
                and named
                and not self.procedural[key]
            ):
                found[key] = text.rstrip(": ")
                lead[-1].introduces = True
        return found

    def _names(self, index: int) -> bool:
        """Whether an item is but a link, or a word or two."""
        text = self.blocks[index].text
        return _LINKS.match(text) is not None or len(plain(text).split()) <= 2

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
            checks = (reading.kind == "observe" and reading.mood in ("do", "must")) or _CHECKS.search(text) is not None
            if any(self.blocks[i].text.rstrip(" *_").endswith(":") for i in items) or text.endswith(" such as:"):
                continue
            if all(self._names(i) for i in items) or _ONE_OF.search(text):
                continue
            if checks and text.endswith((":", "-", "–", "—")) and not text.lower().startswith("for example"):
                found.add(key)
                last.introduces = True
        return found


_STATE = lazily(
    r"^(?:[\w ,'-]{1,40}: )?(?:is|are|was|were|do|does|did|has|have|can)\s+"
    r"(?:the|all|any|there|each|every|both|it|they|everything|everyone)\b",
    re.IGNORECASE,
)


def addresses_reader(c: Candidate) -> bool:
    """Whether a question asks the reader about what they have or have done ("Do you have roof access?")."""
    return _YOURS.match(plain(c.text)) is not None


def asks_state(c: Candidate) -> bool:
    """Whether a question asks how something is ("Are the windows closed?"), and not who the reader is or what they want."""
    return c.reading.mood == "question" and _STATE.match(plain(c.text)) is not None


_LINKS = lazily(r"^\W*\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?[\W\d]*$")
_STOP = frozenset(
    [
        "the",
        "a",
        "an",
        "to",
        "of",
        "in",
        "on",
        "and",
        "or",
        "for",
        "with",
        "your",
        "this",
        "that",
        "it",
        "is",
        "are",
        "be",
        "by",
        "from",
        "at",
        "as",
        "into",
        "then",
        "all",
        "any",
        "if",
        "you",
        "use",
        "using",
    ]
)


def content(text: str) -> frozenset[str]:
    """The content words of a title, cut to their stems."""
    return frozenset(w[:5] for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in _STOP)
