"""reStructuredText read as Markdown: blocks of code, notes, titles with a line above them, and counted items.

No line is added or taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.sop.lazily import lazily

if TYPE_CHECKING:
    import re

_LITERAL = lazily(r"^(\s*(?:(?:[-*+]|\d{1,3}[.)]|#\.)\s+)?)(\S.*?)?::\s*$")
_DIRECTIVE = lazily(r"^(\s*)\.\.\s+(?:([\w-]+)::|_[^:]+:)(.*)$")
_CODE = ("code", "code-block", "console", "parsed-literal", "prompt", "sourcecode")
_NOTES = ("attention", "caution", "danger", "error", "hint", "important", "note", "seealso", "tip", "warning")
_RULE = lazily(r"^([=\-~^\"'`#*+.])\1{2,}\s*$")
_OPTION = lazily(r"^\s+:[\w-]+:")
_HYPERLINK = lazily(r"`([^`<>]{1,200}?)\s*<([^`<>\s]{1,600})>`__?")
_ROLE = lazily(r":(?:guilabel|menuselection|command|kbd|program|samp|code):`([^`]{1,200})`")
_COUNTED = lazily(r"^(\s*)#\.(?=\s)")


def is_restructured(lines: list[str]) -> bool:
    """Whether the text has a directive, a literal block after `::`, or a title underlined with a mark that Markdown has not."""
    fenced = any(line.lstrip().startswith(("```", "~~~")) for line in lines)
    for index, line in enumerate(lines):
        if _DIRECTIVE.match(line):
            return True
        if not fenced and line[:1] in ("*", "^") and _underlines(lines, index) and (index < 2 or not lines[index - 2].strip()):
            return True
        literal = _LITERAL.match(line)
        if literal and _body(lines, index, len(literal[1])):
            return True
    return False


def as_markdown(lines: list[str]) -> list[str]:
    """The same lines with Markdown's marks."""
    out = [_HYPERLINK.sub(r"[\1](\2)", _ROLE.sub(r"`\1`", _COUNTED.sub(r"\g<1>1.", line))) for line in lines]
    levels: dict[str, int] = {}  # of the marks below titles, in the order in which they come
    behind = 0  # the line after the last block of code
    for index, line in enumerate(lines):
        if index < behind:
            continue
        if directive := _DIRECTIVE.match(line):
            behind = _directive(lines, out, index, directive)
            continue
        rule = _RULE.match(line)
        if rule and index + 2 < len(lines) and lines[index + 1].strip() and lines[index + 2].startswith(rule[1] * 3):
            out[index] = ""  # the line above a title
        elif rule and _underlines(lines, index):
            over = rule[1] if index > 1 and (above := _RULE.match(lines[index - 2])) and above[1] == rule[1] else ""
            level = levels.setdefault(rule[1] + over, len(levels) + 1)
            out[index - 1], out[index] = f"{'#' * min(level, 6)} {lines[index - 1].strip()}", ""
        literal = _LITERAL.match(line)
        body = _body(lines, index, len(literal[1])) if literal else None
        if literal and body:
            out[index] = out[index].rstrip()[:-1] if literal[2] else ""
            behind = _fence(out, len(literal[1]), body)
    return out


def _underlines(lines: list[str], index: int) -> bool:
    """Whether a line of one mark stands below a title that it is as long as."""
    title = lines[index - 1].rstrip() if index else ""
    rule = _RULE.match(lines[index])
    return (
        rule is not None
        and title[:1].strip() != ""
        and _RULE.match(title) is None
        and not title.startswith(("- ", "* ", "|"))
        and len(lines[index].strip()) >= len(title)
    )


def _directive(lines: list[str], out: list[str], index: int, directive: re.Match[str]) -> int:
    """Writes a note as one, fences code, and empties the line of any other directive; the line after the code, else 0."""
    indent, kind, words = directive[1], directive[2] or "", directive[3].strip()
    out[index] = f"{indent}!!! {kind} {words}".rstrip() if kind in _NOTES else ""
    while kind in _CODE and index + 1 < len(lines) and _OPTION.match(lines[index + 1]):
        index += 1
        out[index] = ""
    body = _body(lines, index, len(indent)) if kind in _CODE else None
    return _fence(out, len(indent), body) if body else 0


def _body(lines: list[str], index: int, indent: int) -> tuple[int, int] | None:
    """(first, last) line of the deeper block below a `::`, which begins after an empty line."""
    first = index + 2
    if first >= len(lines) or lines[index + 1].strip() or not lines[first].strip() or _indent(lines[first]) <= indent:
        return None
    last = first
    for at in range(first, len(lines)):
        if lines[at].strip():
            if _indent(lines[at]) <= indent:
                break
            last = at
    return (first, last) if last + 1 >= len(lines) or not lines[last + 1].strip() else None


def _fence(out: list[str], indent: int, body: tuple[int, int]) -> int:
    """Fences the body, at `indent`: in place of the empty line above it, and of the one below; the line after it."""
    first, last = body
    inner = min(_indent(out[at]) for at in range(first, last + 1) if out[at].strip())
    for at in range(first, last + 1):
        out[at] = " " * indent + out[at][inner:]
    out[first - 1] = " " * indent + "```"
    if last + 1 < len(out):
        out[last + 1] = " " * indent + "```"
    return last + 2


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
