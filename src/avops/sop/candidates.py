"""Every sentence of the SOP with what it was taken for, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.sop.grammar import read
from avops.sop.lazily import lazily
from avops.sop.lexicon import base_form, noun_verbs
from avops.sop.sections import STAGES, bare_title, section_kind
from avops.sop.sentences import sentences

if TYPE_CHECKING:
    from avops.sop.answers import Answer
    from avops.sop.blocks import Block
    from avops.sop.reading import Reading

STEP, CONTEXT, LEFT, GUARDRAIL, ROLLBACK, PARENT = "step", "context", "left out", "guardrail", "rollback", "parent"

TIMETABLE = "an entry of a timetable"
STATES = "states something"


@dataclass(slots=True, kw_only=True)
class Candidate:
    """One sentence: its text and line, how it reads, where it stands, and the verdict on it."""

    text: str
    line: int
    reading: Reading
    block: int
    position: int  # in its block, from 0
    section: int | None
    caption: bool = False
    verdict: str = CONTEXT
    reason: str = ""
    conditions: list[str] = field(default_factory=list)
    code: list[Block] = field(default_factory=list)
    more: list[str] = field(default_factory=list)  # short sentences that belong to this step
    phase: str = ""
    kind: str = ""  # the class of what the step does: its verb's, or that of its aim
    check: bool = False  # a statement to be checked
    boxed: bool = False  # it stands beside a box to tick
    duty: bool = False  # a duty of whoever works, as agents' procedures write them
    expected: str = ""  # what the SOP says will be seen
    introduces: bool = False
    patience: str = ""  # the sentence that gives what is checked its time ("Give it up to 90 seconds.")
    held: str = ""  # the label or heading for which nothing is called by itself
    whole: bool = False  # it holds a list or a speech: it is neither cut nor bound to a tool
    answer: Answer | None = None  # to which question, and which, a step needs

    def take(self, verdict: str, reason: str) -> None:
        """Set the verdict."""
        self.verdict, self.reason = verdict, reason


def gather(blocks: list[Block]) -> list[Candidate]:
    """The sentences of all blocks but code and tables, in order; tables give the cells that tell what to do."""
    found: list[Candidate] = []
    for index, block in enumerate(blocks):
        if block.kind in ("code", "heading"):
            continue
        text = action_cell(block) if block.kind == "row" else block.text
        for position, sentence in enumerate(sentences(text, block.line)):
            found.append(
                Candidate(
                    text=sentence.text, line=sentence.line, reading=read(sentence.text), block=index, position=position,
                    section=block.section, caption=sentence.caption,
                )
            )  # fmt: skip
        if block.kind == "row" and found and found[-1].block == index:
            found[-1].expected = expected_cell(block)
            for c in (c for c in found if c.block == index):
                c.conditions.extend(remark_cells(block))
            if name := case_cell(block) or named_cell(block):
                for c in (c for c in found if c.block == index):
                    c.conditions.append(name)
    return found


_ACTION = (
    "action",
    "step",
    "task",
    "instruction",
    "what to do",
    "activity",
    "description",
    "procedure",
    "do this",
    "how",
    "to do",
    "todo",
    "then",
    "fix",
    "remedy",
    "solution",
)
_NAMED = ("what", "item", "name", "room", "device", "area", "equipment", "check")
_SEEN = ("expected", "result", "outcome", "verification", "ok if", "pass if", "should")
_TICKED = lazily(r"^\W*(?:ok\b.*|done|pass(?:ed)?|checked|initials?|sign(?:ed)?|yes|✓|☑|☐)?\W*$", re.IGNORECASE)


_INVENTORY = lazily(r"\b(?:quantity|qty|manufacturer|serial|price|cost|part no)\b", re.IGNORECASE)
_CASE = lazily(
    r"\b(?:states?|status|if|when|conditions?|case|situation|symptoms?|scenario|problem|issue|error|trouble|fault|alert|alarm)\b",
    re.IGNORECASE,
)


def case_cell(block: Block) -> str:
    """The case for which a row tells what to do ("If …"), from a column such as "Problem"; "" without one."""
    told = action_cell(block)
    found = next((cell for column, cell in block.cells[:1] if _CASE.search(column) and cell and cell != told), "")
    return found if not found or found.lower().startswith(("if ", "when ")) else f"If {found}"


_REMARK = lazily(
    r"\b(?:required|optional|conditions?|when|notes?|remarks?|comments?|day|time|status|frequency|who|responsible|owner|role|done by)\b",
    re.IGNORECASE,
)
_ALWAYS = lazily(r"\W*(?:yes|required|mandatory|always|open|todo|to do|not started|none|you|operator|technician)?\W*", re.IGNORECASE)


def remark_cells(block: Block) -> list[str]:
    """What other columns say of an order: when it holds, who does it, whether it is needed."""
    told = (action_cell(block), named_cell(block), expected_cell(block))
    return [
        f"{column.strip(' *_')}: {cell}"
        for column, cell in block.cells
        if _REMARK.search(column) and cell not in told and not _ALWAYS.fullmatch(cell) and not _TICKED.match(column)
    ]


def action_cell(block: Block) -> str:
    """The cell of a table row that tells what to do, or what to tick off; "" when the table's columns name none."""
    if any(_INVENTORY.search(column) for column, _ in block.cells):
        return ""
    for wanted in _ACTION:
        for column, cell in block.cells:
            if re.search(rf"\b{wanted}", column, re.IGNORECASE) and len(cell.split()) > 1:
                return cell
    return ticked_cell(block)


