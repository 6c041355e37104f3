"""Sentences of a block, each with its line."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from avops.sop.lazily import lazily
from avops.sop.lexicon import verb_class

_IMAGE = lazily(r"!\[[^\]\n]{0,400}\]\([^)\n]{0,1000}\)(?:\{[^}\n]{0,200}\})?|:[a-z]+-[a-z-]+:(?:\{[^}\n]{0,80}\})?")
_END = lazily(
    r"(?<![.!?…])[.!?]+\s+\([^()]{3,200}\)(?=\s+[A-Z])"
    r"|(?<![.!?…])[.!?…]+[\"'”’)\]*_]*(?=\s+[\"'“‘(\[*_`]*[A-ZÀ-ÞА-Я0-9`])|[。！？]+"
)
_LOWER_END = lazily(r"(?<![.!?…])[.!?]+\s+\([^()]{3,200}\)(?=\s+[A-Z])|(?<![.!?])[.!?]+(?=\s+[a-z])")
_SHORT = lazily(
    (
        r"(?:(?<!\d )\b(?:min|max|sec)|\b(?:e\.g|i\.e|etc|vs|no|nr|fig|approx|dr|mr|mrs|ms|st|inc|ltd|ca|cf|incl"
        r"|ext|tel|dept|vol|ver|via|z\.b|z|d|u|bzw|usw|resp|p\.ex)|(?-i:(?<!\d )\b[A-Z]))\.$"
    ),
    re.IGNORECASE,
)
_COUNT = lazily(r"(?:(?:step|no|nr|section|fig|item|room)\W{0,2})?\d{1,3}\.", re.IGNORECASE)
_WHOLE_BOLD = lazily(r"^(\*\*|__|\*|_)(?!\s).*\1[.!]?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence: `text` on one line with its marks, `line` from 1, `caption` when it stands below a picture."""

    text: str
    line: int
    caption: bool = False


def sentences(text: str, line: int) -> list[Sentence]:
    """The sentences of `text`, whose first line is `line`."""
    found: list[Sentence] = []
    pictured = False
    for piece, pieces_line in _lines(text, line):
        clean = _IMAGE.sub(" ", piece)
        had_picture = clean != piece and "![" in piece
        clean = clean.strip()
        if clean:
            caption = pictured and bool(_WHOLE_BOLD.match(clean))
            for part, before in _enumerated(clean):
                found.extend(Sentence(text=s, line=pieces_line + before + n, caption=caption) for s, n in _split(part))
        pictured = pictured or had_picture
    return found


def _lines(text: str, line: int) -> list[tuple[str, int]]:
    """Runs of lines that belong together, each with the number of its first line."""
    runs: list[tuple[list[str], int]] = []
    for offset, row in enumerate(text.split("\n")):
        if not row.strip():
            continue
        if runs and not _breaks(runs[-1][0][-1], row):
            runs[-1][0].append(row.strip())
        else:
            runs.append(([row.rstrip() if row.endswith("  ") else row.strip()], line + offset))
    return [("\n".join(rows), number) for rows, number in runs]


def _breaks(before: str, after: str) -> bool:
    """Whether a line break stands between two statements, rather than wrapping one."""
    after = after.strip()
    if "![" in before or after.startswith("!["):
        return True
    if before.endswith(("  ", "\\")):
        return True
    if after.startswith("`") and not before.endswith((".", ":", "!", "?", ";")):
        return False  # a code span that the line goes on with
    order = _ORDER.match(after)
    if order and verb_class(order[1].lower()) and before[-1:].isalnum():
        ends = before.rsplit(maxsplit=1)[-1]
        if ends.islower() and ends not in _OPEN:
            return True
    first = after.lstrip("*_`\"'([“")[:1]
    return (
        len(before) < 58
        and (first.isupper() or first.isdigit())
        and not before.rstrip().endswith((",", ";", " and", " or", " the", " a", " to", " of"))
    )


_ORDER = lazily(r"([A-Z][a-z]+) (?:the|a|an|your|all|that|this|if|whether)\b")
_OPEN = frozenset(("the", "a", "an", "to", "of", "and", "or", "with", "for", "in", "on", "from", "by", "at", "is", "are", "then", "please"))
_INLINE = lazily(r"(?:^|(?<=[\s.:;)]))(?:(\d{1,2})[.)]\s+(?=[\"“(*_`]*[A-Z])|\((\d{1,2})\)\s+(?=\S))")


def _enumerated(text: str) -> list[tuple[str, int]]:
    """(piece, lines before it) of a run of lines: at the numbers when it counts "1. … 2. …" within itself, else the whole."""
    marks = list(_INLINE.finditer(text[:5000]))
    numbers = [int(match[1] or match[2]) for match in marks]
    first = numbers.index(1) if 1 in numbers else len(numbers)
    if first < len(marks) and marks[first][1] and not re.search(r"(?:^|[.:;)])\s*$", text[: marks[first].start()]):
        return [(text, 0)]  # "Load snapshot 1. Then …" does not count its sentences
    if numbers[first:] != list(range(1, len(numbers) - first + 1)) or len(numbers) - first < 2:
        return [(text, 0)]
    begins = [0, *(match.end() for match in marks[first:])]
    ends = [*(match.start() for match in marks[first:]), len(text)]
    pieces = [(text[begin:end].strip(), text.count("\n", 0, begin)) for begin, end in zip(begins, ends, strict=True)]
    return [piece for piece in pieces if piece[0]]


def _split(text: str) -> list[tuple[str, int]]:
    """(sentence, lines before it) of one run of lines."""
    masked = _mask(text)
    out: list[tuple[str, int]] = []
    breaks = [i for i, char in enumerate(text) if char == "\n"]
    begin = 0
    pattern = _END
    if len(_LOWER_END.findall(masked[:5000])) >= 2 and not _END.search(masked[:5000]):
        pattern = _LOWER_END  # typed in a hurry, without capitals
    for match in pattern.finditer(masked):
        if _SHORT.search(masked[max(begin, match.start() - 8) : match.start() + 1]) and match[0].startswith("."):
            continue
        if _COUNT.fullmatch(masked[begin : match.start() + 1].strip()):
            continue
        _add(out, text, begin, match.end(), breaks)
        begin = match.end()
    _add(out, text, begin, len(text), breaks)
    return out


def _add(out: list[tuple[str, int]], text: str, begin: int, end: int, breaks: list[int]) -> None:
    piece = text[begin:end]
    if piece.strip(" \n*_"):
        lead = len(piece) - len(piece.lstrip())
        out.append((" ".join(piece.split()), bisect_left(breaks, begin + lead)))


def _mask(text: str) -> str:
    """`text` with code spans, link targets and bracketed asides overwritten, so that their full stops do not count."""
    for pattern in _HIDDEN:
        text = pattern.sub(lambda m: m[0][0] + "x" * (len(m[0]) - 2) + m[0][-1] if len(m[0]) > 1 else m[0], text)
    return text


_HIDDEN = (
    lazily(r"`[^`]{1,2000}`"),
    lazily(r"\]\([^)\s]{1,1000}\)"),
    lazily(r"<[^<>\s]{1,300}>"),
    lazily(r"\{\{[^{}]{1,300}\}\}"),
    lazily(r"\([^()]{1,400}\)"),
    lazily(r"https?://[^\s)]{1,500}"),
)
