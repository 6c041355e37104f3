"""A project beside a simulated site, both real: the command as a subprocess, the simulator on a loopback port."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

AVOPS = [sys.executable, "-m", "avops"]


class Site:
    """A seeded project in a folder, whose tools point to a simulator of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.environment = {
            **os.environ,
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
        }
        self.simulator: subprocess.Popen[str] | None = None
        self.port = 0
        self.avops("init", str(self.folder), "--yes", cwd=folder)

    def avops(
        self, *arguments: str, cwd: Path | None = None, stdin: str | None = None, merged: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """One command, to its end; `merged` gives both streams as a terminal shows them."""
        return subprocess.run(
            [*AVOPS, *arguments],
            cwd=cwd or self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            text=True,
            input=stdin or "",
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """One command, left running."""
        return subprocess.Popen(
            [*AVOPS, *arguments], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def simulate(self, *faults: str) -> None:
        """Starts the simulator anew, with faults, and points the project's tools to it; it keeps its port for the test."""
        self.close()
        command = [*AVOPS, "sim", "--port", str(self.port), *(part for fault in faults for part in ("--fault", fault))]
        self.simulator = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.simulator.stdout is not None
        port = int(self.simulator.stdout.readline().rsplit(":", 1)[1])
        for tool in (self.folder / "tools").glob("*.yaml"):
            text = tool.read_text(encoding="utf-8")
            tool.write_text(text.replace(f"127.0.0.1:{self.port or 8765}", f"127.0.0.1:{port}"), encoding="utf-8")
        self.port = port

    def close(self) -> None:
        """Ends the simulator."""
        if self.simulator is not None:
            self.simulator.terminate()
            self.simulator.wait(timeout=20)
            assert self.simulator.stdout is not None
            self.simulator.stdout.close()
            self.simulator = None
