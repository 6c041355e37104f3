"""Plain text and one-line SOPs as blocks.

Plain text numbers its steps in many ways (`1)`, `Step 1:`, `(a)`, `1.2`), indents freely and underlines or capitalises
its headings; Markdown would read the indents as code.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.sop.blocks import UNIT, Block, is_phase_name, with_sections
from avops.sop.lazily import lazily
from avops.sop.sections import section_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.sop.source import Source

_MARKUP = lazily(
    r"^(?:#{1,6}\s+\S|[ >]*(?:```|~~~)|\s*[-*+]\s+\[[ xX]?\]\s|\s*>\s*\[!|\|.*\|\s*$)|\]\([^)\s]+\)"
    r"|\*\*\S[^*]*\*\*|(?<!`)`[^`\n]+`(?!`)"
)
_STEP = lazily(r"^(\s*)(?:step|schritt|étape|paso|passo|stap)\s*#?\s*(\d{1,3})\s*[:.)\-–—]*\s+(.*)$", re.IGNORECASE)
_NUMBER = lazily(
    rf"^(\s*)[(\[]?(\d{{1,3}}(?:\.\d{{1,3}})*+)(?:\s*[.)\]:]\)?|\s+[-–—](?=\s)|(?:(?<=\d\.\d)|(?<=\d\.\d\d))(?=\s)(?!\s+{UNIT}\b))\s*(\S.*)$"
)
_LETTER = lazily(r"^(\s*)(?:\(?([a-zA-Z]|[ivx]{1,4})[.)])\s+(\S.*)$")
_DASH = lazily(r"^(\s*)(?:[-*+>])\s+(?:\[[ xX]?\]\s+)?(\S.*)$")
_UNDERLINE = lazily(r"^\s*([=\-~_*])\1{2,}\s*$")
_SEPARATOR = lazily(r"\s+[-–—•*]\s+(?=\S)|\s*[;→]\s+|\s*->\s*")
_COUNTING = lazily(r"\s+[-–—•*]\s+(?=\S)|\s*[;→]\s+|\s*->\s*|\s+(?=\d{1,2}[.)]\s+[A-Za-z])")
_COUNT = lazily(r"(?:^|\s)(\d{1,2})[.)]\s+(?=[A-Za-z])")
_PHASE_LABEL = lazily(r"(?:^|(?<=[\s.;,]))(intake|plan|act|verify)\s*[:\-–—]\s*", re.IGNORECASE)
_STEPS_LABEL = lazily(r"\b(?:steps?|procedure|sop|runbook|checklist)\s*:\s*", re.IGNORECASE)
_FEW_LINES = 12
_LONG_LINE = 4000
_MARKER = lazily(r"^(?:\d{1,2}[.)]\s+|[-–—•*]\s+)")


def is_plain(source: Source) -> bool:
    """Whether the text has none of Markdown's own marks."""
    return not any(_MARKUP.search(line[:2000]) for line in source.lines)


def one_line(source: Source, read: Callable[[Source], list[Block]]) -> list[Block] | None:
    """The blocks of an SOP whose steps stand in one line, with what is said around that line as `read` reads it; else None."""
    filled = [(i, line.strip()) for i, line in enumerate(source.lines) if line.strip()]
    if len(filled) > _FEW_LINES or any(len(text) > _LONG_LINE for _, text in filled):
        return None
    for index, text in filled:
        marked = _STEPS_LABEL.search(text)
        if len(filled) > 1 and not marked:
            continue
        rest = text[marked.end() :] if marked else text
        if (len(filled) == 1 and len(_PHASE_LABEL.findall(text)) >= 2) or len(split_line(rest)) >= (2 if marked else 3):
            around = read(replace(source, lines=[*source.lines[:index], "", *source.lines[index + 1 :]]))
            if any(block.kind not in ("heading", "paragraph") for block in around):
                return None  # other steps stand elsewhere: the line is one of many
            before = [block for block in around if block.line <= index]
            return with_sections([*before, *read_one_line(index + 1, text), *around[len(before) :]])
    return None


