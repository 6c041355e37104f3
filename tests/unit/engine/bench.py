"""A bench to run recipes on: a real store, scripted tools, a clock that only moves when somebody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from avops.connectors.scripted import ScriptedTool
from avops.engine.artifacts import ArtifactFiles
from avops.engine.executor import LocalExecutor, RunReport
from avops.engine.interruption import Interruption
from avops.model.run import DecisionStatus, RunStart, Trigger
from avops.telemetry.process_lock import ProcessLock
from avops.telemetry.run_store import SqliteRunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.model.run import Question, RunEnd, StepIntent, StepRecord, StepResult

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)

TOOLS = """
name: room
kind: http
base_url: http://127.0.0.1:1
private: true
actions:
  get: {effect: read, input: {id: {type: string, default: HQ-1}}, output: {type: object}, request: {path: "/{id}"}}
  set:
    effect: write
    input: {power: {type: string, enum: ["on", "off"]}}
    restore: {read: get, with: {power: "{{ before.power }}"}}
    request: {method: PUT, path: /p}
  once: {effect: write, idempotent: false, input: {n: {type: integer, required: false}}, request: {method: POST, path: /o}}
  many: {effect: write, idempotent: true, input: {n: {type: integer, required: false}}, request: {method: PUT, path: /m}}
  restart: {effect: destructive, idempotent: false, request: {method: POST, path: /r}}
  ticket:
    effect: record
    input: {text: {type: string}}
    request: {method: POST, path: /t}
    artifact: {kind: ticket, title: "Ticket {{ result.id }}", id: "{{ result.id }}"}
  say:
    effect: record
    input: {to: {type: string}, body: {type: string}}
    notify: {to: to, text: body}
    request: {method: POST, path: /s}
"""
AGENT = "name: Bot\ntools: {room: '*'}\n"


def each(items: object, more: str = "") -> str:
    """An Act step that calls `many` for each number, with an undo that negates it."""
    undo = "undo: {tool: room.many, with: {n: '{{ 0 - item }}'}}"
    return f"  - {{for_each: {items}, tool: room.many, with: {{n: '{{{{ item }}}}'}}, {undo}{more}}}\n"


class Killed(BaseException):
    """What the end of the process looks like from inside: nothing catches it."""


@dataclass
class Answering:
    """An answer worked out when the action is called, from its arguments."""

    of: Callable[[dict[str, object]], object]


KILL = Answering(lambda arguments: (_ for _ in ()).throw(Killed()))
"""The process dies while the call is under way."""


class BenchTool(ScriptedTool):
    """A scripted tool some of whose answers are worked out, or kill."""

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        answer = await super().call(action, arguments)
        if isinstance(answer, Answering):
            answer = answer.of(dict(arguments))
            if isinstance(answer, Awaitable):
                answer = await answer
        return answer


class SteppedClock:
    """A clock that moves only while somebody sleeps on it (by that long), and a little at each look."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.at += timedelta(seconds=seconds)


@dataclass
class Heard:
    """A listener that remembers."""

    events: list[tuple[str, object]] = field(default_factory=list)

    def run_started(self, run_id: int, start: RunStart) -> None:
        self.events.append(("started", run_id))

    def step_began(self, run_id: int, intent: StepIntent) -> None:
        self.events.append(("began", intent.key))

    def step_ended(self, run_id: int, intent: StepIntent, result: StepResult) -> None:
        self.events.append(("ended", (intent.key, result.status.value)))

    def waiting(self, run_id: int, decision_id: int, question: Question) -> None:
        self.events.append(("waiting", decision_id))

    def room_busy(self, run_id: int, room: str, holder: int) -> None:
        self.events.append(("busy", (room, holder)))

    def run_ended(self, run_id: int, end: RunEnd) -> None:
        self.events.append(("run", end.status.value))


class NoSecrets:
    """A source without secrets."""

    def resolve(self, reference: str) -> str:
        return {"env:PIN": "4711-secret"}[reference]


