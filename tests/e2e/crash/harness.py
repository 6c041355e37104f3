"""Trials: a run is killed at seeded points and continued, until it has ended; then the site's journal is asked."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.crash.life import KINDS, Death, Life
from tests.e2e.crash.scenarios import SCENARIOS, Scenario

from avops.engine.journal import needs_word
from avops.model.run import StepRecord, StepStatus
from avops.sim.server import serve
from avops.sim.site import numbered_site
from avops.telemetry import queries
from avops.telemetry.database import open_reader

MAX_LIVES = 12
OPERATIONS = {"create_ticket": "title", "post_message": "text", "restart_room": None}


class Site:
    """A simulated site in a process of its own, with its own journal."""

    def __init__(self, rooms: int) -> None:
        read, write = os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(read)
            try:
                asyncio.run(self._serve(rooms, write))
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as ready:
            self.port = int(ready.readline())

    @staticmethod
    async def _serve(rooms: int, write: int) -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        simulator = await serve(site=numbered_site(rooms))
        os.write(write, f"{simulator.port}\n".encode())
        os.close(write)
        await stop.wait()
        await simulator.close()

    def ask(self, path: str, data: object = None) -> dict:
        """An answer of the simulator's control paths."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def marks(self, rooms: tuple[str, ...]) -> dict[str, Counter[str]]:
        """How often each mark was really made, by room. What the dead process had sent has been read by then."""
        self.ask("/faults")
        made: dict[str, Counter[str]] = {room: Counter() for room in rooms}
        for entry in self.ask("/journal")["entries"]:
            if entry["room"] in made and entry["done"] and entry["operation"] in OPERATIONS:
                key = OPERATIONS[entry["operation"]]
                made[entry["room"]][str(entry["body"][key]) if key else "restart"] += 1
        return made

    def power(self, room: str) -> str:
        """What the room's display was last told to be."""
        return str(self.ask(f"/displays/display-{room.lower()}.av.example/power")["target"])

    def close(self) -> None:
        """Ends the process."""
        os.kill(self._process, signal.SIGTERM)
        os.waitpid(self._process, 0)


@dataclass
class Report:
    """What the trials came to."""

    trials: int = 0
    lives: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, object]:
        """For a pipe."""
        return {"trials": self.trials, "lives": self.lives, "kills": self.kills, "words": self.words, "problems": self.problems}

    def add(self, data: dict) -> None:
        """Adds another's."""
        self.trials += data["trials"]
        self.lives += data["lives"]
        self.kills.update(data["kills"])
        self.words.update(data["words"])
        self.problems += data["problems"]


