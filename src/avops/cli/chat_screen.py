"""Where a chat is shown: on a terminal or in a pipe as text, or as one JSON object for each message.

Whatever a model or a file says, nothing of it is obeyed by the terminal: control characters and direction overrides are
written out.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.cli.chat_report import Report
    from avops.errors import AvopsError


def shown(text: str) -> str:
    """The text on as many lines as it has, with everything that a terminal would obey written out."""
    from avops.report.diagnostics import visible

    return "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))


class Screen(Protocol):
    """Hears what a chat says."""

    def piece(self, text: str) -> None:
        """A piece of the assistant's answer, as it comes."""

    def end_answer(self, fields: Mapping[str, object]) -> None:
        """The answer is whole; `fields` is all that is known of it, as plain data."""

    def looking_up(self, name: str) -> None:
        """The assistant asks a function."""

    def note(self, text: str) -> None:
        """A remark of avops."""

    def report(self, report: Report, fields: Mapping[str, object]) -> None:
        """What came of a command."""

    def error(self, error: AvopsError, fields: Mapping[str, object]) -> None:
        """What could not be done, and how to mend it."""

    def cancelled(self, fields: Mapping[str, object]) -> None:
        """The person cut the answer off."""


class TextScreen:
    """Answers and reports on standard output, everything else on standard error; with `payloads` raw data below it."""

    def __init__(self, *, payloads: bool = False) -> None:
        self._payloads = payloads
        self._is_open = False
        self._was_noted = False
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in ("dumb", "unknown")
        self._dim = ("\x1b[2m", "\x1b[0m") if sys.stderr.isatty() and not is_plain else ("", "")

    def piece(self, text: str) -> None:
        """Written at once; the line end before it is left out where a note has ended the line already."""
        if self._was_noted:
            text = text.removeprefix("\n")
            self._was_noted = False
        sys.stdout.write(shown(text))
        sys.stdout.flush()
        self._is_open = not text.endswith("\n") if text else self._is_open

    def end_answer(self, fields: Mapping[str, object]) -> None:
        """Ends the line."""
        self._close()
        for each in _list(fields.get("lookups")):
            self._payload(each)

    def looking_up(self, name: str) -> None:
        """Told on standard error."""
        was_open = self._is_open or self._was_noted
        self.note(f"looking up: {name}")
        self._was_noted = was_open

    def note(self, text: str) -> None:
        """A quiet line on standard error."""
        self._close()
        before, after = self._dim
        print(f"{before}({shown(text)}){after}", file=sys.stderr, flush=True)

    def report(self, report: Report, fields: Mapping[str, object]) -> None:
        """The text, or its page."""
        if report.page is not None:
            report.page.print(sys.stdout)
        elif report.text:
            print(shown(report.text))
        sys.stdout.flush()
        if self._payloads:
            self._payload(report.data)
        for hint in report.hints:
            print(f"hint: {shown(hint)}", file=sys.stderr)

    def error(self, error: AvopsError, fields: Mapping[str, object]) -> None:
        """As every command prints it."""
        from avops.cli.main import tell

        self._close()
        sys.stdout.flush()
        tell(error)

    def cancelled(self, fields: Mapping[str, object]) -> None:
        """A mark."""
        self.note("cancelled")

    def _close(self) -> None:
        if self._is_open:
            sys.stdout.write("\n")
            sys.stdout.flush()
        self._is_open = False

    def _payload(self, data: object) -> None:
        if self._payloads:
            from avops.report.run_json import to_json

            print(to_json(data if isinstance(data, dict | list) else {"data": data}))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


class JsonScreen:
    """One JSON object a line, on standard output, for each message; ASCII, so that no terminal obeys anything in it."""

    def piece(self, text: str) -> None:
        """Nothing yet."""

    def end_answer(self, fields: Mapping[str, object]) -> None:
        """The line."""
        self._line(fields)

    def looking_up(self, name: str) -> None:
        """Nothing: the line has it."""

    def note(self, text: str) -> None:
        """Nothing: the line has it."""

    def report(self, report: Report, fields: Mapping[str, object]) -> None:
        """The line."""
        self._line(fields)

    def error(self, error: AvopsError, fields: Mapping[str, object]) -> None:
        """The line."""
        self._line(fields)

    def cancelled(self, fields: Mapping[str, object]) -> None:
        """The line."""
        self._line(fields)

    def _line(self, fields: Mapping[str, object]) -> None:
        sys.stdout.write(json.dumps(fields, default=str).replace("\x7f", "\\u007f") + "\n")
        sys.stdout.flush()
