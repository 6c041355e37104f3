"""The one error that reading or evaluating an expression raises.

    AvopsError
      ExpressionError      the text does not parse, or its values do not fit

`MisuseError` never leaves this package: operations raise it without knowing where in the text they stand, and the
compiler turns it into an `ExpressionError` with the place.
"""

from __future__ import annotations

from avops.errors import AvopsError, Location

WORDS_HINT = "for a check in words write 'confirm:'"


class ExpressionError(AvopsError):
    """An expression or template that cannot be read, or cannot be evaluated on these values.

    `offset` and `length` are characters, 0-based, into the text that was parsed. `expected` is sorted: the words,
    keys or tokens that would have been accepted. `path` leads to the text inside a nested value (see `parse_value`).
    """

    def __init__(
        self,
        message: str,
        *,
        offset: int = 0,
        length: int = 0,
        expected: tuple[str, ...] = (),
        hint: str | None = None,
        where: Location | None = None,
        path: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, where=where)
        self.offset = offset
        self.length = length
        self.expected = tuple(sorted(expected))
        self.path = path


class MisuseError(Exception):
    """Values that do not fit an operation, before the place in the text is known."""

    def __init__(self, message: str, *, hint: str | None = None, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.expected = expected

    def at(self, offset: int, length: int) -> ExpressionError:
        """The same complaint as an `ExpressionError` about that part of the text."""
        return ExpressionError(self.message, offset=offset, length=length, expected=self.expected, hint=self.hint)