class Trial:
    """One run from its start to its end."""

    def __init__(self, seed: int, site: Site, rooms: tuple[str, ...], folder: Path, report: Report, points: dict) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.site = site
        self.scenario: Scenario = SCENARIOS[seed % len(SCENARIOS)]
        self.rooms = rooms
        self.folder = folder
        self.report = report
        self.points = points
        self.kept: dict[tuple[int, str, int], tuple[str, str]] = {}
        self.lives = 0
        self.told: list[tuple[str, str]] = []

    def run(self) -> list[str]:
        """What was not as promised."""
        for fault in self.scenario.faults:
            self.site.ask("/faults", {**fault, "room": self.rooms[0]})
        while self.lives < MAX_LIVES:
            runs = self._runs()
            if runs and runs[0][1] not in ("running", "waiting", "interrupted"):
                return self._judge()
            problem = self._live(runs)
            if problem:
                return [problem]
        return [f"still not ended after {MAX_LIVES} lives"]

    def _live(self, runs: list[tuple[int, str]]) -> str | None:
        self.lives += 1
        death = self._death()
        words = self._words(runs)
        life = Life(self.folder, self.site.port, self.scenario, self.rooms, runs[0][0] if runs else None, words, death)
        process = life.spawn()
        if death.kind == "clock":
            time.sleep(death.at / 1e6)
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        if os.WIFSIGNALED(status):
            self.report.kills[death.kind] += 1
        elif os.WEXITSTATUS(status):
            return (self.folder / "wrong").read_text()
        elif self.scenario.name not in self.points and death.kind == "never" and self.lives == 1:
            counted = (self.folder / "counted").read_text()
            self.points[self.scenario.name] = {kind: int(count) for kind, _, count in (part.partition("=") for part in counted.split())}
        return self._missing()

    def _death(self) -> Death:
        points = self.points.get(self.scenario.name)
        if points is None or self.lives > 5 or (self.lives > 1 and self.rng.random() < 0.5):
            return Death()
        kind = self.rng.choice((*KINDS, "clock"))
        if kind == "clock":
            return Death("clock", self.rng.randint(0, 120_000))
        return Death(kind, self.rng.randint(1, max(1, points[kind])))

    def _words(self, runs: list[tuple[int, str]]) -> dict[int, dict[str, str]]:
        """What a person who looked at the site would say of the steps that nobody saw end."""
        words: dict[int, dict[str, str]] = {}
        made = None
        for run_id, room, row in self._rows():
            if needs_word(row):
                made = made or self.site.marks(self.rooms)
                mark = _mark(row)
                word = "done" if made[room or self.rooms[0]][mark] else "redo"
                words.setdefault(run_id, {})[row.intent.key] = word
                self.report.words[word] += 1
                self.told.append((mark, word))
        return words

    def _missing(self) -> str | None:
        """Whatever was kept as finished stays as it was kept."""
        found = {(run_id, row.intent.key, row.intent.attempt): (row.status.value, json.dumps(row.value)) for run_id, _, row in self._rows()}
        for key, kept in self.kept.items():
            if found.get(key) != kept:
                return f"step {key} was kept as {kept} and is {found.get(key)}"
        finished = (StepStatus.OK, StepStatus.SKIPPED, StepStatus.DENIED)
        self.kept |= {key: kept for key, kept in found.items() if StepStatus(kept[0]) in finished}
        return None

    def _judge(self) -> list[str]:
        wrong: list[str] = []
        scenario = self.scenario.once_told if self.scenario.once_told and ("c1", "done") in self.told else self.scenario
        runs = self._runs()
        statuses = {status for _, status in runs}
        if statuses != {scenario.status}:
            wrong.append(f"the run ended as {statuses}, not as {scenario.status}: {self._errors()}")
        for room, made in self.site.marks(self.rooms).items():
            wrong += [f"{room}: '{mark}' was done {count} times" for mark, count in made.items() if count > 1]
            wrong += [f"{room}: '{mark}' was not done" for mark in scenario.once - set(made)]
            expected = scenario.once | scenario.maybe | {f"u-{mark}" for mark in scenario.maybe}
            wrong += [f"{room}: '{mark}' was done and should not be" for mark in set(made) - expected]
            wrong += [f"{room}: '{mark}' was not taken back" for mark in scenario.maybe & set(made) if f"u-{mark}" not in made]
            if self.site.power(room) != scenario.power:
                wrong.append(f"{room}: the display is {self.site.power(room)}, not {scenario.power}")
            wrong += self._untruths(room, made)
        return wrong

    def _untruths(self, room: str, made: Counter[str]) -> list[str]:
        """Rows against the site: what was done stands in the record, and what the record calls done was done."""
        rows = [(own, row) for _, own, row in self._rows()]
        wrong = [f"{row.intent.key} is still {row.status.value}" for _, row in rows if row.status.value in ("running", "waiting")]
        calls = [row for own, row in rows if own in (room, None) and row.intent.tool is not None and row.intent.kind != "approve"]
        recorded = {_mark(row) for row in calls}
        wrong += [f"{room}: '{mark}' was done and stands nowhere" for mark in made if mark not in recorded]
        for row in calls:
            if row.intent.action in ("patch", "ticket", "say", "restart") and row.status is StepStatus.OK and not made[_mark(row)]:
                wrong.append(f"{room}: {row.intent.key} says ok, and '{_mark(row)}' was never done")
        return wrong

    def _runs(self) -> list[tuple[int, str]]:
        with self._reading() as connection:
            return connection.execute("SELECT id, status FROM runs ORDER BY id").fetchall()

    def _errors(self) -> str:
        with self._reading() as connection:
            return "; ".join(str(error) for (error,) in connection.execute("SELECT error FROM runs ORDER BY id"))

    def _rows(self) -> list[tuple[int, str | None, StepRecord]]:
        with self._reading() as connection:
            runs = connection.execute("SELECT id, room FROM runs ORDER BY id").fetchall()
            return [(run_id, room, row) for run_id, room in runs for row in queries.steps(connection, run_id)]

    def _reading(self) -> closing[sqlite3.Connection]:
        """The database as it is; an empty one of its kind where the process died before it had made it."""
        return closing(open_reader(self.folder / "avops.db"))


def _mark(row: StepRecord) -> str:
    arguments = row.intent.arguments
    assert isinstance(arguments, dict)
    return "restart" if row.intent.action == "restart" else str(arguments.get("title", arguments.get("body", "")))


def run_trials(seeds: range, *, batch: int = 24) -> Report:
    """The report of the trials with these seeds, in this process; each batch has a site of its own."""
    report = Report()
    points: dict[str, dict[str, int]] = {}
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="avops-crash-", dir=base) as root:
        # A first run of each scenario that nothing kills tells how many points there are.
        pending = [*range(-len(SCENARIOS), 0), *seeds]
        _warm_up(Path(root))
        while pending:
            part, pending = pending[:batch], pending[batch:]
            site = Site(rooms=3 * len(part))
            try:
                for number, seed in enumerate(part):
                    _run_one(seed, site, number, Path(root), report, points)
            finally:
                site.close()
    return report


def _warm_up(root: Path) -> None:
    """One life in this process, so that those forked from it have imported and compiled what they need."""
    folder = root / "warm"
    folder.mkdir()
    site = Site(rooms=3)
    try:
        asyncio.run(Life(folder, site.port, SCENARIOS[0], ("R-0001",), None, {}, Death()).live())
    finally:
        site.close()


def _run_one(seed: int, site: Site, number: int, root: Path, report: Report, points: dict) -> None:
    scenario = SCENARIOS[seed % len(SCENARIOS)]
    rooms = tuple(f"R-{3 * number + offset + 1:04}" for offset in range(scenario.rooms))
    folder = root / str(seed)
    folder.mkdir()
    trial = Trial(seed, site, rooms, folder, report, points)
    problems = trial.run()
    report.trials += seed >= 0
    report.lives += trial.lives
    report.problems += [f"seed {seed} ({scenario.name}, {trial.lives} lives): {problem}" for problem in problems]
    if not problems:
        shutil.rmtree(folder)
