"""The text of an SOP made ready for reading: same number of lines, without what is not prose.

Line numbers never move: what is taken out leaves its line empty, with a reason in `Source.dropped`.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from avops.sop.lazily import lazily
from avops.sop.patterns import CLOCK
from avops.sop.restructured import as_markdown, is_restructured

_CONTROL = lazily(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\u200b\u2060\ufffe\uffff\ud800-\udfff]")
_FENCE = lazily(r"[ >\t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})")
_ADMONITION = lazily(r"^([ \t]*)(?:!!!|\?\?\?\+?|:::+|/{3}[ ]?)[ ]?\{?(\w[\w-]*)\}?(?:[ \t]+(.*))?$")
_TAG = lazily(
    r"</?(?:a|abbr|article|aside|b|blockquote|br|center|cite|code|dd|details|dfn|div|dl|dt|em"
    r"|figcaption|figure|font|h[1-6]|hr|i|iframe|img|input|kbd"
    r"|label|li|main|mark|nav|ol|p|pre|q|s|samp|section|small|span|strong|sub|summary|sup|table"
    r"|tbody|td|th|thead|tr|tt|u|ul|var|video)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_UNFOLD = lazily(r"\W*(?:click|tap|expand|show|view|unfold|open)\b", re.IGNORECASE)
_TEMPLATE_LINE = lazily(r"^\s*\{%[^%]*%\}\s*$")
_BULLET = lazily(r"^([ \t]*)(?:\\[-*+]|\d{1,2}[a-z][.)]|[•●◦▪‣·○■□▢☐✓✔➢➤→*–—]|o(?=\t))[ \t]+")
_EMBEDDED = lazily(r"^\s*<(style|script)\b", re.IGNORECASE)
_BOX = lazily(r"^([ \t>]*)(?:[-*+][ \t]+)?(?:☐|☑|✅|✔|⬜|🔲|▢|□)\ufe0f?[ \t]+(?=\S)")
_TIMED = lazily(rf"^{CLOCK}\s*[-–—:]?\s+(?=[^\W\d])", re.IGNORECASE)
_BLOCK_TAG = lazily(
    r"^\s*</?(?:p|div|ul|ol|li|h[1-6]|table|tr|td|th|tbody|thead|section|article|blockquote|br|img|strong|b|em)\b[^<>]*>", re.IGNORECASE
)
_ITEM = lazily(r"(?:[-*+•]|\d{1,2}[.)])\s+\S")
# "Don't:", "**If offline**", "Otherwise": a label, unless it is an item or a heading
_LABEL = lazily(
    r"(?![-*+#>|]\s|\d{1,2}[.)]\s)(?:.{2,80}:\W{0,3}$|\*\*[^*]+\*\*\s*$|(?:if|when|otherwise|else|don['’]?ts?|do not|never"
    r"|avoid)\b[^.!]*$)",
    re.IGNORECASE,
)
_CROSS = lazily(r"^[ \t>]*(?:[-*+][ \t]+)?(?:❌|✗|✘|🚫)")
_ENTITY = lazily(r"&(?:amp|quot|nbsp|apos|#\d{2,5}|#x[0-9a-fA-F]{2,4}|hellip|ndash|mdash|rarr|larr|ldquo|rdquo|lsquo|rsquo|bull);")
_FOOTNOTE = lazily(r"^\s*(?:<a\s[^<>]{0,80}(?:foot|fn)[^<>]{0,80}>[^<>]{0,10}</a>\s*:?|\[\^[^\]\n]{1,40}\]:)\s*", re.IGNORECASE)
_KINDS = {
    "note",
    "tip",
    "warning",
    "danger",
    "important",
    "caution",
    "info",
    "hint",
    "example",
    "quote",
    "abstract",
    "success",
    "question",
    "bug",
}


@dataclass(slots=True, kw_only=True)
class Source:
    """Lines ready for reading; `dropped` says why a line (from 1) was left out, `title` what front matter calls the SOP."""

    lines: list[str]
    dropped: dict[int, str] = field(default_factory=dict)
    title: str | None = None

    def drop(self, index: int, reason: str) -> None:
        """Empty line `index` (from 0)."""
        if self.lines[index].strip():
            self.dropped[index + 1] = reason
        self.lines[index] = ""


def read_source(text: str) -> Source:
    """Lines of `text` with front matter, comments, HTML tags and template statements taken out."""
    lines = [_CONTROL.sub("", line).replace("\u00a0", " ") for line in text.splitlines()]
    source = Source(lines=as_markdown(lines) if is_restructured(lines) else lines)
    _front_matter(source)
    _comments(source)
    fenced = _fenced(source.lines)
    _embedded(source, fenced)
    _admonitions(source, fenced)
    _unindented(source, fenced)
    _boxes(source, fenced)
    _timetable(source, fenced)
    _labels(source, fenced)
    for index, line in enumerate(source.lines):
        if index in fenced or not line:
            continue
        if _TEMPLATE_LINE.match(line):
            source.drop(index, "template statement")
            continue
        prose = _ENTITY.sub(lambda m: html.unescape(m[0]), line)
        note = _FOOTNOTE.match(prose)
        source.lines[index] = _plain_tags(f"> [!FOOTNOTE] {prose[note.end() :]}" if note else prose)
        if line.strip() and not source.lines[index].strip():
            source.dropped[index + 1] = "markup"
    return source


def _embedded(source: Source, fenced: set[int]) -> None:
    """Drop what stands between `<style>` or `<script>` and its end."""
    closing = ""
    for index, line in enumerate(source.lines):
        if index in fenced:
            continue
        opens = None if closing else _EMBEDDED.match(line)
        if opens:
            closing = f"</{opens[1].lower()}>"
        if closing:
            found = closing in line.lower()
            source.drop(index, "markup")
            closing = "" if found else closing


def _unindented(source: Source, fenced: set[int]) -> None:
    """In a text that is mostly HTML, indents say nothing: Markdown would take them for code. Lists are indented by their depth."""
    filled = [index for index, line in enumerate(source.lines) if line.strip() and index not in fenced]
    if 5 * sum(_BLOCK_TAG.match(source.lines[index]) is not None for index in filled) < 2 * len(filled):
        return
    depth, kept = 0, False
    for index in filled:
        line = source.lines[index]
        kept = kept or "<pre" in line
        if not kept and _BLOCK_TAG.match(line):
            item = re.match(r"\s*<li\b", line, re.IGNORECASE)
            source.lines[index] = f"{'  ' * max(depth - 1, 0) if item else ''}{line.strip()}"
        kept = kept and "</pre" not in line
        depth = max(depth + len(re.findall(r"<[uo]l\b", line, re.IGNORECASE)) - len(re.findall(r"</[uo]l\b", line, re.IGNORECASE)), 0)


def _boxes(source: Source, fenced: set[int]) -> None:
    """Write lines that begin with a tick or a box as items to tick; a tick among crosses only praises ("good", "bad")."""
    prose = [index for index in range(len(source.lines)) if index not in fenced]
    ticked = [index for index in prose if _BOX.match(source.lines[index])]
    several = len(ticked) >= 3 or (len(ticked) == 2 and ticked[1] - ticked[0] == 1)
    if several and not any(_CROSS.match(source.lines[index]) for index in prose):
        for index in ticked:
            source.lines[index] = _BOX.sub(r"\1- [ ] ", source.lines[index])


def _timetable(source: Source, fenced: set[int]) -> None:
    """Write lines that follow each other and begin with a time of day ("18:00 Open the doors") as items."""
    timed = {index for index, line in enumerate(source.lines) if index not in fenced and _TIMED.match(line)}
    for index in sorted(timed):
        if index - 1 in timed or index + 1 in timed:
            source.lines[index] = f"- {source.lines[index]}"


def _labels(source: Source, fenced: set[int]) -> None:
    """Make a label between two lists a heading of its own: Markdown takes it for the last words of the item above."""
    lines = source.lines
    for index in range(1, len(lines) - 1):
        line = lines[index]
        if (
            index in fenced
            or not _LABEL.match(line)
            or len(line.split()) > 8
            or not _ITEM.match(lines[index + 1])
            or not lines[index - 1].strip()
        ):
            continue
        if not (line[0].isupper() or line.startswith("**") or lines[index - 1].rstrip().endswith((".", ":", "!", "?"))):
            continue  # the words of the item above go on
        above = next((lines[i] for i in range(index - 1, -1, -1) if not lines[i].startswith((" ", "\t"))), "")
        if _ITEM.match(above):
            lines[index] = f"###### {line.strip().rstrip(':')}:"


def _front_matter(source: Source) -> None:
    """Drop a `---` block at the start and keep its title."""
    lines = source.lines
    start = next((i for i, line in enumerate(lines) if line.strip()), None)
    if start is None or lines[start].strip() not in ("---", "{{{", "+++"):
        return
    closing = {"---": ("---", "..."), "{{{": ("}}}",), "+++": ("+++",)}[lines[start].strip()]
    end = next((i for i in range(start + 1, min(len(lines), start + 200)) if lines[i].strip() in closing), None)
    if end is None or not any(":" in line or "=" in line for line in lines[start + 1 : end]):
        return
    for index in range(start, end + 1):
        match = re.match(r"\s*\"?title\"?\s*[:=]\s*['\"]?(.+?)['\"]?\s*,?$", lines[index])
        if match and source.title is None:
            source.title = match[1]
        source.drop(index, "front matter")


def _comments(source: Source) -> None:
    """Drop HTML comments, also over several lines and in the middle of one."""
    inside = False
    fenced = _fenced(source.lines)
    for index, line in enumerate(source.lines):
        if index in fenced and not inside:
            continue
        kept, rest = "", line
        touched = inside
        while rest:
            if inside:
                _, found, rest = rest.partition("-->")
                inside = not found
            else:
                before, found, rest = rest.partition("<!--")
                kept += before
                inside = bool(found)
                touched = touched or inside
        if touched:
            if kept.strip():
                source.lines[index] = kept
            else:
                source.drop(index, "HTML comment")
                if line.startswith("<!--") and _before_code(source.lines, index):
                    source.lines[index] = "***"


def _before_code(lines: list[str], index: int) -> bool:
    """Whether a comment on a line of its own parts a list from indented code, as Markdown asks for."""
    following = next((line for line in lines[index + 1 : index + 4] if line.strip()), "")
    return index > 0 and not lines[index - 1].strip() and following.startswith(("    ", "\t"))


def _fenced(lines: list[str]) -> set[int]:
    """Indexes of the lines inside fenced code blocks, the fences with them."""
    inside: set[int] = set()
    fence = ""
    opened = 0
    for index, line in enumerate(lines):
        match = _FENCE.match(line)
        if not fence:
            if match:
                fence, opened = match[1][:3], index
        elif match and match[1].startswith(fence) and not line.strip(" >`~"):
            inside.update(range(opened, index + 1))
            fence = ""
    if fence:
        inside.update(range(opened, len(lines)))
    return inside


def _admonitions(source: Source, fenced: set[int]) -> None:
    """Write `!!! note`, `??? tip` and `:::warning` blocks as quotes, which Markdown can nest."""
    lines = source.lines
    index = 0
    while index < len(lines):
        match = _ADMONITION.match(lines[index]) if index not in fenced else None
        kind = match[2].lower() if match else ""
        if not match or (lines[index].lstrip().startswith(("///", ":::")) and kind not in _KINDS):
            index += 1
            continue
        indent = len(match[1].expandtabs(4))
        colons = lines[index].lstrip().startswith((":::", "///"))
        title = (match[3] or "").strip().strip("\"'")
        lines[index] = f"{' ' * indent}> [!{kind.upper()}] {title}".rstrip()
        index = _quote_body(lines, index + 1, indent, colons=colons)


def _quote_body(lines: list[str], index: int, indent: int, *, colons: bool) -> int:
    """Prefix the body of an admonition with `> `; the index after it."""
    body: list[int] = []
    while index < len(lines):
        line = lines[index].expandtabs(4)
        if colons and line.strip() in (":::", "///"):
            lines[index] = ""
            index += 1
            break
        if not colons and line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        body.append(index)
        index += 1
    while body and not lines[body[-1]].strip():
        body.pop()
    texts = [lines[i].expandtabs(4) for i in body]
    depth = min((len(t) - len(t.lstrip()) for t in texts if t.strip()), default=0)
    prefix = " " * indent + "> "
    for position, text in zip(body, texts, strict=True):
        lines[position] = (prefix + text[depth:]).rstrip()
    if body and texts[0].strip():
        lines[body[0]] = prefix + texts[0][depth:]
    return index


def _plain_tags(line: str) -> str:
    """The line without HTML tags; `<li>` becomes a bullet, bold stays bold, placeholders like `<host>` stay."""
    if "<" not in line:
        return _BULLET.sub(r"\1- ", line)
    if re.match(r"^\s*(?:>\s*)?<li\b", line, re.IGNORECASE):
        line = re.sub(r"<li\b[^<>]*>", "- ", line, count=1, flags=re.IGNORECASE)
    line = re.sub(r"</?(?:strong|b)>", "**", line, flags=re.IGNORECASE)
    line = re.sub(r"<(?:sup)\b[^<>]*>.{0,200}?</sup>", "", line, flags=re.IGNORECASE)
    summary = re.match(r"^\s*<summary\b[^<>]*>(.*?)</summary>\s*$", line, re.IGNORECASE)
    if summary and _UNFOLD.match(_TAG.sub("", summary[1])):
        return ""
    heading = re.match(r"^\s*<h([1-6])\b[^<>]*>", line, re.IGNORECASE)
    line = _TAG.sub("", line)
    if heading and line.strip():
        line = f"{'#' * int(heading[1])} {line.strip()}"
    return _BULLET.sub(r"\1- ", line)
