"""Which sentences are steps, and why the others are not."""

from __future__ import annotations

import re
from bisect import bisect_left

from avops.sop.answers import find_answers
from avops.sop.blocks import LABEL_ASIDE, Block
from avops.sop.candidates import CONTEXT, GUARDRAIL, LEFT, PARENT, ROLLBACK, STATES, STEP, TIMETABLE, Candidate, ticked_cell
from avops.sop.foreign import is_foreign, judge_foreign, other_script
from avops.sop.grammar import plain, read
from avops.sop.joining import OUTPUT_TEXT, Joiner
from avops.sop.lazily import lazily
from avops.sop.lexicon import noun_verbs, words
from avops.sop.notes import judge_note
from avops.sop.offers import aims, is_offer, ordered_verb, says_how_it_should_be, shown_by_command, shows_itself
from avops.sop.outline import ORDERS, Outline, addresses_reader, asks_state
from avops.sop.reading import Reading
from avops.sop.sections import bare_title, is_named_phase, section_kind
from avops.sop.surroundings import Surroundings
from avops.sop.telling import read_told

_FOLLOWING = lazily(
    r"\b(?:do|perform|complete|follow|take|execute|carry out|try|use|meet|satisfy) (?:all |each )?(?:of )?(?:the following"
    r"|these(?: \w+)?|the steps below|the below)"
    r"(?: (?:steps?|actions?|tasks?|procedures?|instructions?|checks?|things"
    r"|requirements?|criteria|conditions?|prerequisites?))?(?: in order| below)?(?: to\b[^.:]{1,120})?[.:]*$"
    r"|^(?:please )?follow the (?:instructions|steps|procedure|directions)(?: outlined| listed| given)? below[.:]*$",
    re.IGNORECASE,
)
_KEYWORD = lazily(
    r"^(?:[A-Z][^:,]{1,60}: )?(?:(?:[Ii]f|[Ww]hen|[Oo]nce|For|Before|After|Where)\b.{1,160}?, )?"
    r"(?:(?:[Yy]ou|the (?:user|agent|operator|assistant)) )?(MUST|SHOULD|MAY|SHALL)\b(?: (?:ONLY|NEVER|only)\b)?"
)  # RFC 2119
_SHOULD_THEN = lazily(r"^(?:(?:once|after|when) (?!you\b|we\b|they\b)|if (?:all|the|it|everything)\b).*\bshould\b", re.IGNORECASE)
# "Follow [these instructions](…) to set up the adapter": the instructions of another page, and what they are for.
_FOLLOW_TO = lazily(
    r"follow (?:the|these|this) (?:\w+ )?(?:instructions|steps|guide|procedure)\b.{0,60}? to (?!learn|read|see|find|get help)\w+ \w+",
    re.IGNORECASE,
)
_IN_CASE = lazily(r"^(?:if|when|once|before|after)\b", re.IGNORECASE)
_USED = lazily(r"\buse\b.{1,60}\b(?:tools?|commands?|scripts?|function|query)\b.{0,20}\bto\b|\buse\b.{1,60}\bto \w+", re.IGNORECASE)
_TODO = lazily(r"^\W*(?:TODO|FIXME|TBD)\b|\[\s*(?:TODO|TBD)\b", re.IGNORECASE)
_SETTING = lazily(r"^[\w /.-]{2,40}(?:\s?(?:=|→|->)\s?[^\s=→]+(?:\s[^\s=→>-]+){0,4}){1,4}$")
_READY = lazily(r"\bpre-?conditions?\b|\bpre-?checks?\b|\bpre-?flight\b|\breadiness\b", re.IGNORECASE)
_WILL = lazily(r"\bwill\b|['’]ll\b")
_TIMED = lazily(r"^(?:at\s+)?\d{1,2}(?::\d\d\b|\.\d\d\b(?!\s*:\s*(?:https?:|\W*$)|\W*$))", re.IGNORECASE)
_THERE_IS = lazily(
    r"(?:this|that|there|these|it|they|an?|all|\W*if|some|no|note|we|(?:[\w'’-]+ ){1,6}(?:displays|shows|appears|opens|may))\b"
    r"|in .*:$",
    re.IGNORECASE,
)
_SPEECH = lazily(r"^[\"“][^\"“”]*[\"”]\W*$")
_LOOK = lazily(r"^(?:take|have) a look at\b|^(?:look at|check out)\b", re.IGNORECASE)
_LINK_ONLY = lazily(r"^\W{0,40}(?:\[[^\]]*\]\([^)]*\)|https?://\S++)[\W\d]*$")


