"""Start-up, and how long a technician waits: whole commands on the starter project."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import wall_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

AVOPS = [sys.executable, "-m", "avops"]


def sop_of(lines: int) -> str:
    """An SOP of so many lines: headings, numbered steps, prose and checks."""
    kinds = (
        "{}. Turn on the display in the room and select input HDMI {}.",
        "{}. Check that the display shows the presentation of lectern {}.",
        "The lectern of row {} stands next to door {}.",
        "{}. Wait two minutes until device {} has started.",
        "{}. If the ping fails, restart the switch of port {}.",
    )
    text = ["# Opening the lecture halls", "", "## Intake", "", "- Ask for the hall's number.", "", "## Act", ""]
    text += [kinds[index % len(kinds)].format(index + 1, index % 7) for index in range(lines - len(text))]
    return "\n".join(text) + "\n"


def measure() -> Mapping[str, float]:
    """Milliseconds of wall time, medians."""
    script = shutil.which("avops") or str(Path(sys.executable).with_name("avops"))
    figures = {
        "python -c pass, ms": wall_ms([sys.executable, "-c", "pass"]),
        "avops --version, ms": wall_ms([script, "--version"]),
        "avops run --help, ms": wall_ms([script, "run", "--help"]),
        "avops --help, ms": wall_ms([script, "--help"]),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([script, "init", str(folder), "--yes"], check=True, capture_output=True)
        (folder / "long.md").write_text(sop_of(300), encoding="utf-8")
        figures["avops sop convert, 300 lines, ms"] = wall_ms([script, "sop", "convert", "long.md", "-o", "-"], cwd=folder, runs=5)
        asks = ["env", "_AVOPS_COMPLETE=complete_bash", "COMP_WORDS=avops recipe show d", "COMP_CWORD=3", script]
        figures["completion of a recipe name, ms"] = wall_ms(asks, cwd=folder)
        figures["avops run, mock, whole command, ms"] = wall_ms(
            [script, "run", "SupportBot", "Daily AV Systems Check", "--mock"], cwd=folder, runs=5
        )
        figures["avops dash, starter project, ms"] = wall_ms([script, "dash"], cwd=folder, runs=5)
        figures["avops lint, starter project, ms"] = wall_ms([script, "lint"], cwd=folder, runs=5)
    return figures
