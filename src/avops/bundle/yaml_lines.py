"""YAML written line by line, so that comments can stand where they belong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avops.project.editing import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH = 110
_LONGEST_COMMENT = 2000
_AMBIGUOUS = frozenset({"n", "no", "off", "on", "y", "yes"})
"""Words that other readers of YAML take for truth values."""


def inline(value: object) -> str:
    """A value on one line; whatever a text holds, it is read back as the same text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline(str(key))}: {inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(each) for each in value) + "]"
    if isinstance(value, str):
        return render(value) if value.isprintable() and value.lower() not in _AMBIGUOUS else _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """A text in double quotes, with everything that is not printable written out (YAML 1.2, section 5.7)."""
    made = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in made)


def _escape(sign: str) -> str:
    code = ord(sign)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def entry(key: str, value: object, indent: int = 0) -> list[str]:
    """The lines of `key: value`: a text of several lines as a block, a long list or mapping over several lines."""
    pad = " " * indent
    if isinstance(value, str) and "\n" in value.strip("\n") and _is_literal(value):
        body = value.rstrip("\n").split("\n")
        mark = "|" if value.endswith("\n") else "|-"
        return [f"{pad}{inline(key)}: {mark}", *(f"{pad}  {line}" if line else "" for line in body)]
    line = f"{pad}{inline(key)}: {inline(value)}"
    if len(line) <= WIDTH or not value or not isinstance(value, dict | list):
        return [line]
    if isinstance(value, dict):
        return [f"{pad}{inline(key)}:", *(each for name, inner in value.items() for each in entry(str(name), inner, indent + 2))]
    return [f"{pad}{inline(key)}:", *(f"{pad}  - {inline(each)}" for each in value)]


def mapping_item(rows: Mapping[str, object], indent: int) -> list[str]:
    """The lines of a mapping that is an entry of a list, `indent` being where its `-` stands."""
    lines = [line for key, value in rows.items() for line in entry(key, value, indent + 2)]
    lines[0] = f"{' ' * indent}- {lines[0][indent + 2 :]}"
    return lines


def comment(text: str, indent: int = 0) -> list[str]:
    """The text as comment lines; signs that are not printable come out as blanks."""
    pad = " " * indent
    lines: list[str] = []
    for line in text.splitlines() or [""]:
        plain = "".join(sign if sign.isprintable() else " " for sign in line).rstrip()
        for start in range(0, max(len(plain), 1), _LONGEST_COMMENT):
            lines.append(f"{pad}# {plain[start : start + _LONGEST_COMMENT]}".rstrip())
    return lines


def comments(texts: Iterable[str], indent: int = 0) -> list[str]:
    """The lines of several comments."""
    return [line for text in texts for line in comment(text, indent)]


def _is_literal(text: str) -> bool:
    lines = text.rstrip("\n").split("\n")
    return (
        bool(lines[0])
        and not lines[0].startswith((" ", "#"))
        and not text.endswith("\n\n")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )
