"""The main job, end to end, on this machine: `make demo` runs it. Every line shown is what the commands really print."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "demo"
PORT = 8765


def say(text: str) -> None:
    """A heading between the commands."""
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def avops(*arguments: str, expect: int = 0) -> None:
    """Shows and runs one command in the demo project; another exit code than expected ends the demo."""
    print(f"$ avops {shlex.join(arguments)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "avops", *arguments], cwd=FOLDER, check=False, env=environment())
    print(f"(exit {done.returncode})" if done.returncode else "", flush=True)
    if done.returncode != expect:
        sys.exit(f"the demo expected exit {expect}")


def environment() -> dict[str, str]:
    """The caller's environment, with a width that the pictures in the documentation have."""
    return {**os.environ, "COLUMNS": os.environ.get("COLUMNS", "100")}


def simulator(*faults: str) -> subprocess.Popen[str]:
    """A simulated site, ready to answer."""
    command = [sys.executable, "-m", "avops", "sim", "--port", str(PORT), *(part for fault in faults for part in ("--fault", fault))]
    print(f"$ avops sim {shlex.join(command[4:])} &", flush=True)
    process = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    print(process.stdout.readline(), flush=True)
    return process


def main() -> None:
    """Converts, lints, runs, fails, ticks and shows."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            sys.exit(f"port {PORT} is taken: end what listens there, the demo's simulator needs it")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    say("a project to begin with")
    avops("init", ".", "--yes")
    say("an SOP, as the team wrote it, becomes a draft recipe")
    print((FOLDER / "sops" / "display-fix.md").read_text(encoding="utf-8"))
    avops("sop", "convert", "sops/display-fix.md", "--output", "recipes/display-fix-draft.yaml", "--name", "Display Fix Draft")
    print((FOLDER / "recipes" / "display-fix-draft.yaml").read_text(encoding="utf-8"))
    say("the whole project is checked")
    avops("lint")
    say("the reviewed recipe runs against a simulated site")
    site = simulator()
    try:
        avops("run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-2")
        avops("runs", "show", "1")
        say("what is due is run")
        avops("tick")
    finally:
        site.terminate()
        site.wait()
    say("a display that stays dark fails, is taken back, and is not claimed as a success (after 10 s here, not 90)")
    recipe = FOLDER / "recipes" / "display-fix.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("within: 90s", "within: 10s"), encoding="utf-8")
    site = simulator("display_dark:HQ-1")
    try:
        avops("run", "Zoom_Room_Agent", "Display Fix", "--room", "HQ-1", expect=1)
    finally:
        site.terminate()
        site.wait()
    say("the figures")
    avops("dash", "--include-simulated")


if __name__ == "__main__":
    main()
