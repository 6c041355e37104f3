"""How good and how quick the conversion of SOPs is.

Quality is measured on documents that others wrote, which are not part of this project: `gold/SET/*.json` holds annotations of
them as spans (`gold/make.py`), and the texts are taken from `../shared/sops/docs` where that folder stands beside the project.
Our own SOPs (`tests/golden/sop/phases`) are measured always.

A step matches an annotated one when it holds three quarters of its words and is not lost in it; matching is one to one.
What matches nothing costs precision, unless it matches what is optional. Phase accuracy is over the matched steps: strict
for the first phase, lenient for any that a careful reader could defend.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from avops.sop.convert import convert
from avops.sop.errors import NoProcedure
from benchmarks.commands import sop_of
from benchmarks.timing import wall_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.sop.steps import DraftStep

HERE = Path(__file__).parent
DOCUMENTS = HERE.parent.parent / "shared" / "sops" / "docs"
OWN = HERE.parent / "tests" / "golden" / "sop" / "phases"
_WORD = re.compile(r"[^\W_]+")

Words = frozenset[str]


@dataclass(slots=True, kw_only=True)
class Annotation:
    """A document with what its reader wrote down: quotes, each with its phases, and quotes that do not count."""

    text: str
    file: str
    steps: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    harmless: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Score:
    """Sums over documents."""

    documents: int = 0
    annotated: int = 0
    emitted: int = 0
    found: int = 0
    strict: int = 0
    lenient: int = 0

    def figures(self, name: str) -> dict[str, float]:
        """Percentages by name."""
        recall, precision = self.found / max(1, self.annotated), self.found / max(1, self.emitted)
        return {
            f"convert, {name}, {self.documents} documents: f1, %": 100 * 2 * recall * precision / max(1e-9, recall + precision),
            f"convert, {name}: phase strict, %": 100 * self.strict / max(1, self.found),
            f"convert, {name}: phase lenient, %": 100 * self.lenient / max(1, self.found),
        }


def measure() -> Mapping[str, float]:
    """Percentages of quality, and milliseconds for 300 lines: in this process, and as a whole command."""
    figures: dict[str, float] = {}
    figures.update(_score(_own()).figures("our own SOPs"))
    sets = sorted(path for path in (HERE / "gold").iterdir() if path.is_dir())
    if not DOCUMENTS.is_dir():
        print(f"  {DOCUMENTS} is not there: the annotated documents are not measured", file=sys.stderr)
        sets = []
    for folder in sets:
        figures.update(_score(_spans(folder)).figures(folder.name))
    text = sop_of(300)
    convert(text, file="warm-up.md")
    times = []
    for _ in range(9):
        began = time.perf_counter()
        convert(text, file="long.md")
        times.append((time.perf_counter() - began) * 1000)
    figures["convert, 300 lines, in process, ms"] = statistics.median(times)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "long.md").write_text(text, encoding="utf-8")
        script = shutil.which("avops") or str(Path(sys.executable).with_name("avops"))
        figures["convert, 300 lines, whole command, ms"] = wall_ms([script, "sop", "convert", "-q", "long.md", "-o", "-"], cwd=Path(name))
    return figures


def _spans(folder: Path) -> Iterator[Annotation]:
    """The annotations of one set; documents that are missing or have changed are named and left out."""
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        document = DOCUMENTS / data["document"]
        raw = document.read_bytes() if document.is_file() else b""
        if hashlib.sha256(raw).hexdigest() != data["sha256"]:
            print(f"  {data['document']} is missing or not the text that was annotated", file=sys.stderr)
            continue
        lines = raw.decode("utf-8").split("\n")
        steps = [(_cut(lines, row["span"]), (row["phase"], *row.get("alt", ()))) for row in data["steps"]]
        harmless = [_cut(lines, span) for span in (*data["optional"], *data["rollback"])]
        yield Annotation(text="\n".join(lines), file=data["document"], steps=steps, harmless=harmless)


def _cut(lines: list[str], span: list[int]) -> str:
    first, start, last, end = span
    if first == last:
        return lines[first - 1][start - 1 : end - 1]
    return "\n".join([lines[first - 1][start - 1 :], *lines[first : last - 1], lines[last - 1][: end - 1]])


def _own() -> Iterator[Annotation]:
    for path in sorted(OWN.glob("*.md")):
        made = Annotation(text=path.read_text(encoding="utf-8"), file=path.name)
        for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
            label, _, quote = line.partition(": ")
            if label == "optional":
                made.harmless.append(quote)
            else:
                first, _, others = label.partition("/")
                made.steps.append((quote, (first, *filter(None, others.split(",")))))
        yield made


def _score(annotations: Iterator[Annotation]) -> Score:
    total = Score()
    for one in annotations:
        try:
            steps = [(step.phase, _words(_said(step))) for step in convert(one.text, file=one.file).steps]
        except NoProcedure:
            steps = []
        quotes = [_words(quote) for quote, _ in one.steps]
        pairs = _pairs(quotes, [words for _, words in steps])
        matched = {j for _, j in pairs}
        harmless = [_words(quote) for quote in one.harmless]
        wrong = [w for j, (_, w) in enumerate(steps) if j not in matched and not any(_closeness(quote, w) for quote in harmless)]
        total.documents += 1
        total.annotated += len(quotes)
        total.emitted += len(pairs) + len(wrong)
        total.found += len(pairs)
        total.strict += sum(steps[j][0] == one.steps[i][1][0] for i, j in pairs)
        total.lenient += sum(steps[j][0] in one.steps[i][1] for i, j in pairs)
    return total


def _said(step: DraftStep) -> str:
    return f"{step.name} {step.value}"


def _words(text: str) -> Words:
    return frozenset(_WORD.findall(re.sub(r"\]\([^)]*\)", "]", text.lower())))


def _closeness(quote: Words, step: Words) -> float:
    """0 when the step does not hold the quote, else how tightly it holds it."""
    common = len(quote & step)
    if not quote or not step or common / len(quote) < 0.75 or common / len(step) < 0.15:
        return 0.0
    return common / len(quote) + common / len(step)


def _pairs(quotes: list[Words], steps: list[Words]) -> list[tuple[int, int]]:
    """Pairs of quote and step, the tightest first, each used once; of equals those at about the same place."""
    scored = sorted(
        (
            (_closeness(quote, step), -abs(i / max(1, len(quotes)) - j / max(1, len(steps))), i, j)
            for i, quote in enumerate(quotes)
            for j, step in enumerate(steps)
        ),
        reverse=True,
    )
    used_quotes: set[int] = set()
    used_steps: set[int] = set()
    pairs = []
    for score, _, i, j in scored:
        if score and i not in used_quotes and j not in used_steps:
            used_quotes.add(i)
            used_steps.add(j)
            pairs.append((i, j))
    return pairs