class Bench:
    """Runs recipe texts against one scripted tool, `room`."""

    def __init__(self, folder: Path, script: Mapping[str, list[object]] | None = None) -> None:
        self.folder = folder
        self.locks = folder / "locks"
        self.lock = ProcessLock.acquire(self.locks)
        self.store = SqliteRunStore(folder / "avops.db", locks=self.locks)
        self.clock = SteppedClock()
        self.tool = BenchTool(script or {})
        self.heard = Heard()
        self.interruption = Interruption()
        self.person: object | None = None
        self.tools_text = TOOLS
        self.agent_text = AGENT
        self.more_texts: dict[str, str] = {}
        self.known_secrets: tuple[str, ...] = ()
        self.model: object | None = None
        self.tool_problems: Callable[..., list[object]] = lambda manifest: []

    def executor(self) -> LocalExecutor:
        return LocalExecutor(
            store=self.store,
            clock=self.clock,
            tool=lambda manifest, mocked: self.tool,
            files=ArtifactFiles(self.folder),
            secrets=NoSecrets(),
            known_secrets=lambda: self.known_secrets,
            listener=self.heard,
            process=self.lock.name,
            person=self.person,  # type: ignore[arg-type]  # tests give their own persons
            interruption=self.interruption,
            model=lambda: self.model,  # type: ignore[arg-type, return-value]  # tests give their own models
            tool_problems=self.tool_problems,  # type: ignore[arg-type]  # tests give their own
        )

    def start_of(self, recipe: str, **more: object) -> RunStart:
        name = yaml.safe_load(recipe)["name"]
        texts = {"recipes/r.yaml": recipe, "agents/a.yaml": self.agent_text, "tools/room.yaml": self.tools_text, **self.more_texts}
        fields: dict[str, object] = {
            "recipe": name,
            "agent": "Bot",
            "trigger": Trigger.MANUAL,
            "started_by": "kim",
            "started_at": self.clock.at,
        }
        return RunStart(texts=texts, **{**fields, **more})  # type: ignore[arg-type]  # gathered from keywords

    async def run(self, recipe: str, secret_inputs: Mapping[str, str] | None = None, **more: object) -> RunReport:
        return await self.executor().start(self.start_of(recipe, **more), secret_inputs)

    async def die(self) -> list[int]:
        """The process ends and another begins: its runs are found interrupted."""
        self.lock.release()
        self.lock = ProcessLock.acquire(self.locks)
        self.interruption = Interruption()
        return await self.store.recover()

    async def kill(self, recipe: str, **more: object) -> int:
        """Runs until something kills the process; the number of the run that was left."""
        with suppress(Killed):
            report = await self.run(recipe, **more)
            raise AssertionError(f"the run ended: {report}")
        (run_id,) = await self.die()
        return run_id

    async def resume(self, run_id: int, **more: object) -> RunReport:
        return await self.executor().resume(run_id, by="kim", **more)  # type: ignore[arg-type]  # gathered from keywords

    async def decide(self, run_id: int, status: DecisionStatus, *, by: str = "lee", answer: object = None, note: str | None = None) -> None:
        """Decides the one open decision of a run, as `avops approve` does."""
        (decision,) = [one for one in self.store.decisions(run_id) if one.status is DecisionStatus.OPEN]
        now = self.clock.now()
        assert await self.store.decide(decision.id, status=status, answer=answer, note=note, decided_by=by, decided_at=now)

    def answer(self, **script: list[object]) -> None:
        """From here on the tool answers by another script."""
        self.tool.script = script
        self.tool._left.clear()

    def sent(self, *actions: str) -> list[object]:
        """The arguments of every call of the actions, in order."""
        return [arguments for action, arguments in self.tool.calls if action in actions]

    def error(self, run_id: int) -> str:
        return self.store.run(run_id).error or ""

    def rows(self, run_id: int) -> dict[str, StepRecord]:
        """The last attempt of each step by key."""
        return {row.intent.key: row for row in self.store.steps(run_id)}

    def statuses(self, run_id: int) -> dict[str, str]:
        return {key: row.status.value for key, row in self.rows(run_id).items()}

    def close(self) -> None:
        self.store.close()
        self.lock.release()
