"""`--watch` in a real terminal: it draws in place, moves, opens a run, goes back, and leaves the terminal as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.screens import Site, avops
from tests.cli.test_dash import fill

from avops.cli.watch import View, Watch, keys_of
from avops.model.run import RunStatus, Simulated
from avops.report.sheet import Page, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Terminal:
    """A command on a pseudo-terminal of 100 by 30."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.master)
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "avops", *arguments], cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        self.seen = ""

    def until(self, text: str) -> str:
        """What was written up to and with a text, from where the last call ended."""
        read = ""
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], 30)
            assert ready, f"{text!r} never came: {self.seen[-2000:]!r}"
            self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        read, self.seen = self.seen[: self.seen.index(text) + len(text)], self.seen[self.seen.index(text) + len(text) :]
        return read

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """The exit code, when it has left its screen."""
        self.until("\x1b[?1049l")
        return self.process.wait(timeout=30)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(timeout=30)
        os.close(self.master)


Open = Callable[..., Terminal]


@pytest.fixture
def terminal_for(site: Site) -> Iterator[Open]:
    made: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        made.append(Terminal(site.folder, *arguments))
        return made[-1]

    yield start
    for terminal in made:
        terminal.close()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path, monkeypatch)
    now = datetime.now(UTC)
    fill(made, [(None, "HQ-1", timedelta(minutes=9 - n), RunStatus.FAILED, 3.0, f"error {n}", Simulated.NO) for n in range(3)], now=now)
    return made


def test_the_dashboard_is_moved_in_and_opened(terminal_for: Open) -> None:
    terminal = terminal_for("dash", "--watch")
    first = terminal.until("q end")
    assert "\x1b[?1049h" in first
    assert "RECENT RUNS" in first
    terminal.press("\x1b[B")
    terminal.until("\x1b[7m")
    terminal.press("\r")
    opened = terminal.until("Run 3") + terminal.until("error 2")
    terminal.press("\x1b")
    back = terminal.until("RECENT RUNS")
    terminal.press("q")
    assert terminal.end() == 0
    assert "\x1b[2J" not in first + opened + back


def test_a_run_is_followed(terminal_for: Open) -> None:
    terminal = terminal_for("runs", "show", "1", "--watch")
    assert "error 0" in terminal.until("q end")
    terminal.press("\x03")
    assert terminal.end() == 0


def test_the_room_board_is_watched_too(terminal_for: Open) -> None:
    terminal = terminal_for("dash", "--by", "room", "--watch")
    terminal.until("HQ-1")
    terminal.press("jq")
    assert terminal.end() == 0


def test_without_a_terminal_it_is_wrong_usage(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert avops("dash", "--watch") == 2
    assert avops("dash", "--watch", "--json") == 2
    assert avops("runs", "show", "1", "--watch") == 2
    assert "needs a terminal" in capsys.readouterr().err


def page(sheet: Sheet) -> Page:
    made = Page(sheet)
    for number in range(50):
        made.anchors.append((len(made.lines), number + 100))
        made.line(f"run {number + 100}")
    return made


def test_the_mark_stays_on_the_screen() -> None:
    sheet = Sheet(zone=UTC, width=60)
    watched = Watch(page, lambda run: Page)
    watched.read(sheet)
    for key in ["down"] * 60 + ["up"] * 60:
        assert watched.key(key, 10)
        chosen = watched.view.chosen
        assert f"\x1b[7mrun {chosen}\x1b[0m" in watched.frame(sheet, 10)
    assert watched.view.chosen == 100


def test_a_page_without_runs_is_scrolled_within_its_bounds() -> None:
    sheet = Sheet(zone=UTC, width=60)

    def text(sheet: Sheet) -> Page:
        made = Page(sheet)
        for number in range(50):
            made.line(f"line {number}")
        return made

    watched = Watch(text, lambda run: text)
    watched.read(sheet)
    for key, top in (("up", 0), ("down", 1), ("page down", 9), ("page down", 17), *[("page down", 25)], ("page up", 17)):
        watched.key(key, 10)
        assert watched.view.top == top
    for _ in range(9):
        watched.key("page down", 10)
    assert "line 49" in watched.frame(sheet, 10)
    assert not watched.key("back", 10)


def test_going_back_closes_the_run_and_nothing_is_opened_without_a_mark() -> None:
    sheet = Sheet(zone=UTC, width=60)
    watched = Watch(page, lambda run: page)
    watched.read(sheet)
    watched.key("open", 10)
    assert len(watched.views) == 1
    watched.key("down", 10)
    watched.key("open", 10)
    assert isinstance(watched.view, View)
    assert len(watched.views) == 2
    assert watched.key("back", 10)
    assert len(watched.views) == 1


def test_keys_come_together_and_strange_ones_are_left_out() -> None:
    assert keys_of("\x1b[Aj\rxq") == ["up", "down", "open", "end"]
    assert keys_of("\x1b") == ["back"]
