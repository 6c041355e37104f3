"""The five commands of the README: read from it, run, and compared with what stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

README = Path(__file__).resolve().parents[2] / "README.md"
_FIVE = re.compile(r"<!-- five commands:.*?-->\n\n```console\n(.*?)```", re.DOTALL)
_CRONTAB = """#!/bin/sh
# Keeps one crontab in a file, as cron's own program does for an account.
if [ "$1" = -l ]; then cat "$CRONTAB_FILE" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; }; else cat > "$CRONTAB_FILE"; fi
"""


def block() -> str:
    """What stands in the README, commands and output."""
    found = _FIVE.search(README.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def commands() -> list[str]:
    """The commands alone."""
    return [line.removeprefix("$ ") for line in block().splitlines() if line.startswith("$ ")]


def environment(folder: Path, programs: Path) -> dict[str, str]:
    """An environment in which `programs` come first, with a crontab of its own in `folder`."""
    beside = folder / "bin"
    beside.mkdir()
    (beside / "crontab").write_text(_CRONTAB, encoding="utf-8")
    (beside / "crontab").chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "CRONTAB_FILE")}
    return {
        **kept,
        "PATH": f"{beside}:{programs}:{os.environ['PATH']}",
        "CRONTAB_FILE": str(folder / "crontab.txt"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }


def play(folder: Path, setting: Mapping[str, str], *, skip: str = "") -> str:
    """Runs the commands one after the other and gives what a terminal would show; each must end with 0."""
    here = folder
    shown = []
    for command in commands():
        shown.append(f"$ {command}\n")
        words = shlex.split(command)
        if words[0] == skip:
            continue
        if words[0] == "cd":
            here = here / words[1]
            continue
        done = subprocess.run(
            command,
            shell=True,
            cwd=here,
            env=dict(setting),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}"
        shown.append(done.stdout)
    return "".join(shown)


def fire(folder: Path, setting: Mapping[str, str]) -> str:
    """What cron would do now: the line of the crontab, run by sh with an environment as bare as cron's."""
    line = (folder / "crontab.txt").read_text(encoding="utf-8").splitlines()[0]
    assert line.startswith("* * * * * ")
    bare = {"HOME": setting.get("HOME", "/"), "PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": setting["XDG_CONFIG_HOME"], "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["/bin/sh", "-c", line.removeprefix("* * * * * ")], env=bare, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
