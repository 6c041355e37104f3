"""Writes annotations of documents as spans, so that the project holds no sentence of them.

    python benchmarks/gold/make.py ANNOTATIONS DOCUMENTS SET

ANNOTATIONS is a folder of JSON files (`file`, `steps` with `text`, `phase` and `alt`, `optional`, `rollback`: exact quotes, white
space folded), DOCUMENTS the folder of the texts, SET the folder to write below this one. A span is
`[line, column, last line, column behind]`, from 1; a document is known by its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import sys
from bisect import bisect_right
from pathlib import Path
from typing import Any

Span = list[int]


class Quotes:
    """Finds quotes in a text whose white space is folded, and says where they stand in the text itself."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [0]
        for index, char in enumerate(text):
            if char == "\n":
                self.lines.append(index + 1)
        folded: list[str] = []
        self.places: list[int] = []
        for index, char in enumerate(text):
            space = char.isspace()
            if space and (not folded or folded[-1] == " "):
                continue
            folded.append(" " if space else char)
            self.places.append(index)
        self.folded = "".join(folded)
        self.at = 0

    def span(self, quote: str) -> Span:
        """The span of a quote, looked for behind the last one first; ValueError when the text does not hold it."""
        wanted = " ".join(quote.split())
        found = self.folded.find(wanted, self.at)
        if found < 0:
            found = self.folded.find(wanted)
        if found < 0 or not wanted:
            raise ValueError(f"the document does not hold {wanted[:80]!r}")
        self.at = found + len(wanted)
        return [*self._place(self.places[found]), *self._place(self.places[self.at - 1] + 1)]

    def _place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self.lines, index)
        return line, index - self.lines[line - 1] + 1


def spans_of(annotation: dict[str, Any], document: bytes) -> dict[str, Any]:
    """The annotation without its words."""
    text = document.decode("utf-8")
    steps = Quotes(text)
    out: dict[str, Any] = {"document": annotation["file"], "sha256": hashlib.sha256(document).hexdigest(), "steps": []}
    for step in annotation["steps"]:
        row = {"span": steps.span(step["text"]), "phase": step["phase"]}
        out["steps"].append({**row, "alt": step["alt"]} if step.get("alt") else row)
    for kind in ("optional", "rollback"):
        quotes = Quotes(text)
        out[kind] = [quotes.span(quote) for quote in annotation.get(kind, [])]
    return out


def main() -> int:
    """1 when a quote could not be found."""
    if len(sys.argv) != 4:
        print("usage: make.py ANNOTATIONS DOCUMENTS SET", file=sys.stderr)
        return 2
    target = Path(__file__).parent / sys.argv[3]
    target.mkdir(exist_ok=True)
    bad = 0
    for path in sorted(Path(sys.argv[1]).glob("*.json")):
        annotation = json.loads(path.read_text(encoding="utf-8"))
        try:
            made = spans_of(annotation, (Path(sys.argv[2]) / annotation["file"]).read_bytes())
        except (OSError, ValueError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            bad += 1
            continue
        rows = ",\n".join(f"  {json.dumps(row)}" for row in made.pop("steps"))
        rest = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in made.items())
        (target / path.name).write_text(f'{{{rest},\n"steps": [\n{rows}\n]}}\n', encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