# "If it is off -> turn it on": the arrow goes on from a condition, and not to another step.
_BRANCHES = lazily(r"\b(?:if|else|otherwise|when|unless|wenn|falls|sonst)\b[^.;]{0,200}?(?:->|→|=>)", re.IGNORECASE)


def split_line(text: str) -> list[str]:
    """The steps of a one-line SOP; a last word such as `Okay` stays with the step whose result it is."""
    if _BRANCHES.search(text):
        return [text.strip()]
    marks = list(_COUNT.finditer(text))
    # "Walk to Hall 1. Turn on …" does not count its sentences.
    begins = not marks or text[: marks[0].start()].rstrip()[-1:] in ("", ".", ":", ";", ")", "-", "–", "—")
    numbers = [int(mark[1]) for mark in marks] if begins else []
    counts = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False  # "snapshot 1. Then …" does not
    separator = _COUNTING if counts else _SEPARATOR
    pieces = [_MARKER.sub("", piece).strip(" \t.;,-–—") for piece in separator.split(_MARKER.sub("", text.strip()))]
    out: list[str] = []
    for piece in pieces:
        if not piece:
            continue
        if out and len(piece.split()) == 1 and piece.lower() in _RESULTS:
            out[-1] += f" - {piece}"
        else:
            out.append(piece)
    return out


MAX_DEPTH = 12
_RESULTS = {
    "ok",
    "okay",
    "yes",
    "no",
    "on",
    "off",
    "green",
    "red",
    "up",
    "down",
    "online",
    "offline",
    "pass",
    "passed",
    "fail",
    "done",
    "good",
    "working",
}


def read_one_line(line: int, text: str) -> list[Block]:
    """The blocks of an SOP typed as one line, with its name in front of `Steps:` and phases as labels."""
    blocks: list[Block] = []
    marked = _STEPS_LABEL.search(text)
    head = text[: marked.start()].strip(" \t-–—:.,") if marked else ""
    if head:
        blocks.append(Block(kind="heading", text=head, line=line, end=line, level=1))
    rest = text[marked.end() :] if marked else text
    parts = _PHASE_LABEL.split(rest)
    for number in range(0, len(parts), 2):
        if number:
            blocks.append(Block(kind="heading", text=parts[number - 1].capitalize(), line=line, end=line, level=2))
        pieces = split_line(parts[number])
        if len(pieces) == 1 and number:
            pieces = [piece for piece in re.split(r"[,;.]\s+(?![^()]*\))", pieces[0].rstrip(".")) if piece.strip()]
        for piece in pieces:
            blocks.append(Block(kind="item", text=piece, line=line, end=line, depth=1, ordered=True, list_id=number))
    return with_sections(blocks)


def read_plain(source: Source) -> list[Block]:
    """The blocks of a plain text."""
    blocks = _Reader(source.lines).read()
    if len(blocks) == 1:  # a title over nothing: "turn off the display in HQ-1"
        blocks = [replace(blocks[0], kind="paragraph", level=0)] if blocks[0].kind == "heading" else blocks
    return with_sections(blocks)


