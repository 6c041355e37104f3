"""An SOP in, a draft recipe out: offline, deterministic, no input or output of its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from avops.sop.actions import Binder
from avops.sop.answers import Questions
from avops.sop.blocks import Block, read_markdown
from avops.sop.branches import branch_of, find_branches, name_roles
from avops.sop.candidates import GUARDRAIL, LEFT, ROLLBACK, STEP, Candidate
from avops.sop.classify import Classifier
from avops.sop.coverage import LineReport, report_lines
from avops.sop.errors import NoProcedure
from avops.sop.inputs import InputCollector, InputSpec, assigned_names, parameters
from avops.sop.outline import ORDERS, Outline
from avops.sop.phases import assign
from avops.sop.plain import is_plain, one_line, read_plain
from avops.sop.products import mentioned_products
from avops.sop.recipe_text import RecipeDraft, write_recipe
from avops.sop.rendering import words_of
from avops.sop.repeats import Repeats, in_words, is_plain_repeat
from avops.sop.scripts import opened
from avops.sop.sections import PHASES, bare_title, section_kind
from avops.sop.source import Source, read_source
from avops.sop.steps import DraftStep, duration, make_steps
from avops.sop.verification import promote_expectations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.sop.catalog import ToolCatalogEntry

MAX_BYTES = 1024 * 1024
MAX_LINES = 20_000
MOST_NAMED = 8
"""Lines that a warning names."""
NO_VERIFY = "the SOP names no check of the result: verify is empty, and a run would end as unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The recipe's text and how it came about; `coverage` reports every line of the SOP."""

    recipe_text: str
    name: str
    steps: tuple[DraftStep, ...]
    inputs: tuple[InputSpec, ...]
    guardrails: tuple[str, ...]
    rollback: tuple[str, ...]
    left_out: tuple[LineReport, ...]
    coverage: tuple[LineReport, ...]
    warnings: tuple[str, ...]
    mentioned_tools: tuple[str, ...]


def convert(
    text: str, *, file: str, tools: Sequence[ToolCatalogEntry] = (), name: str | None = None, sha256: str | None = None
) -> Conversion:
    """The draft recipe of the SOP `text`, which stands in `file`; raises NoProcedure when it has no steps.

    `sha256` is the sum of the file where it is not that of the text in UTF-8.
    """
    if len(text) > MAX_BYTES:
        raise NoProcedure(f"'{file}' is too large for an SOP: {len(text)} characters, at most {MAX_BYTES}")
    if text.count("\n") > MAX_LINES:
        raise NoProcedure(f"'{file}' is too large for an SOP: more than {MAX_LINES} lines")
    read = read_procedure(text)
    source, blocks, outline, candidates = read.source, read.blocks, read.outline, read.candidates
    if not any(c.verdict == STEP for c in candidates):
        raise NoProcedure(*_refusal(file, blocks, candidates))
    inputs = InputCollector(assigned=assigned_names(blocks))
    lines = parameters(blocks, outline.kinds, inputs)
    branches = find_branches(blocks, inputs)
    name_roles(candidates, blocks)
    binder = Binder(tools, inputs)
    steps: list[DraftStep] = []
    drafts = make_steps(candidates, inputs)
    repeats = Repeats(drafts, blocks, text.splitlines())
    questions = Questions(inputs, binder.ids)
    for candidate, step in drafts:
        branch = branch_of(candidate.section, blocks, branches)
        before = binder.kept()
        bound = _in_order(_bound(candidate, step, binder, repeats))
        if branch is not None or candidate.answer is not None:
            binder.leave(before)
        for made in _given_time(candidate, bound):
            needed = [branch.expression] if branch is not None else []
            if candidate.answer is not None:
                needed.append(questions.condition(candidate.answer))
            for expression in needed:
                made.when = f"({expression}) and ({made.when})" if made.when else expression
            steps.append(made)
    steps = questions.asked(steps)
    _conclude(steps)
    title = (name or _title(source, blocks, file))[:120].strip()
    guardrails = tuple(words_of(c.text) for c in candidates if c.verdict == GUARDRAIL)
    rollback = tuple(words_of(c.text) for c in candidates if c.verdict == ROLLBACK)
    draft = RecipeDraft(
        name=title, description=_description(blocks, candidates, file), file=file,
        sha256=sha256 or hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        inputs=tuple(inputs.found.values()), steps=steps, guardrails=guardrails, rollback=rollback, needs_room=False,
    )  # fmt: skip
    coverage = report_lines(text.splitlines(), source, blocks, candidates, lines)
    warnings = [*binder.warnings, *_moved_steps(steps)]
    if not any(step.phase == "verify" and step.key in ("confirm", "check") for step in steps):
        warnings.append(NO_VERIFY)
    return Conversion(
        recipe_text=write_recipe(draft), name=title, inputs=tuple(draft.inputs),
        steps=tuple(sorted(steps, key=lambda step: PHASES.index(step.phase))),
        guardrails=guardrails, rollback=rollback, left_out=tuple(r for r in coverage if r.outcome == LEFT), coverage=coverage,
        warnings=tuple(warnings), mentioned_tools=tuple(mentioned_products(steps, tools)),
    )  # fmt: skip


