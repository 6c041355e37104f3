"""Draws docs/pictures/pull-request.svg: what lint, diff and test say about a pull request that adds a destructive step.

The commands really run, in a copy of the starter project with a recipe that stays as it is;
`python scripts/ci_picture.py` draws the picture anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "pictures" / "pull-request.svg"
RECIPE = ROOT / "tests" / "golden" / "pull-request"
COPIED = ("agents", "rooms.csv", "tools", "avops.yaml")
WORKFLOW = "workflows/hourly-display-watch.yaml"
STEP = """\
  - name: Restart the Zoom Room
    tool: zoom.restart_room
    with: {room_id: "{{ room.zoom_id }}"}
    undo: none
    why: a restart cannot be taken back

verify:
"""
HOLD = "    hold: true\n"
COMMANDS = (("lint", "recipes/display-fix.yaml", "--no-cache"), ("diff", "main"), ("test", "Display Fix"))
COMMIT = "1a2b3c4d5e"
"""Stands for the name of the commit, which is another one on every machine."""
COLUMNS, ROW, COLUMN, EDGE = 100, 19, 8.43, 16
MOST_LINES = 24
NO_BREAK = "\u00a0"
"""In place of a space: several in a row stay several, in every viewer."""
COLOURS = {"$": "#7ee787", "error": "#ff7b72", "warning": "#f2cc60", "!": "#ff7b72", "✗": "#ff7b72", "✓": "#7ee787", "+": "#7ee787"}


def git(folder: Path, *arguments: str) -> None:
    """Runs git as somebody who does not exist."""
    person = ["-c", "user.name=Kim", "-c", "user.email=kim@av.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *person, *arguments], cwd=folder, check=True, capture_output=True)


def pull_request(folder: Path) -> None:
    """Makes the project with a branch on which a step was added that restarts a room, and the check before it was loosened."""
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "workflows").mkdir()
    shutil.copy(ROOT / WORKFLOW, folder / WORKFLOW)
    shutil.copytree(RECIPE, folder / "recipes")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "The project")
    git(folder, "switch", "-q", "-c", "restart")
    recipe = folder / "recipes" / "display-fix.yaml"
    text = recipe.read_text(encoding="utf-8")
    assert HOLD in text
    recipe.write_text(text.replace("\nverify:\n", STEP, 1).replace(HOLD, "", 1), encoding="utf-8")
    git(folder, "commit", "-q", "-a", "-m", "Restart the room as well")


def transcript() -> list[str]:
    """The commands and what they print, each with its exit code where that is not 0."""
    from avops.cli.main import run

    before, columns = Path.cwd(), os.environ.get("COLUMNS")
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pull_request(folder)
        os.environ["COLUMNS"] = str(COLUMNS)
        os.chdir(folder)
        try:
            for command in COMMANDS:
                out = io.StringIO()
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                    code = run(list(command))
                shown = " ".join(f"'{word}'" if " " in word else word for word in command if word != "--no-cache")
                lines += [f"$ avops {shown}", *_shortened(out.getvalue().rstrip().splitlines()), *([f"(exit {code})"] if code else []), ""]
        finally:
            os.chdir(before)
            if columns is None:
                del os.environ["COLUMNS"]
            else:
                os.environ["COLUMNS"] = columns
    return [re.sub(r"(?<=Since )[0-9a-f]{10}", COMMIT, line) for line in lines[:-1]]


def _shortened(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more lines"]


def picture(lines: list[str]) -> str:
    """The lines as they stand in a terminal, as SVG that needs no font and no other file."""
    rows = [(part, _colour(line)) for line in lines for part in _wrapped(line)]
    width, height = round(COLUMNS * COLUMN + 2 * EDGE), len(rows) * ROW + 2 * EDGE
    drawn = [
        f'<text x="{EDGE}" y="{EDGE + ROW * number + 14}" fill="{colour}">{escape(row, quote=False).replace(" ", NO_BREAK)}</text>'
        for number, (row, colour) in enumerate(rows)
        if row.strip()
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
            "<title>What lint, diff and test say about a pull request that adds a destructive step</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
            '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">',
            *drawn,
            "</g>",
            "</svg>",
            "",
        ]
    )


def _wrapped(line: str) -> list[str]:
    """A line cut where the terminal ends."""
    return [line[at : at + COLUMNS] for at in range(0, len(line), COLUMNS)] or [""]


def _colour(line: str) -> str:
    start = line.strip()
    if re.search(r": (error|warning): ", line):
        return COLOURS["error" if ": error: " in line else "warning"]
    return next((colour for sign, colour in COLOURS.items() if start.startswith(sign)), "#e6edf3")


if __name__ == "__main__":
    FILE.write_text(picture(transcript()), encoding="utf-8")
    print(f"wrote {FILE}")
