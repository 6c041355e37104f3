"""reStructuredText read as Markdown: literal blocks, titles with a line above them, and directives. No line is added or taken away."""

from __future__ import annotations

import re

_LITERAL = re.compile(r"^(\s*)(\S.*?)?::\s*$")
_DIRECTIVE = re.compile(r"^\.\.\s+(?:[\w-]+::|_[^:]+:)")
_RULE = re.compile(r"^([=\-~^\"'`#*+.])\1{2,}\s*$")


def is_restructured(lines: list[str]) -> bool:
    """Whether the text has a directive, or a literal block after `::`."""
    for index, line in enumerate(lines):
        if _DIRECTIVE.match(line):
            return True
        literal = _LITERAL.match(line)
        if literal and _body(lines, index, len(literal[1])):
            return True
    return False


def as_markdown(lines: list[str]) -> list[str]:
    """The same lines with Markdown's marks."""
    out = list(lines)
    for index, line in enumerate(lines):
        if _DIRECTIVE.match(line):
            out[index] = ""
            continue
        rule = _RULE.match(line)
        if rule and index + 2 < len(lines) and lines[index + 1].strip() and lines[index + 2].startswith(rule[1] * 3):
            out[index] = ""  # the line above a title
        elif rule and rule[1] not in "=-" and index and lines[index - 1].strip() and not lines[index - 1].startswith((" ", "\t")):
            out[index - 1], out[index] = f"### {lines[index - 1].strip()}", ""
        literal = _LITERAL.match(line)
        body = _body(lines, index, len(literal[1])) if literal else None
        if literal and body:
            _fence(out, index, literal, body)
    return out


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


def _fence(out: list[str], index: int, literal: re.Match[str], body: tuple[int, int]) -> None:
    """Fences the body: in place of the empty line above it, and of the one below."""
    first, last = body
    inner = " " * min(_indent(out[at]) for at in range(first, last + 1) if out[at].strip())
    out[index] = f"{literal[1]}{literal[2]}:" if literal[2] else ""
    out[index + 1] = f"{inner}```"
    if last + 1 < len(out):
        out[last + 1] = f"{inner}```"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
