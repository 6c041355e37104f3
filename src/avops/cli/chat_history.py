"""What was typed at the chat's prompt, kept between sessions for the arrow keys: readable by its owner only, without secrets."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from prompt_toolkit.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FILE = ".avops/chat-history"
MOST = 1000
"""Messages that are offered again; when twice as many are kept, the older half goes."""
LARGEST = 4_000_000
LONGEST = 10_000


class ChatHistory(History):
    """One JSON text a line, oldest first. A file that cannot be used is left out: typing goes on without it."""

    def __init__(self, file: Path, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._file = file
        self._hide = hide

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        lines = self._lines()
        if len(lines) > 2 * MOST:
            self._write(lines[-MOST:], os.O_TRUNC)
        return [text for line in reversed(lines[-MOST:]) if (text := _text(line))]

    def store_string(self, string: str) -> None:
        """Kept without the secrets in it; one that is very long is not kept."""
        if len(string) <= LONGEST and (hidden := self._hide(string).strip()):
            self._write([json.dumps(hidden, ensure_ascii=False)], os.O_APPEND)

    def _lines(self) -> list[str]:
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                stream.seek(max(size - LARGEST, 0))
                return stream.read(LARGEST).decode("utf-8", "replace").split("\n")[:-1]
        except OSError:
            return []

    def _write(self, lines: list[str], how: int) -> None:
        text = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | how, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(stream.fileno(), 0o600)
                stream.write(text)
        except OSError:
            return


def _text(line: str) -> str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""
