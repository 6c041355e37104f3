"""The text of a YAML file: decoded, checked for what no YAML file may hold, and addressable by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000

# YAML 1.2, production 1 (c-printable); a byte order mark is taken off before this looks.
_NOT_ALLOWED = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
# What libyaml counts as the end of a line, so that its line numbers and ours agree.
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])%")
_MAX_DIRECTIVES = 8


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text: lines and columns count from 1, in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


def diagnostic(
    path: str,
    text: str,
    rule: str,
    message: str,
    span: Span,
    *,
    hint: str | None = None,
    severity: Severity = Severity.ERROR,
    expected: tuple[str, ...] = (),
) -> Diagnostic:
    """A diagnostic at `span`, with the line of `text` that it shows."""
    return Diagnostic(
        rule=rule,
        severity=severity,
        message=message,
        path=path,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        expected=expected,
        hint=hint,
        snippet=line_of(text, span.line),
    )


@lru_cache(maxsize=1)
def lines_of(text: str) -> tuple[str, ...]:
    """The lines of `text` without their ends, split where libyaml splits; remembered for the last text."""
    return tuple(_LINE_BREAK.split(text))


def line_of(text: str, number: int) -> str:
    """Line `number`, counted from 1, without its end; empty beyond the last."""
    lines = lines_of(text)
    return lines[number - 1] if number <= len(lines) else ""


def span_at(text: str, start: int, end: int | None = None) -> Span:
    """The span of the characters from `start` to `end` (one character when it is left out)."""
    line, column = _line_and_column(text, start)
    if end is None:
        return Span(line, column, line, column + 1)
    return Span(line, column, *_line_and_column(text, end))


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    line, last = 1, 0
    for found in _LINE_BREAK.finditer(text, 0, index):
        line, last = line + 1, found.end()
    return line, index - last + 1


def decode(text: str | bytes, path: str) -> str:
    """The characters of a YAML file, without a byte order mark.

    Raises `DocumentError` for a file above 1 MiB, one that is not UTF-8, and one with many directives.
    """
    if len(text) > MAX_BYTES:
        # How large it is nobody knows: what reads files stops at the limit.
        problem = Diagnostic(
            rule="yaml-size", severity=Severity.ERROR, message="the file is larger than 1 MiB", path=path, hint="split it up"
        )
        raise DocumentError([problem])
    source = decode_utf8(text, path) if isinstance(text, bytes) else text
    if source.startswith("\ufeff"):
        source = source[1:]
    # libyaml compares each directive with all before it: thousands of them would take seconds.
    if "%" in source and len(found := list(islice(_DIRECTIVE.finditer(source), _MAX_DIRECTIVES + 1))) > _MAX_DIRECTIVES:
        message = f"more than {_MAX_DIRECTIVES} lines begin with '%'"
        raise DocumentError([diagnostic(path, source, "yaml-directive", message, span_at(source, found[0].end() - 1))])
    return source


def decode_utf8(data: bytes, path: str) -> str:
    """The characters of a UTF-8 file, a byte order mark included. Raises `DocumentError` at the first wrong byte."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        raise DocumentError([_encoding("the file is not UTF-8: it looks like UTF-16 or UTF-32", path)])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        span = span_at(before, len(before))
        after = data[error.start : error.start + 200].decode("utf-8", "replace")
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} does not belong here"
        raise DocumentError([_encoding(message, path, span, line_of(before + after, span.line))]) from None


def _encoding(message: str, path: str, span: Span | None = None, snippet: str | None = None) -> Diagnostic:
    line, column = (span.line, span.column) if span else (1, 1)
    return Diagnostic(
        rule="yaml-encoding",
        severity=Severity.ERROR,
        message=message,
        path=path,
        line=line,
        column=column,
        hint="save the file as UTF-8 in the editor",
        snippet=snippet,
    )


def find_unprintable(source: str, path: str) -> Diagnostic | None:
    """The first character that no YAML file may hold, or None."""
    found = re.search(_NOT_ALLOWED, source)
    if found is None:
        return None
    code = ord(source[found.start()])
    if 0xD800 <= code <= 0xDFFF:
        hint = "save the file as UTF-8 in the editor"
    elif code == 0xFEFF:
        hint = "delete this byte order mark: it may only be the first character"
    else:
        escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        hint = f'delete it, or write it as "{escape}" inside double quotes'
    return diagnostic(
        path, source, "yaml-character", f"the character U+{code:04X} is not allowed in YAML", span_at(source, found.start()), hint=hint
    )
