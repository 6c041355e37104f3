"""An SOP as a flat list of blocks with their lines, lists and headings.

Markdown is read with markdown-it's block rules only (inline rules are not needed, and can be slow on hostile text);
plain text and one-line SOPs have a reader of their own in `plain`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avops.sop.lazily import lazily
from avops.sop.sections import section_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from avops.sop.source import Source

_CHECKBOX = lazily(r"^`?\[([ xX✓]?)\]`?\s+")
_ASIDE = lazily(r"^\s*\[!(\w+)\]\s*")
LABEL_ASIDE = lazily(
    r"^\W{0,4}(note|notice|tip|warning|caution|important|danger|hint|info|nb|n\.b\.|remark|warning/danger)\b\W{0,4}[:：]", re.IGNORECASE
)
_BOLD_LINE = lazily(r"^(?:\*\*|__)([^*_].{0,120}?)(?:\*\*|__)\s*:?\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the text. `kind` is heading, item, paragraph, code or row; `line` counts from 1.

    `parent` is the index of the list item around it, `list_id` the list an item belongs to, `depth` how deep that list
    is nested, `level` a heading's level, `aside` the kind of note around it ("" outside one).
    """

    kind: str
    text: str
    line: int
    end: int
    level: int = 0
    depth: int = 0
    ordered: bool = False
    checkbox: bool = False
    list_id: int = -1
    parent: int | None = None
    section: int | None = None
    aside: str = ""
    language: str = ""
    fenced: bool = True
    cells: tuple[tuple[str, str], ...] = ()