class _Reader:
    """Reads plain text line by line; `stack` holds (indent, index) of the open items."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.expandtabs(4) for line in lines]
        self.blocks: list[Block] = []
        self.stack: list[tuple[int, int, int]] = []
        self.paragraph: list[str] = []
        self.start = 0
        self.blank = True
        self.lists = 0

    def read(self) -> list[Block]:
        for index, line in enumerate(self.lines):
            if not line.strip():
                self.flush(index)
                self.blank = True
                continue
            if _UNDERLINE.match(line):
                self.underline(index)
                continue
            self.line(index, line)
            self.blank = False
        self.flush(len(self.lines))
        return self.blocks

    def line(self, index: int, line: str) -> None:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if self.heading(index, text, indent):
            return
        for pattern in (_STEP, _NUMBER, _LETTER, _DASH):
            match = pattern.match(line)
            if match and match[match.lastindex or 1].strip():
                self.flush(index)
                self.item(index, indent, match, pattern)
                return
        if self.stack and not self.paragraph and not self.blank:
            self.extend(index, text)
            return
        if self.blank and self.stack and indent <= self.stack[0][0] and indent == 0:
            self.stack.clear()
        if not self.paragraph:
            self.start = index
        self.paragraph.append(text)

    def heading(self, index: int, text: str, indent: int) -> bool:
        """Take `text` as a heading if it looks like one."""
        number = _NUMBER.match(text)
        title = (number[3] if number else text).strip()
        words = title.rstrip(":").split()
        capital = title.upper() == title and any(c.isalpha() for c in title) and len(words) <= 8 and len(title) > 3
        named = (
            (title.endswith(":") or not number or capital) and len(words) <= 6 and section_kind(title.rstrip(":"), whole=True) is not None
        )
        label = title.endswith(":") and len(words) <= 5 and not number and indent == 0 and self.blank
        if not (capital or named or label or is_phase_name(title)) or title.endswith((".", "!", ",")) or _DASH.match(text):
            return False
        if capital and number and self.blank is False and not named:
            return False
        self.flush(index)
        self.stack.clear()
        level = 2 + (number[2].count(".") if number else 0)
        if label and not named:
            level = 5
        self.blocks.append(Block(kind="heading", text=title.rstrip(":"), line=index + 1, end=index + 1, level=level))
        return True

    def item(self, index: int, indent: int, match: re.Match[str], pattern: re.Pattern[str]) -> None:
        """Open a list item, nested by its indent, its letter or its dotted number."""
        key = {_STEP: 0, _NUMBER: 1, _LETTER: 2, _DASH: 3}[pattern]
        depth = indent + 2 * (match[2].count(".") if pattern is _NUMBER else 0)
        if pattern is _LETTER and self.stack and self.stack[-1][2] in (0, 1) and depth <= self.stack[-1][0]:
            depth = self.stack[-1][0] + 1
        while self.stack and (self.stack[-1][0] >= depth or len(self.stack) >= MAX_DEPTH):
            self.stack.pop()
        parent = self.stack[-1][1] if self.stack else None
        siblings = [b for b in self.blocks[-60:] if b.kind == "item" and b.parent == parent and b.depth == len(self.stack) + 1]
        if siblings and (parent is not None or not self.blocks or self.blocks[-1].kind not in ("heading",)):
            list_id = siblings[-1].list_id
        else:
            list_id = self.lists
            self.lists += 1
        text = match[match.lastindex or 1].strip()
        block = Block(
            kind="item",
            text=text,
            line=index + 1,
            end=index + 1,
            depth=len(self.stack) + 1,
            ordered=key < 3,
            list_id=list_id,
            parent=parent,
        )
        self.blocks.append(block)
        self.stack.append((depth, len(self.blocks) - 1, key))

    def extend(self, index: int, text: str) -> None:
        """Go on with the text of the last item."""
        where = self.stack[-1][1]
        old = self.blocks[where]
        if where == len(self.blocks) - 1:
            self.blocks[where] = Block(
                kind="item", text=f"{old.text}\n{text}", line=old.line, end=index + 1, depth=old.depth, ordered=old.ordered,
                list_id=old.list_id, parent=old.parent,
            )  # fmt: skip

    def underline(self, index: int) -> None:
        """An underlined paragraph of one line is a heading."""
        if len(self.paragraph) == 1 and self.start == index - 1:
            text = self.paragraph.pop()
            level = 1 if "=" in self.lines[index] else 2
            self.stack.clear()
            self.blocks.append(Block(kind="heading", text=text, line=index, end=index, level=level))
            return
        self.flush(index)

    def flush(self, index: int) -> None:
        """Close the open paragraph."""
        if not self.paragraph:
            return
        parent = self.stack[-1][1] if self.stack else None
        text = "\n".join(self.paragraph)
        first = not self.blocks and len(self.paragraph) == 1 and len(text.split()) <= 10 and not text.endswith((".", ":", ";", "!"))
        kind = "heading" if first else "paragraph"
        self.blocks.append(Block(kind=kind, text=text, line=self.start + 1, end=index, level=int(first), parent=None if first else parent))
        self.paragraph = []