def _given_time(c: Candidate, made: list[DraftStep]) -> list[DraftStep]:
    """The steps of a check with the time that the SOP gives it: as `within` where it is read again, else in words."""
    for step in made if c.patience else ():
        if step.key == "check":
            step.within = duration(c.patience)
        elif step is made[-1] and isinstance(step.value, str):
            step.value = f"{step.value} {words_of(c.patience)}"
    return made


def _in_order(made: list[DraftStep]) -> list[DraftStep]:
    """The parts of one sentence, none of them in an earlier phase than the part before it: "turn off … and unplug …".

    What changes something stays in act, and what the sentence says before it comes before it.
    """
    last = max((i for i, step in enumerate(made) if step.phase == "act" and step.key == "tool"), default=0)
    for step in made[:last]:
        step.phase = "act" if step.phase == "verify" else step.phase
    for before, after in pairwise(made):
        if PHASES.index(after.phase) < PHASES.index(before.phase):
            after.phase = before.phase
    return made


def _conclude(steps: list[DraftStep]) -> None:
    """Make the checks at the end of act verification: nothing is changed after them."""
    for step in reversed([step for step in steps if step.phase == "act"]):
        if step.key not in ("check", "confirm") or not step.reading:
            return
        step.phase = "verify"


def _moved_steps(steps: list[DraftStep]) -> list[str]:
    """Warnings about looks and checks that stand between changes in the SOP, since a recipe makes them before or after all changes."""
    acts = [step.line for step in steps if step.phase == "act"]
    if not acts:
        return []
    late = sorted({step.line for step in steps if step.phase == "verify" and step.line < max(acts)})
    early = sorted({step.line for step in steps if step.phase in ("intake", "plan") and step.line > min(acts)})
    return [
        *_between(late, "between changes in the SOP and after all of them in the recipe (verify): see whether that may wait"),
        *_between(
            early, "after a change in the SOP and before all of them in the recipe (intake, plan): see whether it can be done so early"
        ),
    ]


