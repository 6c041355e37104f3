"""Sessions in the pages that need nothing but the starter's project: typed here, and held to what the pages show.

A line `…` on a page stands for any lines. Chat, models, cards and the README have tests of their own.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from avops.cli.main import run

DOCS = Path(__file__).parents[2] / "docs"
SESSION = re.compile(r"^```(?:console)?\n(\$ avops .*?)^```", re.MULTILINE | re.DOTALL)


def session(page: str, beginning: str) -> str:
    """The session of a page whose first command begins so."""
    (found,) = [block for block in SESSION.findall((DOCS / page).read_text(encoding="utf-8")) if block.startswith(f"$ {beginning}")]
    return found


def typed(block: str) -> str:
    """The commands of a session, with what they print now."""
    shown = []
    for line in [line for line in block.splitlines() if line.startswith("$ ")]:
        done = subprocess.run(
            [sys.executable, "-m", "avops", *shlex.split(line)[2:]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            env={**os.environ, "COLUMNS": "100", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        shown.append(f"{line}\n{done.stdout}")
    return "".join(shown)


def fits(shown: str, page: str) -> bool:
    """Whether a session came out as on the page; how many bytes a file has does not count."""
    shown, page = (re.sub(r"[\d,]+ bytes", "N bytes", text) for text in (shown, page))
    parts = [re.escape(part) for part in re.split(r"^ *…\n", page, flags=re.MULTILINE)]
    return re.fullmatch(r"(?:.*\n)*?".join(parts), shown) is not None


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "project"
    assert run(["init", str(root), "--yes"]) == 0
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(("page", "beginning"), [("bundles.md", "avops export"), ("kb.md", "avops kb search")])
def test_a_session_in_the_starters_project(page, beginning, project):
    block = session(page, beginning)
    assert fits(typed(block), block), typed(block)


def test_the_import_of_what_was_exported_into_a_project_that_differs(project):
    typed(session("bundles.md", "avops export"))
    slack = project / "tools" / "slack.yaml"
    slack.write_text(re.sub(r"description: .*", "description: ours", slack.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    for name in ("recipes/zoom-room-reset.yaml", "recipes/zoom-room-reset.test.yaml", "workflows/hourly-display-watch.yaml"):
        (project / name).unlink()
    block = session("bundles.md", "avops import ../display.zip")
    assert fits(typed(block), block), typed(block)


def test_a_session_that_differs_is_found():
    assert fits("$ avops x\na\nb\nc\n", "$ avops x\na\n…\nc\n")
    assert not fits("$ avops x\na\nb\nd\n", "$ avops x\na\n…\nc\n")
