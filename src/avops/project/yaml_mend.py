"""A line of YAML as its writer meant it: the mended lines that hints show."""

from __future__ import annotations

import re

MAX_SHOWN = 120
_LONGEST_KEY = 200

# Indentation, list dashes, then a key up to its colon: what stands before the value of a block line.
_BEFORE_VALUE = re.compile(r"\s*(?:-\s+)*(?:(?:\"[^\"]*\"|'[^']*'|[^\s\"'\[{#&*!|>%@`-][^:#]*?|-[^\s:#][^:#]*?)\s*:\s+)?")
_COMMENT = re.compile(r"(?<=\s)#")
_TEMPLATE_END = re.compile(r"[^,\]}]*")


def value_start(line: str) -> int:
    """The index at which the value of a block line begins: after indentation, dashes and key."""
    found = _BEFORE_VALUE.match(line, 0, _LONGEST_KEY)
    return found.end() if found else 0


def quote(value: str) -> str:
    """`value` in the quotes that change it least."""
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def quote_value(line: str, start: int | None = None) -> str:
    """`line` with its value, from `start` to the comment, in quotes."""
    begin = value_start(line) if start is None else start
    value, comment = split_comment(line[begin:])
    return line[:begin] + quote(value) + comment


def requote_value(line: str) -> str:
    """`line` whose value has a quoted part with more text behind it, with quotes around all of it."""
    begin = value_start(line)
    value, comment = split_comment(line[begin:])
    mark, inner = value[:1], value[1:]
    if value.endswith(mark) and len(value) > 1:
        inner = inner[:-1]
        if mark in inner and mark == '"' and not inner[max(inner.index(mark) - 1, 0)].isspace():
            return line[:begin] + quote(value) + comment
        other = '"' if mark == "'" else "'"
        mended = f"{other}{inner}{other}" if other not in inner else quote(value)
    elif inner.count(mark) == 1 and "{{" in inner:
        mended = mark + inner.replace(mark, "") + mark
    else:
        mended = quote(value)
    return line[:begin] + mended + comment


def close_quote(line: str, start: int) -> str:
    """`line` with the quote that opens at `start` closed before the comment."""
    value, comment = split_comment(line[start:])
    if start != value_start(line):
        # Inside `[ ]` or `{ }` the value ends with its template, or where the next one begins.
        end = value.find("}}") + 2 if "}}" in value else min((value.find(sign) for sign in ",]}" if sign in value), default=len(value))
        return line[:start] + value[:end] + line[start] + value[end:] + comment
    return line[:start] + value + line[start] + comment


def quote_template(line: str, start: int) -> str:
    """`line` with the `{{ … }}` that begins at `start`, and the text that belongs to it, in quotes."""
    if start == value_start(line):
        return quote_value(line)
    end = line.find("}}", start)
    if end < 0:
        return quote_value(line, start)
    rest = _TEMPLATE_END.match(line, end + 2)
    stop = rest.end() if rest else end + 2
    value = line[start:stop].rstrip()
    return line[:start] + quote(value) + line[start + len(value) :]


def find_template(line: str) -> int | None:
    """The index of a `{{` that begins a value and is in no quotes, or None."""
    mark = ""
    before = ":"
    for index, character in enumerate(line):
        if mark:
            mark = "" if character == mark else mark
        elif character in "\"'" and before in ":,[{-":
            mark = character
        elif character == "{" and before in ":,[{-" and line.startswith("{{", index) and not line.startswith("{{{", index):
            return index
        elif character == "#" and line[index - 1 : index].isspace():
            return None
        if not character.isspace():
            before = character
    return None


def split_comment(value: str) -> tuple[str, str]:
    """`value` without a trailing comment and blanks, and those."""
    found = _COMMENT.search(value)
    text = value[: found.start()] if found else value
    text = text.rstrip()
    return text, value[len(text) :]


def show(mended: str, otherwise: str, lead: str = "quote the value") -> str:
    """The hint that shows a mended line, or `otherwise` when the line is too long to show."""
    line = mended.strip()
    return f"{lead}: {line}" if len(line) <= MAX_SHOWN else otherwise
