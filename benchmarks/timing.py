"""Whole commands, timed from outside: medians of several runs after a warm-up."""

from __future__ import annotations

import statistics
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def wall_ms(command: Sequence[str], *, cwd: Path | None = None, runs: int = 9, ok: Sequence[int] = (0,)) -> float:
    """The median wall time of a command in milliseconds; RuntimeError when it fails."""
    times = []
    for turn in range(runs + 1):
        began = time.perf_counter()
        done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
        took = time.perf_counter() - began
        if done.returncode not in ok:
            raise RuntimeError(f"{command} exited {done.returncode}: {done.stderr.decode()[-300:]}")
        if turn:
            times.append(took * 1000)
    return statistics.median(times)