def read_markdown(source: Source) -> list[Block]:
    """The blocks of a Markdown text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable("table")
    parser.disable(["html_block"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    tokens = parser.parse("\n".join(source.lines))
    return with_sections(_pseudo_headings(_Walker().walk(tokens)))


class _Walker:
    """Turns markdown-it's flat tokens into blocks, keeping track of the lists and quotes around."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.items: list[int | None] = []  # per open list item: the index of its block
        self.waiting = False  # the innermost open item has no text yet
        self.lists: list[tuple[int, bool]] = []
        self.asides: list[str] = []
        self.cells: list[str] | None = None
        self.columns: list[str] = []
        self.rows: list[list[str]] = []
        self.heading = 0
        self.count = 0
        self.counted = -1  # the list of the lines that count on two levels

    def walk(self, tokens: Sequence[Token]) -> list[Block]:
        for token in tokens:
            kind = token.type
            if kind.endswith("_open"):
                self.open(token)
            elif kind.endswith("_close"):
                self.close(kind)
            elif kind in ("fence", "code_block"):
                self.code(token)
            elif kind == "inline":
                self.inline(token)
        return self.blocks

    def open(self, token: Token) -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            self.lists.append((self.count, kind.startswith("ordered")))
            self.count += 1
        elif kind == "list_item_open":
            self.items.append(None)
        elif kind == "blockquote_open":
            self.asides.append("quote")
        elif kind == "heading_open":
            self.heading = int(token.tag[1:])
        elif kind == "table_open":
            self.columns = []
            self.count += 1
        elif kind == "tr_open":
            self.cells = []
            self.row = (token.map or [0, 1])[0] + 1

    def close(self, kind: str) -> None:
        if kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif kind == "list_item_close":
            self.items.pop()
        elif kind == "blockquote_close":
            self.asides.pop()
        elif kind == "heading_close":
            self.heading = 0
        elif kind == "tr_close" and self.cells is not None:
            self.table_row(self.cells)
            self.cells = None

    def table_row(self, cells: list[str]) -> None:
        if not self.columns:
            self.columns = cells
            return
        box = _CHECKBOX.match(f"{cells[0]} ") if cells else None
        if box and (text := next((cell for cell in (cells[0][box.end() :].strip(), *cells[1:]) if cell), "")):
            self.add(Block(kind="item", text=text, line=self.row, end=self.row, checkbox=True, list_id=self.count - 1))
            return
        labels = tuple((self.columns[i] if i < len(self.columns) else "", cell) for i, cell in enumerate(cells))
        self.add(Block(kind="row", text=" | ".join(cells), line=self.row, end=self.row, cells=labels))

    def code(self, token: Token) -> None:
        line, end = token.map or [0, 1]
        info = token.info.strip().split(" ")[0].lower() if token.info else ""
        if info in _PROSE and (orders := _orders(token.content)):
            first = line + (2 if token.type == "fence" else 1)
            self.lists.append((self.count, False))
            self.count += 1
            for offset, last, text, kind in orders:
                at = first + offset
                if kind == "title":
                    self.add(Block(kind="heading", text=text, line=at, end=at, level=8))
                else:
                    ordered = kind == "numbered"
                    self.add(Block(kind="item", text=text, line=at, end=first + last, ordered=ordered, list_id=self.count - 1))
            self.lists.pop()
            return
        self.add(Block(kind="code", text=token.content.strip("\n"), line=line + 1, end=end, language=info, fenced=token.type == "fence"))

    def inline(self, token: Token) -> None:
        if self.cells is not None:
            self.cells.append(token.content.strip())
            return
        line, end = token.map or [0, 1]
        text = token.content
        match = _ASIDE.match(text) if self.asides else None
        if match:
            self.asides[-1] = match[1].lower()
            text = text[match.end() :]
            line += match[0].count("\n")
        if not text.strip():
            return
        if self.heading:
            self.add(Block(kind="heading", text=text, line=line + 1, end=end, level=self.heading))
        elif self.items and self.items[-1] is None:
            self.item(text, line + 1, end)
        elif not self.items and _LEVELS.match(text.partition("\n")[0]):
            self.numbered(text, line + 1)
        elif all(rows := [_fenced(row.strip()) for row in text.strip().split("\n")]):
            self.add(Block(kind="code", text="\n".join(rows), line=line + 1, end=end, fenced=True))
        else:
            self.add(Block(kind="paragraph", text=text, line=line + 1, end=end))

    def numbered(self, text: str, line: int) -> None:
        """Lines that count "1.1 …", "1.2 …" are items, which Markdown takes for a paragraph."""
        rows: list[tuple[int, int, str]] = []
        for offset, row in enumerate(text.split("\n")):
            match = _LEVELS.match(row)
            if match:
                rows.append((line + offset, line + offset, row[match.end() :]))
            else:
                rows[-1] = (rows[-1][0], line + offset, f"{rows[-1][2]}\n{row}")
        if not (self.blocks and self.blocks[-1].kind == "item" and self.blocks[-1].depth == 1 and self.counted == self.count):
            self.count += 1
            self.counted = self.count
        for number, end, row in rows:
            made = Block(kind="item", text=row, line=number, end=end, ordered=True, list_id=self.count - 1, depth=1)
            self.blocks.append(replace(made, aside=self.asides[-1] if self.asides else ""))

    def item(self, text: str, line: int, end: int) -> None:
        list_id, ordered = self.lists[-1]
        box = _CHECKBOX.match(text)
        text = text[box.end() :] if box else text
        block = Block(kind="item", text=text, line=line, end=end, checkbox=bool(box), ordered=ordered, list_id=list_id)
        self.add(block)
        self.items[-1] = len(self.blocks) - 1

    def add(self, block: Block) -> None:
        parent = next((i for i in reversed(self.items) if i is not None), None)
        aside = self.asides[-1] if self.asides else ""
        self.blocks.append(replace(block, parent=parent, depth=len(self.lists), aside=aside))


