"""The errors that reach a person.

    AvopsError                 avops could not do it                        exit 3
    ├── UsageError             the command line asked for something odd      exit 2
    │   └── NotFoundError      a name that nothing has, with the near ones
    ├── FindingsError          it could be read, and it is not right         exit 1
    │   └── DocumentError      a YAML file with diagnostics
    ├── StorageError           the database or a file refused
    ├── TrustError             a program or a secret's host nobody has trusted
    ├── ModelError             a language model could not be reached, or refused the request
    └── ToolError              a tool could not be reached or answered with an error

Every message is one lower-case clause that quotes the value and ends without a full stop; `hint` names the
command or the edit that mends it; `where` is the place in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avops.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text file: `line` and `column` count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


class AvopsError(Exception):
    """Something avops could not do, said so that a technician can mend it."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None, where: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(AvopsError):
    """The command line asked for something that cannot be meant."""

    exit_code = 2


class NotFoundError(UsageError):
    """A name that nothing has."""


class FindingsError(AvopsError):
    """The input could be read and is not right."""

    exit_code = 1


class DocumentError(FindingsError):
    """A document with diagnostics; `diagnostics` is never empty."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        first = diagnostics[0]
        super().__init__(first.message, hint=first.hint, where=Location(first.path, first.line, first.column))
        self.diagnostics = tuple(diagnostics)


class StorageError(AvopsError):
    """The database or a file could not be read or written."""


class TrustError(AvopsError):
    """A program or a secret's destination that nobody on this machine has trusted."""


class ModelError(AvopsError):
    """A language model could not be reached, refused the request, or there is none."""


class ToolError(AvopsError):
    """A tool could not be reached, or answered with an error.

    `happened` says what is known of the action: "no" (it was not carried out: the connection was refused, the
    request was rejected), "unknown" (the answer was lost: it may have been carried out).
    """

    def __init__(self, message: str, *, hint: str | None = None, happened: str = "no", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.happened = happened
        self.retry_after_s = retry_after_s