def _is_title(block: Block, blocks: list[Block]) -> bool:
    """Whether the first paragraph is the title of a longer text: short, on one line, without a full stop."""
    text = plain(block.text)
    return len(blocks) > 6 and "\n" not in block.text and len(text.split()) <= 14 and text[-1:].isalnum() | text.endswith(")")


def _names_thing(c: Candidate) -> bool:
    """Whether an item that starts with a word such as "host" names a thing ("Host network connectivity") rather than orders something."""
    if (
        c.reading.mood != "do"
        or c.reading.lead
        or not plain(c.text).lower().startswith(c.reading.verb.replace("-", " "))
        or c.reading.verb not in noun_verbs()
        or c.reading.verb in ("check", "record")
    ):
        return False
    spoken = plain(c.text).split()
    if len(spoken) > 1 and (spoken[1][:1] in "\"“'`«" or (spoken[1][:1].isupper() and len(spoken) > 4)):
        return False
    following = spoken[1].lower().strip("\"'“,:") if len(spoken) > 1 else ""
    return following not in words("determiner") | words("lead") | words("pronoun") | words("small") or following == "of"


_COMMAND_USED = lazily(r"\b[Uu]se `[^`]* [^`]*`")


class Classifier:
    """Works through the blocks of one SOP; `candidates` holds the verdicts afterwards."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.blocks = outline.blocks
        self.candidates = outline.candidates
        self.by_block = outline.by_block
        self.timetables = {key for key, items in outline.lists.items() if self._is_timetable(items)}
        self.settings = {key for key, items in outline.lists.items() if self._is_settings(items)}
        self.announced = sum(c.reading.mood == "actor" and _WILL.search(c.text) is not None for c in outline.candidates) >= 3

    def run(self) -> list[Candidate]:
        """All candidates with their verdicts."""
        read_told(self.candidates, with_command=self._has_command)
        for candidate in self.candidates:
            self._judge(candidate)
        whole = is_foreign(self.blocks)
        foreign = [c for c in self.candidates if whole or other_script(self.blocks[c.block].text)]
        judge_foreign(foreign, self.blocks, self.outline.kinds)
        find_answers(self.outline)
        Surroundings(self.outline).run()
        Joiner(self.outline).run()
        self.candidates.sort(key=lambda c: (c.line, c.position))
        return self.candidates

    # -- what surrounds a sentence ------------------------------------------------------------------------------

    def _kind(self, block: Block) -> str:
        return self.outline.kinds.get(block.section, "") if block.section is not None else ""

    # -- verdicts -----------------------------------------------------------------------------------------------

    def _judge(self, c: Candidate) -> None:
        block = self.blocks[c.block]
        kind = self._kind(block)
        if c.block == 0 and block.kind == "paragraph" and _is_title(block, self.blocks):
            c.take(CONTEXT, "the title")
        elif c.introduces:
            c.take(PARENT, "introduces what is below it")
        elif not (self._judge_form(c, block) or self._judge_mood(c, block, kind)):
            self._judge_place(c, block, kind)

    def _judge_form(self, c: Candidate, block: Block) -> bool:
        """Judge what its form gives away: captions, links, duties of an agent, entries of a summary."""
        if block.kind == "item" and block.parent is not None and _SPEECH.match(block.text) and len(block.text.split()) > 12:
            c.take(CONTEXT, "what is said")
        elif c.caption:
            c.take(LEFT, "caption of a picture")
        elif _TODO.search(c.text):
            c.take(LEFT, "a note of the author's")
        elif _LINK_ONLY.match(c.text) and not self._ordered_link(c):
            c.take(LEFT, "a link")
        elif block.kind == "item" and c.reading.mood != "never" and (keyword := _KEYWORD.match(plain(c.text))) is not None:
            self._judge_keyword(c, keyword)
        elif block.list_id in self.outline.summaries and block.kind == "item":
            c.take(LEFT, "summary of what follows")
        else:
            return False
        return True

    def _ordered_link(self, c: Candidate) -> bool:
        """Whether a link is an order that is given by following it ("[Call 555 0100](tel:…)", "[Check the queue](https://…)")."""
        away = re.search(r"\]\((?:tel:|mailto:|https?://)", c.text) is not None
        given = re.match(r"\w+(?: \w+){0,2}? (?:\d+|the|a|an|your)\b", plain(c.text), re.IGNORECASE)
        return away and c.reading.mood == "do" and given is not None and self.blocks[c.block].kind == "item"

    def _judge_mood(self, c: Candidate, block: Block, kind: str) -> bool:
        """Judge questions, prohibitions, and sentences that only lead somewhere."""
        if c.reading.mood == "pointer" and "](" in c.text and _FOLLOW_TO.match(plain(c.text)):
            c.reading = Reading(mood="do", verb="follow", kind="change", main=plain(c.text))
        mood = c.reading.mood
        if mood == "question":
            self._judge_question(c, block, kind)
        elif _FOLLOWING.search(plain(c.text)) and "](" not in c.text:
            c.take(PARENT, "introduces what follows")
        elif self._says_whom_to_ask(c):
            c.take(LEFT, "whom to ask")
        elif mood == "never":
            c.take(GUARDRAIL if kind != "reference" else LEFT, "tells what not to do")
        elif c.block in self.outline.introductions:
            c.take(CONTEXT, "speaks about the document")
        elif mood == "pointer" or (_LOOK.match(plain(c.text)) and "](" in c.text):
            c.take(LEFT, "points elsewhere")
        elif mood == "flow":
            c.take(LEFT, "says where to read on")
        else:
            return False
        return True

    def _judge_question(self, c: Candidate, block: Block, kind: str) -> None:
        """A question is a step where a list asks what to look at, or where the search for trouble asks it."""
        searched = block.section in self.outline.searched
        listed = block.list_id in self.outline.questions
        asked = listed and (c.position == 0 or asks_state(c))
        if asked or (block.kind == "item" and kind == "intake" and searched):
            c.take(STEP, "a question to answer before going on")
            c.check = True
            answers = (
                addresses_reader(c) and not block.checkbox and not (listed and self.outline.watched(self.outline.lists[block.list_id]))
            )
            c.phase = "intake" if answers else ""
            c.boxed = asked and not searched and (block.checkbox or self.outline.titled(block))
        else:
            c.take(LEFT, "a question")

    def _says_whom_to_ask(self, c: Candidate) -> bool:
        """Whether a sentence follows a question such as "Problems?" and names a person."""
        before = self.by_block[c.block][c.position - 1] if c.position else None
        asks = before is not None and before.reading.mood == "question" and len(before.text.split()) <= 3
        return asks and c.reading.verb in ("ask", "contact", "call", "email", "see", "visit", "write", "")

    def _judge_place(self, c: Candidate, block: Block, kind: str) -> None:
        """Judge by the section, and by what the sentence says there."""
        if kind == "rollback" and c.reading.mood in (*ORDERS, "may", "expect", "actor", "passive"):
            c.take(ROLLBACK, "in a section about going back")
        elif kind == "limits" and not (block.kind == "item" and block.depth > 1 and c.reading.mood == "do"):
            c.take(GUARDRAIL, "a rule to keep")
        elif kind in ("reference", "inputs") and block.list_id not in self.outline.hidden:
            c.take(LEFT, f"under '{self._title(block)}', which is {kind}")
        elif self._in_note(block):
            judge_note(c, block, steps_before=self._steps_before(c))
        elif kind == "contingency" and block.kind != "item" and c.reading.mood != "do" and not (self._has_command(c) and aims(c)):
            c.take(LEFT, f"under '{self._title(block)}', only for trouble")
        elif block.kind == "item":
            self._judge_item(c, block, kind)
        elif block.kind == "row" and c.position == 0 and c.reading.mood not in ORDERS and c.text == ticked_cell(block):
            c.take(STEP, "a row to tick")
            c.check = True
        else:
            self._judge_prose(c, block, kind)

    def _judge_keyword(self, c: Candidate, keyword: re.Match[str]) -> None:
        """ "You MUST …": a rule where it says how to work ("keep", "ensure", "follow"), a step where it says what to do."""
        if plain(c.text).startswith(("MUST", "SHOULD", "MAY", "SHALL")):
            c.reading = read(f"You {plain(c.text)}")
        allowed = keyword[1] == "MAY" or keyword[0].lower().endswith(("only", "never"))
        used = c.reading.verb == "use" and (_USED.search(plain(c.text)) or _COMMAND_USED.search(c.text))
        if c.reading.mood == "never":
            c.take(GUARDRAIL, "tells what not to do")
        elif (
            used
            or (not allowed and c.reading.mood == "state" and ordered_verb(c, keyword))
            or (c.reading.mood == "must" and not allowed and _IN_CASE.match(plain(c.text)))
        ):
            self._take_duty(c)
        elif allowed or c.reading.verb in words("manner") or c.reading.mood not in (*ORDERS, "actor"):
            c.take(GUARDRAIL, "a rule to keep")
        else:
            self._take_duty(c)

    def _take_duty(self, c: Candidate) -> None:
        c.take(STEP, "a duty of whoever works")
        c.duty = True

    def _title(self, block: Block) -> str:
        return bare_title(self.blocks[block.section].text) if block.section is not None else ""

    def _in_note(self, block: Block) -> bool:
        return bool(block.aside) or (block.kind == "paragraph" and bool(LABEL_ASIDE.match(plain(block.text[:200]))))

    def _judge_item(self, c: Candidate, block: Block, kind: str) -> None:
        mood = c.reading.mood
        procedural = self.outline.procedural[block.list_id]
        if block.list_id in self.outline.things and c.position == 0:
            c.take(STEP, "one of the things that an order names")
            c.conditions.append(self.outline.things[block.list_id])
            c.reading = read(self.outline.things[block.list_id])
        elif mood in ORDERS and block.list_id in self.outline.praises:
            c.take(CONTEXT, "says what it is good for")
        elif mood in ORDERS and not procedural and _names_thing(c):
            c.take(CONTEXT, "names something")
        elif mood in ORDERS:
            c.take(STEP, "an order in a list")
        elif block.checkbox and c.position == 0:
            c.take(STEP, "a box to tick")
            c.check = mood in ("state", "fragment", "passive", "expect", "result")
            c.boxed = True
        elif block.list_id in self.outline.checklists and c.position == 0 and not block.aside:
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
        elif c.position == 0 and block.ordered and procedural and self._appears(c, block):
            c.take(STEP, "what must be seen afterwards")
            c.check = True
        elif mood == "expect" and procedural and shows_itself(c, anywhere=True):
            c.take(STEP, "what must be seen afterwards")
        elif mood == "may" and (self._is_offer(c, block) or (procedural and (c.reading.conditional or block.ordered))):
            c.take(STEP, "what can be done, and how")
        elif mood == "expect" and c.position == 0 and ((procedural and c.reading.conditional) or says_how_it_should_be(c)):
            c.take(STEP, "what must be seen afterwards")
        elif c.position == 0 and mood in ("state", "fragment", "passive", "expect") and self._is_criterion(block, kind):
            c.take(STEP, "one of the things to check")
            c.check = True
        elif c.position == 0 and self._under_phase(block):
            c.take(STEP, f"an item under '{self._title(block)}'")
        else:
            self._judge_other_item(c, block)

    def _judge_other_item(self, c: Candidate, block: Block) -> None:
        """An item that orders nothing: a step by its command, its list or its neighbours, or none."""
        procedural = self.outline.procedural[block.list_id]
        if c.reading.mood in ("state", "fragment") and self._has_command(c) and (aims(c) or shown_by_command(c)):
            c.take(STEP, "an aim, with its command")
        elif c.position == 0 and block.list_id in self.timetables:
            c.take(STEP, TIMETABLE)
        elif c.position == 0 and (procedural or block.list_id in self.settings) and _SETTING.match(plain(c.text)):
            c.take(STEP, "a setting among steps")
        elif c.position == 0 and procedural and self._stands_among_orders(block, c):
            c.take(STEP, "an item among steps")
        else:
            c.take(CONTEXT, STATES)

    def _stands_among_orders(self, block: Block, c: Candidate) -> bool:
        """Whether an item that orders nothing is a step all the same: a thing by its name, or one of a counted list of orders."""
        called = c.text.rstrip(" *_").endswith("!")
        if c.reading.mood == "fragment":
            return (block.section is None or block.ordered) and not called
        if c.reading.mood != "state" or not block.ordered or called:
            return False
        others = [rows[0] for i in self.outline.lists[block.list_id] if i != c.block and (rows := self.by_block.get(i))]
        orders = sum(x.reading.mood in ORDERS for x in others)
        return len(others) >= 3 and orders >= 0.7 * len(others) and not _THERE_IS.match(plain(c.text)[:300])

    def _judge_prose(self, c: Candidate, block: Block, kind: str) -> None:
        mood = c.reading.mood
        if c.reading.kind == "wait" and not self._steps_before(c) and re.match(r"(?:please )?allow\b", plain(c.text), re.IGNORECASE):
            c.take(CONTEXT, "how long it takes")
        elif mood == "do":
            c.take(STEP, "an order")
        elif mood == "must" and not (c.reading.lead == "" and kind == "" and block.section is None and not self._steps_before(c)):
            c.take(STEP, "a duty")
        elif mood == "may" and (
            (self._is_offer(c, block) and (self._has_command(c) or self._steps_before(c) or "`" in c.text))
            or (c.reading.conditional and c.reading.kind == "change" and self._steps_before(c))
        ):
            c.take(STEP, "what can be done, and how")
        elif mood == "actor" and (re.match(r"^(?:\*\*|__)[^*_]+(?:\*\*|__)\s*[-–—:]", c.text) or (self.announced and _WILL.search(c.text))):
            c.take(STEP, "what somebody does")
        elif mood in ("state", "fragment") and self._has_command(c) and aims(c):
            c.take(STEP, "an aim, with its command")
        elif self._steps_before(c) and (
            (mood == "expect" and shows_itself(c))
            or (mood in ("expect", "result") and c.reading.conditional and _SHOULD_THEN.match(plain(c.text)))
        ):
            c.take(STEP, "what must be seen afterwards")
        elif mood == "command":
            c.take(STEP, "a command")
        elif self._has_command(c) and (re.search(r"\bcan be used to\b", c.text) or shown_by_command(c)):
            c.take(STEP, "what can be done, and how")
            c.reading = Reading(mood="command", verb="run", kind="change", main=plain(c.text)) if shown_by_command(c) else c.reading
        else:
            c.take(CONTEXT, STATES)

    def _is_timetable(self, items: list[int]) -> bool:
        """Whether most items of a list begin with a time of day."""
        return 2 * sum(_TIMED.match(plain(self.blocks[i].text)) is not None for i in items) >= len(items) > 1

    def _is_settings(self, items: list[int]) -> bool:
        """Whether every item of a list is a setting ("Menu -> Power save -> Off"), below a sentence about settings."""
        lead = self.outline.lead(items)
        told = lead is not None and re.search(r"\b(?:settings?|configure|set|change)\b", lead.text, re.IGNORECASE) is not None
        return told and len(items) >= 2 and all(_SETTING.match(plain(self.blocks[i].text)) for i in items)

    def _is_criterion(self, block: Block, kind: str) -> bool:
        """Whether an item states what must be so, below "Validation", "Success criteria" or "Preconditions"."""
        title = self._title(block)
        own = section_kind(title)
        return (own == kind == "verify" and re.search(r"\bescalat", title, re.IGNORECASE) is None) or (
            own == kind == "plan" and _READY.search(title) is not None
        )

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

    def _appears(self, c: Candidate, block: Block) -> bool:
        """Whether an item among steps says what is seen ("The panel turns red"), right after an item that orders something."""
        said = re.match(r"^(?:the|a|an|your|its) (?:[\w'-]+ ){1,4}?(\w+s)\b", plain(c.text), re.IGNORECASE)
        if said is None or said[1].lower() not in words("appearing"):
            return False
        items = self.outline.lists[block.list_id]
        at = bisect_left(items, c.block)
        return at > 0 and any(x.reading.mood in ORDERS for x in self.by_block.get(items[at - 1], []))

    def _is_offer(self, c: Candidate, block: Block) -> bool:
        return is_offer(c, command=self._has_command(c), searched=block.section in self.outline.searched)

    def _steps_before(self, c: Candidate) -> bool:
        return any(x.verdict == STEP for x in self.candidates if x.line <= c.line)

    def _has_command(self, c: Candidate) -> bool:
        """Whether a code block follows the sentence, which ends its block."""
        follower = c.block + 1
        last = self.by_block[c.block][-1] is c
        return last and follower < len(self.blocks) and self.blocks[follower].kind == "code" and not OUTPUT_TEXT.search(c.text)
