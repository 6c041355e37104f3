"""Yes-or-no questions with what is done in each case: the question is asked, and its steps stand under the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.candidates import PARENT, STEP, Candidate
from avops.sop.grammar import plain, read
from avops.sop.lazily import lazily
from avops.sop.lexicon import words
from avops.sop.sections import PHASES
from avops.sop.steps import DraftStep, free_id

if TYPE_CHECKING:
    from avops.sop.inputs import InputCollector
    from avops.sop.outline import Outline

_ANSWER = lazily(r"^(?:if\s+)?(yes|no)\b\s*[:,;.–—-]*\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Which answer to which question a step needs; `line` is that of the question."""

    question: str
    wanted: str
    line: int


def find_answers(outline: Outline) -> None:
    """Give the steps below "yes" and "no" the answer that they need."""
    for index, block in enumerate(outline.blocks):
        own = outline.by_block.get(index, [])
        if not own or own[-1].reading.mood != "question" or block.kind not in ("item", "paragraph"):
            continue
        replies = [(i, match) for i in _below(outline, index) if (match := _ANSWER.match(plain(outline.blocks[i].text)))]
        if not replies:
            continue
        asked = own[-1]
        found = [_answered(outline, i, match, asked) for i, match in replies]
        if any(found):
            asked.take(PARENT, "asks what the steps below depend on")
            asked.check = False


def _below(outline: Outline, index: int) -> list[int]:
    """The items that answer the block: those below it, else those of the list that follows it."""
    below = [i for i in outline.children.get(index, []) if outline.blocks[i].kind == "item"]
    if below or index + 1 >= len(outline.blocks):
        return below
    following = outline.blocks[index + 1]
    return outline.lists[following.list_id] if following.kind == "item" and outline.blocks[index].kind == "paragraph" else []


def _answered(outline: Outline, index: int, match: re.Match[str], asked: Candidate) -> bool:
    """Whether there are steps in the item of an answer, or below it: they need that answer then."""
    answer = Answer(question=plain(asked.text), wanted=match[1].lower(), line=asked.line)
    own = outline.by_block.get(index, [])
    if own and (rest := _ANSWER.sub("", plain(own[0].text), count=1)).strip():
        own[0].text = rest[0].upper() + rest[1:]
        own[0].reading = read(own[0].text)
        if own[0].reading.mood in ("do", "must"):
            own[0].take(STEP, "what is done after an answer")
    elif own:
        own[0].take(PARENT, "an answer, with its steps below")
    found = False
    todo = [index]
    while todo:
        at = todo.pop()
        todo.extend(outline.children.get(at, []))
        for c in outline.by_block.get(at, []):
            if c.verdict == STEP and c.answer is None:
                c.answer, found = answer, True
    return found


class Questions:
    """Asks each question once, before the first step that needs its answer."""

    def __init__(self, inputs: InputCollector, ids: set[str]) -> None:
        self.inputs = inputs
        self.ids = ids
        self._asked: dict[Answer, str] = {}

    def condition(self, answer: Answer) -> str:
        """The `when` of a step that needs `answer`."""
        question = Answer(question=answer.question, wanted="", line=answer.line)
        if question not in self._asked:
            spoken = [word for word in re.findall(r"[a-z][a-z0-9]*", answer.question.lower()) if word not in words("condition_filler")]
            self._asked[question] = free_id("_".join(spoken[:4]) or "answer", self.ids)
        return f"{self._asked[question]} == '{answer.wanted}'"

    def asked(self, steps: list[DraftStep]) -> list[DraftStep]:
        """The steps, with each question before the first that needs it, in the earliest phase where one does."""
        out = list(steps)
        for question, identifier in self._asked.items():
            users = [step for step in out if re.search(rf"\b{identifier} == '", step.when)]
            first = min(users, key=lambda step: PHASES.index(step.phase))
            ask = DraftStep(
                phase=first.phase, key="ask", value=self.inputs.fill(f"{question.question} Answer yes or no.", question.line),
                text=question.question, line=question.line, id=identifier, expect={"enum": ["yes", "no"]},
            )  # fmt: skip
            out.insert(next(i for i, step in enumerate(out) if step is first), ask)
        return out