def _between(lines: list[int], what: str) -> list[str]:
    shown = ", ".join(map(str, lines[:MOST_NAMED])) + (", …" if len(lines) > MOST_NAMED else "")
    return [f"{f'line {shown} stands' if len(lines) == 1 else f'lines {shown} stand'} {what}"] if lines else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An SOP read: its lines and blocks, and every sentence with the verdict on it."""

    text: str
    source: Source
    blocks: list[Block]
    outline: Outline
    candidates: list[Candidate]


def read_procedure(text: str) -> Reading:
    """The SOP `text`, judged sentence by sentence."""
    source = read_source(text)
    blocks = read_blocks(source)
    outline = Outline(blocks)
    candidates = Classifier(outline).run()
    if misread := _misread(outline):
        outline = Outline(blocks, misread)
        candidates = Classifier(outline).run()
    if not any(c.verdict == STEP for c in candidates) and (told := opened(blocks)) is not blocks:
        blocks = told
        outline = Outline(blocks)
        candidates = Classifier(outline).run()
    assign(candidates, blocks)
    promote_expectations(candidates, blocks)
    return Reading(text=text, source=source, blocks=blocks, outline=outline, candidates=candidates)


def _misread(outline: Outline) -> frozenset[str]:
    """Kinds of sections that hold most of the orders: then they are the procedure, as in an SOP about going back or about emergencies."""
    steps = sum(c.verdict == STEP for c in outline.candidates)
    found: dict[str, int] = {}
    for c in outline.candidates:
        kind = outline.kinds.get(c.section, "") if c.section is not None else ""
        if c.verdict != STEP and kind in ("rollback", "contingency", "reference") and c.reading.mood in ORDERS:
            found[kind] = found.get(kind, 0) + (outline.blocks[c.block].kind == "item" or kind != "reference")
    return frozenset(kind for kind, orders in found.items() if orders > (2 * steps + 2 if kind == "reference" else steps))


def _bound(c: Candidate, step: DraftStep, binder: Binder, repeats: Repeats) -> list[DraftStep]:
    """The steps of a candidate, bound to tools; those that it says to repeat stand there again, or are named in words."""
    meant = repeats.meant(c, step)
    if not meant:
        return binder.bind(c, step)
    if is_plain_repeat(c):
        again = [made for target, copy in meant for made in binder.bind(target, copy)]
        if any(made.key in ("tool", "notify") or made.reading for made in again):
            return again
    return [in_words(step, meant)]


def read_blocks(source: Source) -> list[Block]:
    """The blocks of the text, whatever its form."""
    read = read_plain if is_plain(source) else read_markdown
    return one_line(source, read) or read(source)


def _title(source: Source, blocks: list[Block], file: str) -> str:
    """What the SOP calls itself, else its file name."""
    headings = [b for b in blocks if b.kind == "heading"]
    first = next((b for b in headings if b.level <= 2 and section_kind(b.text, whole=True) is None), None)
    if first is not None and first.level == 2 and not is_plain(source) and sum(b.level <= 2 for b in headings) > 2:
        first = None  # one section among several: the document has no title
    candidate = source.title or (words_of(bare_title(first.text)) if first else "")
    candidate = re.sub(r"[\x00-\x1f]", " ", candidate).strip(" #*:-")
    if re.search(r"\w", candidate):
        return " ".join(candidate.split())
    stem = re.sub(r"\.[A-Za-z0-9]{1,8}$", "", file.replace("\\", "/").rsplit("/", 1)[-1])
    return " ".join(re.sub(r"[\W_]+", " ", stem).split()).capitalize() or "Converted SOP"


def _description(blocks: list[Block], candidates: list[Candidate], file: str) -> str:
    """The first sentence that says what the SOP is for."""
    for c in candidates:
        words = words_of(c.text)
        if blocks[c.block].kind == "paragraph" and c.verdict not in (STEP, GUARDRAIL) and c.block < 12 and 4 <= len(words.split()) <= 60:
            return words[:400]
    return f"Converted from {file}."


def _refusal(file: str, blocks: list[Block], candidates: list[Candidate]) -> tuple[str]:
    """Why there is nothing to convert."""
    if not blocks:
        return (f"'{file}' has no text to convert",)
    moved = next(
        (c for c in candidates if re.search(r"\b(?:moved|superseded|replaced by|deprecated|obsolete)\b", c.text, re.IGNORECASE)), None
    )
    if moved is not None:
        return (f"'{file}' has no procedure: it says '{words_of(moved.text)[:120]}'",)
    return (f"'{file}' has no procedure: nothing in it tells anybody to do something",)
