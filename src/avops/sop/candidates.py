"""Every sentence of the SOP with what it was taken for, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.sop.grammar import Reading, read
from avops.sop.lexicon import noun_verbs
from avops.sop.sections import STAGES, bare_title, section_kind
from avops.sop.sentences import sentences

if TYPE_CHECKING:
    from avops.sop.blocks import Block

STEP, CONTEXT, LEFT, GUARDRAIL, ROLLBACK, PARENT = "step", "context", "left out", "guardrail", "rollback", "parent"

TIMETABLE = "an entry of a timetable"


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
    return found


_ACTION = ("action", "step", "task", "instruction", "what to do", "activity", "description", "procedure", "do this")


def action_cell(block: Block) -> str:
    """The cell of a table row that tells what to do, "" when the table's columns name none."""
    for wanted in _ACTION:
        for column, cell in block.cells:
            if wanted in column.lower() and len(cell.split()) > 1:
                return cell
    return ""


def expected_cell(block: Block) -> str:
    """The cell of a table row that says what will be seen, "" when no column is for that."""
    for column, cell in block.cells:
        if any(word in column.lower() for word in ("expected", "result", "outcome", "verification")):
            return cell
    return ""


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
        above = kinds.get(block.section, "") if block.section is not None else ""
        if above == "reference" and block.section == first:
            above = ""  # a document that begins with its summary goes on with something else
        if own is None or (own == "procedure" and above):
            own = above if above != "title" else ""
        elif above in ("reference", "rollback", "contingency") and own in ("procedure", *STAGES) and above == "rollback":
            own = above
        kinds[index] = own or ""
    return kinds
