"""What the tests of chat share: a small project, a terminal with a screen, and a model's server on loopback."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyte
from tests.unit.providers.wire import Wire, chunk, events, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

PROGRAM = [sys.executable, "-c", "print('on')"]
FILES = {
    "avops.yaml": "name: HQ\noperator_agent: operator\nroles: {L2: [nobody-here]}\n",
    "rooms.csv": "room,name\nHQ-1,Atrium\n",
    "agents/operator.yaml": "name: operator\n# May use everything here.\ntools: {local: '*'}\n",
    "agents/night-desk.yaml": "name: Night Desk\ntools: {local: [get]}\n",
    "tools/local.yaml": f"""\
name: local
kind: command
simulated: false
actions:
  get: {{effect: read, argv: {json.dumps(PROGRAM)}, mock: {{text: "on"}}}}
  set: {{effect: write, argv: {json.dumps(PROGRAM)}, input: {{power: {{type: string}}}}, mock: {{text: "on"}}}}
""",
    "recipes/look.yaml": """\
name: Look Around
inputs:
  code: {secret: true, default: "none", description: A door code}
  note: {default: "", description: Anything}
intake:
  - {id: state, name: Read the display, tool: local.get}
verify:
  - {name: It is on, reading: {tool: local.get}, check: reading.text == 'on'}
""",
    "recipes/fail.yaml": """\
name: Never Right
verify:
  - {name: It is off, reading: {tool: local.get}, check: reading.text == 'off'}
""",
    "recipes/asks.yaml": """\
name: Ask Around
verify:
  - {name: Somebody looked, confirm: Is it on?}
""",
    "workflows/morning.yaml": "name: Morning Look\nagent: operator\nrecipe: Look Around\ntrigger: manual\n",
}


def make_project(root: Path, **more: str) -> Path:
    """A project of two agents, one tool whose answers stand in its file, and three recipes."""
    for path, text in {**FILES, **more}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def without_durations(text: str) -> str:
    """The text as a quick machine shows it: a step that took long says how long, and tools answer in 5 ms."""
    return re.sub(r"\b\d+ ms", "5 ms", re.sub(r"  \d+(?:\.\d+)? m?s\b", "", text))


def spoken(*pieces: str) -> bytes:
    """A streamed answer of a model, in pieces."""
    return events(*[chunk({"role": "assistant", "content": piece}) for piece in pieces], chunk({}, "stop"), "[DONE]")


def unfinished(*pieces: str) -> bytes:
    """The beginning of one."""
    return events(*[chunk({"role": "assistant", "content": piece}) for piece in pieces])


def wanting(name: str, arguments: Mapping[str, object]) -> bytes:
    """A streamed answer that asks for a function."""
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    return events(chunk({"role": "assistant", "tool_calls": [call]}), chunk({}, "tool_calls"), "[DONE]")


class Server:
    """A model's server in a thread of its own."""

    def __init__(self, made: Wire, loop: asyncio.AbstractEventLoop) -> None:
        self.wire = made
        self._loop = loop

    @property
    def settings(self) -> str:
        """The lines of `avops.yaml` that name it."""
        return f"provider: openai\nmodel: served-1\nbase_url: {self.wire.url}/v1\n"

    def wait_until_left(self) -> None:
        """Returns when the other side has gone in the middle of an answer."""
        asyncio.run_coroutine_threadsafe(self.wire.left.wait(), self._loop).result(20)

    def messages(self, number: int) -> Sequence[Mapping[str, object]]:
        """The messages of a request."""
        found = self.wire.asked[number].body["messages"]
        assert isinstance(found, list)
        return found


@contextmanager
def model_server(*answers: bytes, hangs: bool = False) -> Iterator[Server]:
    """A server with these answers, for as long as the block lasts."""
    ready = threading.Event()
    made: list[Server] = []

    async def serve() -> None:
        async with wire(*answers, hangs=hangs) as served:
            made.append(Server(served, asyncio.get_running_loop()))
            ready.set()
            await asyncio.Event().wait()

    loop = asyncio.new_event_loop()
    task = loop.create_task(serve())

    def work() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            rest = asyncio.all_tasks(loop)
            for each in rest:
                each.cancel()
            if rest:
                loop.run_until_complete(asyncio.wait(rest))
            loop.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(20)
        yield made[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(20)


NOT_HANDED_ON = ("NO_COLOR", "COLUMNS", "LINES", "PROMPT_TOOLKIT_NO_CPR", "PYTHONDONTWRITEBYTECODE")
"""Variables that would change the screen, or have every one of many starts compile avops anew."""
_START = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\nfrom avops.__main__ import main\nmain()"


class Terminal:
    """avops in a terminal: what is typed, and the screen as a person sees it."""

    def __init__(self, arguments: Sequence[str], root: Path, *, columns: int = 100, lines: int = 40, **variables: str) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=root,
            env={**kept, "TERM": "xterm-256color", **variables},
            start_new_session=True,
        )
        os.close(slave)
        self.raw = b""
        self._screen = pyte.Screen(columns, lines)
        # The terminal's own answers, such as where its cursor is.
        self._screen.write_process_input = lambda data: os.write(self._master, data.encode())
        self._stream = pyte.ByteStream(self._screen)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)

    @property
    def screen(self) -> str:
        """What the screen shows, without spaces at the ends of lines, empty lines at its end, and durations."""
        return without_durations("\n".join(line.rstrip() for line in self._screen.display).rstrip())

    @property
    def line(self) -> str:
        """The line that the cursor is on."""
        return self._screen.display[self._screen.cursor.y].rstrip()

    def type(self, text: str) -> None:
        """Types; `\\r` is the Enter key."""
        os.write(self._master, text.encode())

    def paste(self, text: str) -> None:
        """Pastes, as terminals tell it."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def until(self, is_so: Callable[[Terminal], bool], what: str) -> None:
        """Reads until the screen is as wanted; AssertionError with the screen when that does not come within 30 s."""
        end = time.monotonic() + 30
        while not is_so(self):
            ready, _, _ = select.select([self._master], [], [], max(end - time.monotonic(), 0))
            try:
                data = os.read(self._master, 65536) if ready else b""
            except OSError:
                data = b""
            assert data, f"the screen never showed {what}:\n{self.screen}"
            self.raw += data
            self._stream.feed(data)

    def shows(self, text: str) -> None:
        """Reads until the screen shows a text."""
        self.until(lambda terminal: text in terminal.screen, repr(text))

    def is_at(self, line: str) -> None:
        """Reads until the cursor's line is this one."""
        self.until(lambda terminal: terminal.line == line and "\x1b[?2004h" in terminal.raw.decode("utf-8", "replace"), repr(line))

    def prompt(self) -> None:
        """Reads until the prompt is there, and empty."""
        self.is_at("avops>")

    def send(self, text: str) -> None:
        """Types a message and Enter, and reads until the next prompt."""
        self.prompt()
        told = len(self.raw)
        self.type(text)
        self.until(lambda terminal: text[-8:].strip() in terminal.screen, repr(text))
        self.type("\r")
        self.until(lambda terminal: b"\x1b[?2004l" in terminal.raw[told:], "the message taken")
        taken = self.raw.index(b"\x1b[?2004l", told)  # one read may bring both this and the next prompt
        self.until(lambda terminal: b"\x1b[?2004h" in terminal.raw[taken:] and terminal.line == "avops>", "the next prompt")

    def leave(self) -> int:
        """Ctrl-D at the prompt; the exit code."""
        self.prompt()
        self.type("\x04")
        while True:
            try:
                if not os.read(self._master, 65536):
                    break
            except OSError:
                break
        return self.process.wait(30)