def ticked_cell(block: Block) -> str:
    """The cell that names what is ticked off in a table such as "Check | OK?", "" in any other."""
    if len(block.cells) < 2 or not any(column.strip() and _TICKED.match(column) for column, _ in block.cells[1:]):
        return ""
    return next((cell for column, cell in block.cells if any(word in column.lower() for word in _NAMED) and cell), "")


def named_cell(block: Block) -> str:
    """The cell that says what a row is about, beside the one that tells what to do; "" without one."""
    told = action_cell(block)
    return next((cell for column, cell in block.cells if column.strip().lower() in _NAMED and cell and cell != told), "")


def expected_cell(block: Block) -> str:
    """What a row says will be seen, and what to do if not; "" when no column is for that."""
    seen = next((cell for column, cell in block.cells if any(word in column.lower() for word in _SEEN) and cell), "")
    other = next((cell for column, cell in block.cells if re.match(r"\W*(?:if not|otherwise|else)\b", column, re.IGNORECASE) and cell), "")
    return f"{seen}; if not: {other}" if seen and other else seen


def names_work(title: str) -> bool:
    """Whether a title says what is done below it ("Adding a user", "Swap the battery"), not what is spoken about."""
    words_of = title.split()
    gerund = len(words_of) > 2 and words_of[0].lower().endswith("ing") and base_form(words_of[0].lower()) != ""
    orders = read(title)
    return gerund or (len(words_of) > 2 and orders.mood == "do" and not orders.lead and orders.verb not in noun_verbs())


def _gives_orders(blocks: list[Block], index: int) -> bool:
    """Whether the items right below a heading are orders, so that "Inputs" means those of a device."""
    below: list[Block] = []
    for block in blocks[index + 1 :]:
        if block.kind != "item":
            break
        below.append(block)
    orders = sum(read(block.text).mood == "do" and len(block.text.split()) > 2 for block in below)
    return len(below) >= 2 and 2 * orders > len(below)


_DOS = lazily(r"do['’]?s\s+(?:and|&|\+|/)\s+don['’]?t['’]?s\b", re.IGNORECASE)


def section_kinds(blocks: list[Block], without: frozenset[str] = frozenset()) -> dict[int, str]:
    """The kind of each heading's section; an unknown heading takes that of the one above it. The kinds in `without` count as none."""
    kinds: dict[int, str] = {}
    first = next((index for index, block in enumerate(blocks) if block.kind == "heading"), None)
    for index, block in enumerate(blocks):
        if block.kind != "heading":
            continue
        own = section_kind(block.text)
        own = None if own in without else own
        orders = read(bare_title(block.text))
        if own == "reference" and section_kind(block.text, whole=True) is None and orders.mood == "do" and orders.verb not in noun_verbs():
            own = None
        if own == "reference" and names_work(bare_title(block.text).partition(": ")[2]):
            own = None  # "Best practices: Setting up the rack"
        if own == "reference" and index == first and _DOS.match(bare_title(block.text)):
            own = None  # the whole document says what to do and what not
        above = kinds.get(block.section, "") if block.section is not None else ""
        if own == "inputs" and _gives_orders(blocks, index):
            own = None
        if own is None and above == "reference" and names_work(bare_title(block.text)):
            above = ""  # an appendix may hold a procedure
        if above in ("reference", "limits") and block.section == first:
            above = ""  # a document that begins with its summary goes on with something else
        if own is None or (own == "procedure" and above):
            own = above if above != "title" else ""
        elif above in ("reference", "rollback", "contingency") and own in ("procedure", *STAGES) and above == "rollback":
            own = above
        kinds[index] = own or ""
    return kinds
