"""A screen that stays: redrawn in place every few seconds, with keys to move, to open a run and to go back.

A frame overwrites the last one line by line inside one synchronised update, so that nothing is ever blank in between. The
terminal's own screen comes back at the end, whatever ends it.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import time
import tty
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avops.errors import UsageError
from avops.report.sheet import ansi_line, sheet_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

    from avops.report.sheet import Page, Sheet

EVERY_S = 2.0
"""How often what is shown is read again."""
_LOOK_S = 0.25
_ENTER = "\x1b[?1049h\x1b[?25l"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_FRAME, _SHOWN = "\x1b[?2026h\x1b[H", "\x1b[J\x1b[?2026l"
_REVERSED = "\x1b[7m"
_KEYS = {
    "\x1b[A": "up",
    "\x1bOA": "up",
    "k": "up",
    "\x1b[B": "down",
    "\x1bOB": "down",
    "j": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    " ": "page down",
    "\r": "open",
    "\n": "open",
    "\x1b[C": "open",
    "l": "open",
    "\x1b": "back",
    "\x7f": "back",
    "\x1b[D": "back",
    "h": "back",
    "r": "again",
    "q": "end",
    "\x03": "end",
    "\x04": "end",
}
_HELP = "up/down move   Enter open   Esc back   r look again   q end"


@dataclass(slots=True)
class View:
    """Something shown: `make` reads it anew and lays it out; it may have runs to move to."""

    make: Callable[[Sheet], Page]
    chosen: int | None = None
    """The run that is marked."""
    top: int = 0
    """The first line on the screen."""
    page: Page | None = field(default=None)


class Watch:
    """What stands on the terminal, and how keys change it."""

    def __init__(self, first: Callable[[Sheet], Page], opened: Callable[[int], Callable[[Sheet], Page]]) -> None:
        """`opened` gives what shows a run."""
        self.views = [View(first)]
        self._opened = opened

    @property
    def view(self) -> View:
        """What is on top."""
        return self.views[-1]

    def read(self, sheet: Sheet) -> None:
        """Reads the top view anew."""
        self.view.page = self.view.make(sheet)

    def key(self, key: str, height: int) -> bool:
        """Takes a key; False when it ends the watch. Call `read` afterwards when the top view has no page."""
        view = self.view
        if key == "end" or (key == "back" and len(self.views) == 1):
            return False
        if key == "back":
            self.views.pop()
            self.view.page = None
        elif key == "again":
            view.page = None
        elif key == "open":
            if view.chosen is not None:
                self.views.append(View(self._opened(view.chosen)))
        else:
            self._move(view, key, height)
        return True

    def _move(self, view: View, key: str, height: int) -> None:
        page = view.page
        if page is None:
            return
        by = {"up": -1, "down": 1, "page up": -(height - 2), "page down": height - 2}.get(key, 0)
        runs = [run for _, run in page.anchors]
        if runs and key in ("up", "down"):
            at = runs.index(view.chosen) + by if view.chosen in runs else 0
            view.chosen = runs[min(max(at, 0), len(runs) - 1)]
            line = next(line for line, run in page.anchors if run == view.chosen)
            view.top = min(max(view.top, line - height + 3), max(line - 1, 0))
            return
        view.top = min(max(view.top + by, 0), max(len(page.lines) - height + 1, 0))

    def frame(self, sheet: Sheet, height: int) -> str:
        """The whole screen as one update: what is on top, from its first line on, and a line of help."""
        view = self.view
        assert view.page is not None
        marked = {line for line, run in view.page.anchors if run == view.chosen}
        shown = list(enumerate(view.page.lines))[view.top : view.top + height - 1]
        lines = []
        for number, line in shown:
            text = ansi_line(line) if sheet.coloured else "".join(text for text, _ in line).rstrip()
            # A mark must stay on through the styles of its line.
            lines.append(_REVERSED + text.replace("\x1b[0m", f"\x1b[0m{_REVERSED}") + "\x1b[0m" if number in marked else text)
        lines += [""] * (height - 1 - len(lines))
        lines.append(f"\x1b[2m{sheet.fit(_HELP, sheet.width - 1)}\x1b[0m" if sheet.coloured else sheet.fit(_HELP, sheet.width - 1))
        return _FRAME + "\r\n".join(f"{line}\x1b[K" for line in lines) + _SHOWN


def watch(watched: Watch, zone: tzinfo) -> None:
    """Shows the watch on the terminal until a person ends it. UsageError without a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("--watch needs a terminal", hint="leave out --watch")
    source = sys.stdin.fileno()
    with _screen(source):
        last = ""
        read_at = 0.0
        while True:
            columns, height = shutil.get_terminal_size()
            sheet = replace(sheet_for(zone, sys.stdout), width=max(columns, 20))
            if watched.view.page is None or watched.view.page.sheet.width != sheet.width or time.monotonic() - read_at >= EVERY_S:
                watched.read(sheet)
                read_at = time.monotonic()
            frame = watched.frame(sheet, max(height, 4))
            if frame != last:
                sys.stdout.write(frame)
                sys.stdout.flush()
                last = frame
            for key in _pressed(source):
                if not watched.key(key, max(height, 4)):
                    return
                if watched.view.page is None:
                    watched.read(sheet)


def _pressed(source: int) -> list[str]:
    """The keys that were pressed within a moment; `end` when the terminal is gone."""
    ready, _, _ = select.select([source], [], [], _LOOK_S)
    if not ready:
        return []
    data = os.read(source, 1024)
    return keys_of(data.decode("utf-8", "replace")) if data else ["end"]


def keys_of(text: str) -> list[str]:
    """The meaning of what a terminal sent; keys without one are left out."""
    found = []
    while text:
        sign = next((sign for sign in sorted(_KEYS, key=len, reverse=True) if text.startswith(sign)), text[0])
        if sign in _KEYS:
            found.append(_KEYS[sign])
        text = text[len(sign) :]
    return found


@contextmanager
def _screen(source: int) -> Iterator[None]:
    """Another screen without a cursor, keys as they are pressed; everything as before at the end."""
    before = termios.tcgetattr(source)
    try:
        tty.setraw(source)
        sys.stdout.write(_ENTER)
        yield
    finally:
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()
        termios.tcsetattr(source, termios.TCSADRAIN, before)
