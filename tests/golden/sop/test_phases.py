"""The phases of our own SOPs, annotated by reading them: `phases/NAME.md` and, beside it, `phases/NAME.txt`.

A line of the annotation is `phase: quote`, or `phase/others: quote` where a careful reader could also say another phase, or
`optional: quote` for a sentence that may be a step or not. Phases are a matter of judgement, so the files are held to
figures together, and each of them to a looser one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from avops.sop.convert import convert

FOLDER = Path(__file__).parent / "phases"
SOPS = sorted(FOLDER.glob("*.md"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Steps annotated, found, invented, and found in the first or in any defensible phase."""

    annotated: int
    found: int
    invented: int
    strict: int
    lenient: int


@cache
def measured(path: Path) -> Figures:
    annotation = [line.partition(": ") for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()]
    made = convert(path.read_text(encoding="utf-8"), file=path.name)
    steps = [(step.phase, _words(f"{step.text} {step.value}")) for step in made.steps]
    strict = lenient = found = 0
    for label, _, quote in annotation:
        wanted = _words(quote)
        best = max(steps, key=lambda step: len(wanted & step[1]) / len(wanted) + len(wanted & step[1]) / len(step[1]), default=None)
        if best is None or len(wanted & best[1]) < 0.75 * len(wanted):
            continue
        steps.remove(best)
        if label != "optional":
            first, _, others = label.partition("/")
            found += 1
            strict += best[0] == first
            lenient += best[0] in (first, *others.split(","))
    annotated = sum(label != "optional" for label, _, _ in annotation)
    return Figures(annotated=annotated, found=found, invented=len(steps), strict=strict, lenient=lenient)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize("path", SOPS, ids=lambda path: path.stem)
def test_most_steps_of_each_are_found_and_stand_in_a_defensible_phase(path: Path) -> None:
    figures = measured(path)
    assert figures.found >= 0.9 * figures.annotated
    assert figures.invented <= 0.15 * figures.annotated
    assert figures.lenient >= 0.85 * figures.found


def test_all_together_reach_the_figures_that_a_reviewer_can_trust() -> None:
    every = [measured(path) for path in SOPS]
    found = sum(f.found for f in every)
    assert found >= 0.96 * sum(f.annotated for f in every)
    assert sum(f.invented for f in every) <= 0.04 * found
    assert sum(f.strict for f in every) >= 0.87 * found
    assert sum(f.lenient for f in every) >= 0.96 * found
