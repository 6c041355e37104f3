"""What became of each line of the SOP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.sop.candidates import CONTEXT, LEFT, Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.sop.blocks import Block
    from avops.sop.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReport:
    """One line with text: `outcome` is step, context, guardrail, rollback, input, heading, code or left out."""

    line: int
    text: str
    outcome: str
    reason: str


def report_lines(
    original: list[str], source: Source, blocks: Iterable[Block], candidates: Iterable[Candidate], inputs: dict[int, str]
) -> tuple[LineReport, ...]:
    """A report for every line of `original` that is not blank, in order."""
    known: dict[int, tuple[str, str]] = {line: ("left out", reason) for line, reason in source.dropped.items()}
    for block in blocks:
        outcome = {"heading": ("heading", "a heading"), "code": ("code", "a command or sample")}.get(
            block.kind, ("context", "states something")
        )
        for line in range(block.line, max(block.end, block.line) + 1):
            known.setdefault(line, outcome)
    attached = {b.line: c.line for c in candidates for b in c.code}
    order = {"step": 5, "rollback": 4, "guardrail": 3, "parent": 2, CONTEXT: 1, LEFT: 0}
    best: dict[int, tuple[int, str, str]] = {}
    for c in candidates:
        for line in (c.line, *(b.line for b in c.code)):
            if c.verdict != "step" and line in attached:
                continue
            rank = order.get(c.verdict, 0)
            if rank >= best.get(line, (-1, "", ""))[0]:
                best[line] = (rank, "context" if c.verdict == "parent" else c.verdict, c.reason)
    for line, (_, outcome_word, reason) in best.items():
        known[line] = (outcome_word, reason)
    for line, reason in inputs.items():
        known[line] = ("input", reason)
    out = []
    for number, text in enumerate(original, start=1):
        if text.strip():
            outcome_word, reason = known.get(number, ("left out", "markup"))
            out.append(LineReport(line=number, text=text.strip()[:200], outcome=outcome_word, reason=reason))
    return tuple(out)
