"""The `.env` file: names and values, never shown in a message."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity
from avops.project.folder import read_bytes
from avops.project.yaml_source import decode_utf8

if TYPE_CHECKING:
    from pathlib import Path

_LINE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)", re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'[ \t]*(?:#.*)?")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t]*(?:#.*)?')
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


def read_env(file: Path) -> dict[str, str]:
    """The names and values of an `.env` file; empty when there is none.

    A line is `NAME=value`, perhaps after `export`; ` #` begins a comment. Single quotes keep everything, double quotes
    know `\\n \\t \\" \\\\ \\$`. Nothing is replaced in a value, and no value goes over several lines.
    Raises `DocumentError` (whose messages never hold a value) and `StorageError`.
    """
    if not file.exists():
        return {}
    text = _text(file)
    values: dict[str, str] = {}
    found: list[Diagnostic] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        parsed = _LINE.fullmatch(line)
        value = _value(parsed.group(2)) if parsed else None
        if parsed is None:
            found.append(_diagnostic(file.name, number, "this line is not NAME=value", "a name has letters, digits and '_' only"))
        elif value is None:
            message = f"the quotes of '{parsed.group(1)}' are not closed, or more text follows them"
            found.append(_diagnostic(file.name, number, message, "close the quotes at the end of the line"))
        elif parsed.group(1) in values:
            found.append(_diagnostic(file.name, number, f"'{parsed.group(1)}' is given twice", "keep one of the two"))
        else:
            values[parsed.group(1)] = value
    if found:
        raise DocumentError(found)
    return values


def _text(file: Path) -> str:
    try:
        return decode_utf8(read_bytes(file, file.name), file.name).removeprefix("\ufeff")
    except DocumentError as error:
        raise DocumentError([replace(each, snippet=None) for each in error.diagnostics]) from None


def _value(written: str) -> str | None:
    if written[:1] == "'":
        single = _SINGLE.fullmatch(written)
        return single.group(1) if single else None
    if written[:1] == '"':
        double = _DOUBLE.fullmatch(written)
        return re.sub(r"\\(.)", lambda each: _ESCAPES.get(each.group(1), each.group()), double.group(1)) if double else None
    if written.startswith("#"):
        return ""
    return re.split(r"[ \t]#", written, maxsplit=1)[0].rstrip()


def _diagnostic(path: str, line: int, message: str, hint: str) -> Diagnostic:
    return Diagnostic(rule="env-line", severity=Severity.ERROR, message=message, path=path, line=line, hint=hint)
