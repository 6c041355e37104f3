"""Git, asked and never told: it is started in one way only, here.

Hooks, file monitors and fetching are off, so that a repository that somebody else made starts nothing and connects nowhere,
also where it lacks objects (a partial clone). Answers are bounded in time; who asks bounds their size.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 10.0
_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", "-c", "protocol.allow=never")


def ask_git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """What git says; None when it refuses, takes too long, or is not there. Names from outside stand behind `--`."""
    try:
        done = subprocess.run(  # noqa: S603 - the program and its options are written here
            ["git", "--no-optional-locks", *_SETTINGS, *arguments],  # noqa: S607 - git is found on the path, as the person has it
            cwd=root,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
