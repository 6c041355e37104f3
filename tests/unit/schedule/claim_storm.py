"""Many processes tick over one database at once, and some are killed: a program, and what starts it.

By hand: `python -m tests.unit.schedule.claim_storm 20 50 20` (processes, workflows, minutes).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.unit.schedule.projects import START, Bench, bench

if TYPE_CHECKING:
    from avops.model.schedule import Slot

ROOT = Path(__file__).parents[3]


def storm(folder: Path, *, processes: int, workflows: int, minutes: int) -> tuple[Counter[str], int, set[str]]:
    """The number of runs by slot, how many processes were killed, and the slots that had to be run.

    Each minute all processes tick at once. In every other minute one of them ticks alone first, and kills itself in a run
    of it, by turns before and after the run exists.
    """
    with bench(folder) as desk:
        for number in range(workflows):
            desk.write(f"W{number}", '{cron: "* * * * *"}', overlap="allow", grace="1d")
        desk.tick(START.isoformat())
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-m", "tests.unit.schedule.claim_storm", "--tick", str(folder)]
        pipe = subprocess.PIPE
        children = [subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
        for child in children:
            tell([child], "ready?")
        killed = 0
        for minute in range(1, minutes + 1):
            if minute % 2 == 0 and len(children) > 2:
                victim = children.pop()
                tell([victim], f"{minute} {'before' if minute % 4 else 'after'}")
                victim.communicate()
                killed += victim.returncode == -signal.SIGKILL
            tell(children, f"{minute} live")
        for child in children:
            child.communicate()
        desk.tick((START + timedelta(minutes=minutes)).isoformat())
        rows = desk.runs.reader().execute("SELECT slot FROM runs").fetchall()
    expected = {
        f"w{number}@{START + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}Z"
        for number in range(workflows)
        for minute in range(1, minutes + 1)
    }
    return Counter(slot for (slot,) in rows), killed, expected


def tell(children: list[subprocess.Popen[str]], line: str) -> None:
    """Sends a line to all at once, then waits until each has answered or ended."""
    for child in children:
        assert child.stdin
        child.stdin.write(f"{line}\n")
        child.stdin.flush()
    for child in children:
        assert child.stdout
        child.stdout.readline()


def tick_as_told(folder: Path) -> None:
    """One process: ticks at the minutes that its standard input names."""
    with bench(folder) as desk:
        for line in sys.stdin:
            if line != "ready?\n":
                minute, fate = line.split()
                if fate != "live":
                    die_in_a_run(desk, fate)
                desk.tick((START + timedelta(minutes=int(minute))).isoformat())
            print("done", flush=True)


def die_in_a_run(desk: Bench, when: str) -> None:
    def die(_: Slot) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def die_after(workflow: object, slot: Slot) -> None:
        await desk.runs.create_run(desk.start(slot.key.upper(), slot=slot.id))
        die(slot)

    if when == "before":
        desk.before_run = die
    else:
        desk.start_run = die_after  # type: ignore[method-assign, assignment]  # it never returns


if __name__ == "__main__":
    if sys.argv[1] == "--tick":
        tick_as_told(Path(sys.argv[2]))
    else:
        count, many, length = map(int, sys.argv[1:4])
        with TemporaryDirectory() as temporary:
            runs, lost, wanted = storm(Path(temporary), processes=count, workflows=many, minutes=length)
        print(f"{len(wanted)} slots, {len(runs)} with runs, {sum(runs.values())} runs, {lost} processes killed")
        sys.exit(0 if runs == Counter(wanted) else 1)
