"""What sources say about a question: statements with the numbers of their sources, and the extractive way to get them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.kb.pages import Block
from avops.kb.ranking import Sentence, scores, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_QUOTES = 10
MAX_PER_SOURCE = 4
MAX_STEPS = 20
LONGEST_STEP = 500
LEAST_OF_BEST = 0.35
"""A sentence that scores less than this part of the best one says something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A source that was read; `number` counts from 1, `link` is its address, or its path in the project."""

    number: int
    title: str
    link: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something that sources say. A quote has exactly one source, and stands there in these words."""

    text: str
    sources: tuple[int, ...]
    is_quote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Statements under a heading."""

    heading: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What an article says. `steps` are a procedure, in its order; `notes` say what a reader must know of how it was made."""

    sections: tuple[Section, ...]
    steps: tuple[Statement, ...]
    made_by: str
    notes: tuple[str, ...] = ()
    tokens: int = 0
    """What the model's answers took."""


def extract(query: str, readings: Sequence[Reading], is_order: Callable[[str], bool]) -> Digest | None:
    """The sentences that fit the query best, quoted in the words of the sources; None when none fits.

    `is_order` tells whether a sentence orders something: what the steps are made of where no source has a numbered list.
    """
    found = [sentence for reading in readings for sentence in sentences(reading.number, reading.blocks)]
    ranked = sorted(zip(scores(query, found), found, strict=True), key=lambda pair: (-pair[0], pair[1].source, pair[1].place))
    best = ranked[0][0] if ranked else 0.0
    if best <= 0:
        return None
    steps = _steps(query, readings) or _ordered([sentence for score, sentence in ranked if score >= best * LEAST_OF_BEST], is_order)
    told = {step.text for step in steps}
    chosen = _chosen([each for each in ranked if each[1].text not in told], best)
    sections = []
    for reading in readings:
        quotes = sorted((each for each in chosen if each.source == reading.number), key=lambda each: each.place)
        if quotes:
            statements = tuple(Statement(text=each.text, sources=(reading.number,), is_quote=True) for each in quotes)
            sections.append(Section(heading=reading.title, statements=statements))
    return Digest(sections=tuple(sections), steps=tuple(steps[:MAX_STEPS]), made_by="extract")


def _chosen(ranked: Sequence[tuple[float, Sentence]], best: float) -> list[Sentence]:
    chosen: list[Sentence] = []
    seen: set[str] = set()
    for score, sentence in ranked:
        same = sentence.text.casefold()
        if score < best * LEAST_OF_BEST or len(chosen) == MAX_QUOTES or same in seen:
            continue
        if sum(1 for each in chosen if each.source == sentence.source) < MAX_PER_SOURCE:
            seen.add(same)
            chosen.append(sentence)
    return chosen


def _steps(query: str, readings: Sequence[Reading]) -> list[Statement]:
    """The numbered list that fits the query best, whole, with the heading it stands under; empty when no list fits."""
    lists: list[tuple[int, str, list[str]]] = []
    for reading in readings:
        heading, items = reading.title, list[str]()
        for block in (*reading.blocks, Block("end", "")):
            if block.kind == "step" and block.text:
                items.append(block.text)
            elif items:
                lists.append((reading.number, heading, items))
                items = []
            if block.kind == "heading":
                heading = block.text
    wholes = [Sentence(source=number, place=0, text=" ".join(items), heading=heading) for number, heading, items in lists if len(items) > 1]
    lists = [each for each in lists if len(each[2]) > 1]
    scored = scores(query, wholes)
    if not scored or max(scored) <= 0:
        return []
    number, _, items = lists[scored.index(max(scored))]
    return [Statement(text=_cut(item), sources=(number,), is_quote=True) for item in items]


def _ordered(found: Sequence[Sentence], is_order: Callable[[str], bool]) -> list[Statement]:
    orders = [each for each in found if is_order(each.text)][:MAX_STEPS]
    orders.sort(key=lambda each: (each.source, each.place))
    return [Statement(text=each.text, sources=(each.source,), is_quote=True) for each in orders]


def cited_only(digest: Digest, readings: Sequence[Reading]) -> tuple[Digest, list[Reading], list[Reading]]:
    """The digest with its sources numbered anew, the sources that it names, and those that it does not."""
    statements = [*digest.steps, *(each for part in digest.sections for each in part.statements)]
    named = {number for each in statements for number in each.sources}
    cited = [reading for reading in readings if reading.number in named]
    numbers = {reading.number: place for place, reading in enumerate(cited, 1)}

    def renumbered(statements: Sequence[Statement]) -> tuple[Statement, ...]:
        return tuple(replace(each, sources=tuple(numbers[number] for number in each.sources)) for each in statements)

    sections = tuple(replace(part, statements=renumbered(part.statements)) for part in digest.sections)
    anew = [replace(reading, number=numbers[reading.number]) for reading in cited]
    return replace(digest, sections=sections, steps=renumbered(digest.steps)), anew, [each for each in readings if each not in cited]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_STEP else text[: LONGEST_STEP - 2].rstrip() + " …"
