"""What is wrong in a document, with the place where a person would point."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a diagnostic weighs; only `ERROR` stops a document from being used."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One mistake in one document.

    `line` and `column` count from 1, columns in characters. The span runs up to, and not including,
    `end_column` on `end_line`; without an end it is one character. `expected` is sorted. `snippet` is the raw
    text of `line`: it may hold control characters, so only a renderer that makes them visible may print it.
    """

    rule: str
    severity: Severity
    message: str
    path: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None
    expected: tuple[str, ...] = field(default=())
    hint: str | None = None
    snippet: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.rule}]"