UNIT = (
    r"(?:[ap]\.?m|[kMGT]?(?:Hz|bits?|bps|V|W)|[dkMGT]B|[km]A|[ckm]?m|ms|s|h|hours?|hrs?|min(?:ute)?s?|sec(?:ond)?s?|days?|weeks?|times|volts?|watts?"
    r"|inch(?:es)?|feet|met(?:er|re)s?)"
)
"""What follows an amount such as "2.4", which is then no number of a step."""
_LEVELS = lazily(rf"^\d{{1,2}}(?:\.\d{{1,2}})+[.)]?\s+(?!{UNIT}\b)(?=\S)")
_ORDERS = ("confirm:", "validate:", "test:", "check:", "example:", "examples:", "for example:", "note:", "notes:")
_PROSE = ("", "text", "txt", "md", "markdown", "none", "plaintext")
_LISTED = lazily(r"^\s*(?:[-*•]|(\d{1,2})[.)])\s+(?:\[[ xX]?\]\s+)?(\S.*)$")


def _orders(content: str) -> list[tuple[int, int, str, str]]:
    """(offset, last offset, text, kind) of each line of a code block that is a list of orders in words, [] for any other.

    `kind` is numbered, item, or title: a line of a word or two between the items. Deeper lines go on with the item above.
    """
    from avops.sop.grammar import read

    lines = [(offset, line) for offset, line in enumerate(content.split("\n")) if line.strip()]
    found: list[tuple[int, int, str, str]] = []
    for offset, line in lines:
        match = _LISTED.match(line[:1000])
        if match:
            found.append((offset, offset, match[2].strip(), "numbered" if match[1] else "item"))
        elif found and found[-1][3] != "title" and line.startswith("  "):
            found[-1] = (found[-1][0], offset, f"{found[-1][2]} {line.strip()}", found[-1][3])
        elif len(line.split()) > 3:
            return []
        else:
            found.append((offset, offset, line.strip(" :"), "title"))
    items = [text for _, _, text, kind in found if kind != "title"]
    if len(items) < 2 or len(lines) > 100 or len(items) < 2 * (len(found) - len(items)) or any(text.startswith("[") for text in items):
        return []
    orders = sum(read(text).mood in ("do", "must") and len(text.split()) > 1 for text in items)
    return found if orders * 2 >= len(items) else []


def with_sections(blocks: Sequence[Block]) -> list[Block]:
    """Blocks with `section`: the index of the heading above each; a heading's own is the heading it stands under."""
    placed: list[Block] = []
    stack: list[int] = []
    for index, block in enumerate(blocks):
        if block.kind == "heading":
            while stack and placed[stack[-1]].level >= block.level:
                stack.pop()
        placed.append(replace(block, section=stack[-1] if stack else None))
        if block.kind == "heading":
            stack.append(index)
    return placed


def _pseudo_headings(blocks: Sequence[Block]) -> list[Block]:
    """Bold lines and lone phase names read as headings below the last real one."""
    out: list[Block] = []
    level = 0
    bare = not any(block.kind == "heading" for block in blocks)
    for block in blocks:
        promoted = 0
        title = block.text
        if block.kind == "heading":
            level = block.level
        elif block.kind == "paragraph" and block.parent is None and not block.aside:
            match = _BOLD_LINE.match(block.text.strip())
            title = match[1] if match else block.text.strip()
            if is_phase_name(title):
                promoted = min(level, 6) + 1
            elif (match and not title.rstrip().endswith((".", "!", ",")) and "](" not in title) or (
                title.endswith(":")
                and title.lower() not in _ORDERS
                and len(title.split()) <= 5
                and section_kind(title.rstrip(":"), whole=True) is not None
            ):
                promoted = 8
            elif bare and title[:1].isupper() and title[-1:].isalpha() and len(title.split()) <= 4 and section_kind(title, whole=True):
                promoted = 7
        out.append(replace(block, kind="heading", text=title.rstrip(":"), level=promoted) if promoted else block)
    return out


def is_phase_name(text: str) -> bool:
    """Whether `text` is one of the four phases and nothing more."""
    return text.strip(" *_#:.-–—").lower() in ("intake", "plan", "act", "verify")


def _fenced(row: str) -> str:
    """The command of a line that is a fence and its command in one ("```systemctl status player```"), "" for any other line."""
    inner = row.strip("`").strip()
    marked = row.startswith("```") and row.endswith("```") and "`" not in inner and "\n" not in inner
    return inner if marked and " " in inner else ""
