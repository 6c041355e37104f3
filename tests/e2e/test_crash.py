"""A hundred runs, killed at seeded points and continued; `make crash` does two thousand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_killed_runs_lose_nothing_and_do_nothing_twice() -> None:
    command = [sys.executable, "-m", "tests.e2e.crash", "--trials", "100", "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("100 trials")
