"""The sessions in docs/chat.md are what avops prints: each is carried out in a new project, in the order of the page.

`AVOPS_REGENERATE=1 pytest tests/cli/test_chat_docs.py` writes them anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.chats import NOT_HANDED_ON, Terminal, model_server, spoken, wanting, without_durations
from tests.cli.screens import SWITCH

from avops.cli.main import run

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "chat.md"
BLOCK = re.compile(r"^```(console|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANSWERS = [
    wanting("show_run", {"run": 4}),
    spoken("Run 4 (Display Fix in HQ-1, simulated) read two things first:\n", "- the Zoom Room: Available\n- the display: power on\n"
           "The display was on, so nothing was changed, and Verify read it again: on."),
    wanting("tool_health", {"name": "display"}),
    spoken("I asked it just now: it does not answer. No connection was accepted on its port, so look whether it is running."),
]  # fmt: skip


def told(text: str) -> str:
    """What was printed, with what differs from run to run made alike."""
    return without_durations(text).rstrip("\n") + "\n"


def console(block: str) -> str:
    """The commands of a block with what they print."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    made = []
    handed_on = {name: value for name, value in os.environ.items() if name not in NOT_HANDED_ON}
    for line in commands:
        words = shlex.split(line[2:])
        assert words[0] == "avops"
        done = subprocess.run(
            [sys.executable, "-m", "avops", *words[1:]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env={**handed_on, "COLUMNS": "100", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        made.append(f"{line}\n{told(done.stdout)}")
    return "".join(made)


def terminal(block: str, root: Path) -> str:
    """A session at the prompt with what is on its screen, by a model that answers from a script."""
    typed = [line.removeprefix("avops> ") for line in block.splitlines() if line.startswith("avops> ")]
    settings = root / "avops.yaml"
    before = settings.read_text()
    with model_server(*ANSWERS) as server:
        settings.write_text(before + server.settings)
        with Terminal(["chat"], root, lines=120) as shown:
            for line in typed:
                shown.send(line)
            screen = shown.screen.removesuffix("\navops>")
            assert shown.leave() == 0
    settings.write_text(before)
    return f"$ avops chat\n{told(screen)}"


def test_the_sessions_of_the_page_are_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "project"
    assert run(["init", str(root), "--yes"]) == 0
    monkeypatch.chdir(root)
    page = PAGE.read_text(encoding="utf-8")

    def made(found: re.Match[str]) -> str:
        kind, block = found.groups()
        return f"```{kind}\n{console(block) if kind == 'console' else terminal(block, root)}```"

    real = BLOCK.sub(made, page)
    if os.environ.get(SWITCH):
        PAGE.write_text(real, encoding="utf-8")
    assert real == page or os.environ.get(SWITCH), f"{SWITCH}=1 pytest {Path(__file__).name} writes docs/chat.md anew"
