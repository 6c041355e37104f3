"""What the tests of screens share: a project with a real database, the command line in this process, golden texts."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.unit.engine.bench import Bench, SteppedClock

from avops.cli.main import run as run_avops
from avops.connectors.scripted import Fault
from avops.model.run import DecisionStatus
from avops.project.account import login_account

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import pytest

    from avops.connectors.scripted import ScriptedTool
    from avops.engine.executor import RunReport

GOLDEN = Path(__file__).parent / "golden"
SWITCH = "AVOPS_REGENERATE"
STATE = {"status": "Free", "power": "off"}

DISPLAY_FIX = """
name: Display Fix
guardrails: {timeout_minutes: 10, rollback_actions: [{notify: {room: "#av", text: "rolled back in {{ run.id }}"}}]}
intake:
  - {id: state, name: Read the room, tool: room.get}
plan:
  - {name: Nobody is in a meeting, check: "state.status != 'InMeeting'", hold: true}
act:
  - name: Power the display on
    tool: room.set
    with: {power: "on"}
    undo: {tool: room.set, with: {power: "off"}}
  - {name: Open a ticket, tool: room.ticket, with: {text: Display fixed}}
  - {name: Only in winter, when: state.status == 'Winter', tool: room.set, with: {power: "off"}, undo: none, why: it is cold}
  - {name: Restart the room, tool: room.restart, approval: L2, undo: none, why: a restart cannot be taken back}
verify:
  - {name: The display reports power on, reading: {tool: room.get}, check: reading.power == 'on', within: 20s}
"""

QUICK = """
name: Look Around
intake:
  - {id: state, name: Read the room, tool: room.get}
verify:
  - {name: It has power, reading: {tool: room.get}, check: reading.power == 'on'}
"""

ASKS = """
name: Ask Around
guardrails: {four_eyes: FOUR_EYES}
act:
  - STEP
verify:
  - {name: It has power, reading: {tool: room.get}, check: reading.power == 'on'}
"""

MOCKED = """
name: room
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, output: {type: object}, request: {path: /}, mock: {status: Free, power: "on"}}
  set: {effect: write, input: {power: {type: string}}, request: {method: PUT, path: /p}, mock: {}}
"""


class StillClock(SteppedClock):
    """A clock that does not move when it is looked at, so that no screen depends on how often the engine looks."""

    def now(self) -> datetime:
        return self.at


class SlowTool:
    """A scripted tool whose calls take 120 ms of the clock."""

    def __init__(self, tool: ScriptedTool, clock: StillClock) -> None:
        self._tool = tool
        self._clock = clock

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        self._clock.at += timedelta(milliseconds=120)
        return await self._tool.call(action, arguments)

    async def close(self) -> None:
        await self._tool.close()


class Site:
    """A project in a folder, whose database holds runs of the engine; time stands at 2026-03-02 07:00 UTC."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.account = login_account()
        self.settings = f"name: Test\ntimezone: Europe/Berlin\nroles: {{L2: [alice, {self.account}], Nobody: [alice]}}\n"
        (folder / "avops.yaml").write_text(self.settings)
        monkeypatch.chdir(folder)
        for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        self._open: list[Bench] = []

    def bench(self, **script: list[object]) -> Bench:
        """A bench over the project's database, its clock a minute after that of the one before."""
        made = Bench(self.folder / ".avops", script)
        made.more_texts = {"avops.yaml": self.settings}
        made.clock = StillClock(made.clock.at.replace(minute=len(self._open)))
        made.tool = SlowTool(made.tool, made.clock)  # type: ignore[assignment]  # it is called like the one it stands for
        self._open.append(made)
        return made

    def run(self, recipe: str, *, mocked: bool = False, **more: object) -> RunReport:
        """A run of a recipe; `mocked` leaves it so that the command line can go on with it."""
        script = {name: more.pop(name) for name in ("get", "set", "ticket", "restart", "say") if name in more}
        bench = self.bench(**script)
        if mocked:
            bench.tools_text = MOCKED
            (self.folder / "agents").mkdir(exist_ok=True)
            (self.folder / "agents/bot.yaml").write_text(bench.agent_text)
            more["options"] = {"mock": True}
            bench.clock.at = _now()
        try:
            return asyncio.run(bench.run(recipe, **more))
        finally:
            bench.close()

    def display_fix(self, *, works: bool) -> RunReport:
        """A run of `Display Fix` that waited for an approval, got it, and then worked or was taken back."""
        last: list[object] = [{**STATE, "power": "on"}] if works else [STATE]
        bench = self.bench(get=[STATE, STATE, STATE, *last], set=[{}], ticket=[{"id": "INC0042"}], restart=[{"accepted": True}], say=[{}])

        async def go() -> RunReport:
            waiting = await bench.run(DISPLAY_FIX, room="HQ-1", room_values={"name": "Boardroom"})
            decision = bench.store.decisions(waiting.run_id)[0]
            await bench.store.decide(
                decision.id,
                status=DecisionStatus.APPROVED,
                answer=None,
                note="the room is free",
                decided_by="alice",
                decided_at=bench.clock.now(),
            )
            return await bench.executor().resume(waiting.run_id)

        try:
            return asyncio.run(go())
        finally:
            bench.close()


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def avops(*arguments: str) -> int:
    """The exit code of a command line, run in this process."""
    return run_avops(arguments)


def matches_golden(name: str, text: str) -> None:
    """Fails when the text is not that of the golden file; AVOPS_REGENERATE=1 writes it instead."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get(SWITCH):
        path.write_text(text, encoding="utf-8")
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    assert text == found, f"'{path.name}' differs: look at it, then run with {SWITCH}=1 to keep the new text"


def columns(text: str) -> Sequence[int]:
    """How many columns each line takes."""
    from avops.report.sheet import columns_of

    return [columns_of(line) for line in text.splitlines()]


__all__ = ["ASKS", "DISPLAY_FIX", "QUICK", "STATE", "Fault", "Site", "avops", "columns", "matches_golden"]
