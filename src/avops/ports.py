"""The seams of the house: what the engine needs from the world, as Protocols.

Every Protocol has one contract suite in `tests/contract`, run over each implementation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence
    from datetime import datetime

    from avops.model.run import (
        Artifact,
        Decision,
        DecisionStatus,
        Question,
        Run,
        RunEnd,
        RunStart,
        StepIntent,
        StepRecord,
        StepResult,
    )
    from avops.model.tool import ToolBase


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Returns after so many seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """What a health check found: `ok`, how long it took, what is wrong and what mends it."""

    ok: bool
    latency_s: float
    detail: str = ""
    hint: str | None = None


class Tool(Protocol):
    """One connected tool, shared by the runs of a process. It connects when first needed.

    `call` raises `ToolError`, whose `happened` says "no" when the action was certainly not carried out and "unknown"
    when the answer was lost. It raises nothing else of its own. Cancelling the task that awaits `call` abandons the
    call and leaves the connection usable or closed, never half-read. The engine bounds the time; an adapter needs no
    timeout of its own except for connecting.
    """

    async def call(self, action: str, arguments: Mapping[str, object]) -> object:
        """The action's result as plain data (what JSON can hold). Arguments were checked against the manifest."""
        ...

    async def health(self) -> HealthReport:
        """Whether the tool is there; never raises for a tool that is not."""
        ...

    async def close(self) -> None:
        """Ends connections and child processes; safe to call twice."""
        ...


class SecretSource(Protocol):
    """Where secrets come from; every value it hands out is remembered for redaction."""

    def resolve(self, reference: str) -> str:
        """The secret behind `env:NAME` or `keyring:NAME`; AvopsError with the name (never a value) when missing."""
        ...


class Connector(Protocol):
    """Makes tools of one kind."""

    def open(self, manifest: ToolBase, secrets: SecretSource) -> Tool:
        """A tool that is not connected yet. Raises AvopsError for a manifest it cannot serve."""
        ...


class RunStore(Protocol):
    """The telemetry of runs. Writes are durable when their awaitable is done, and happen in the order of the calls.

    A write may be left unawaited while the next is issued, so that both share one commit; whoever does so awaits
    both before acting on them. Every write raises StorageError when it could not be made durable.
    """

    def create_run(self, start: RunStart) -> Awaitable[int]:
        """A new run's number; its status is `running`."""
        ...

    def refuse_run(self, start: RunStart, reasons: Sequence[str]) -> Awaitable[int]:
        """The number of a run that never started: `refused`, with the reasons."""
        ...

    def begin_step(self, run_id: int, intent: StepIntent) -> Awaitable[None]:
        """Keeps the intent; the step is `running`."""
        ...

    def finish_step(self, run_id: int, result: StepResult) -> Awaitable[None]:
        """Keeps what came of an intent that was begun."""
        ...

    def record_step(self, run_id: int, intent: StepIntent, result: StepResult) -> Awaitable[None]:
        """Keeps a step that touched nothing outside, intent and result at once."""
        ...

    def mark_undo(self, run_id: int, key: str, status: str) -> Awaitable[None]:
        """Notes on a step whether taking it back worked: `ok` or `failed`."""
        ...

    def add_artifact(self, run_id: int, artifact: Artifact) -> Awaitable[None]:
        """Keeps an artifact of the run."""
        ...

    def ask(self, run_id: int, question: Question) -> Awaitable[int]:
        """The id of the open decision for `question.key`; asking again while one is open returns the same id."""
        ...

    def decide(
        self, decision_id: int, *, status: DecisionStatus, answer: object, note: str | None, decided_by: str | None, decided_at: datetime
    ) -> Awaitable[bool]:
        """True when the open decision was decided by this call, False when it was not open any more."""
        ...

    def end_run(self, run_id: int, end: RunEnd) -> Awaitable[None]:
        """Keeps the run's end (or that it waits), and updates the rollups in the same transaction."""
        ...

    def continue_run(self, run_id: int, *, process: str, now: datetime, paused_s: float) -> Awaitable[int | None]:
        """The new epoch when this call took the run over (`waiting`, `interrupted`), None when another did first."""
        ...

    def run(self, run_id: int) -> Run:
        """One run; NotFoundError when there is none."""
        ...

    def start(self, run_id: int) -> RunStart:
        """What the run started from."""
        ...

    def steps(self, run_id: int) -> list[StepRecord]:
        """All step rows in the order they were begun."""
        ...

    def decisions(self, run_id: int) -> list[Decision]:
        """All decisions of a run, oldest first."""
        ...

    def artifacts(self, run_id: int) -> list[Artifact]:
        """All artifacts of a run, oldest first."""
        ...


class Person(Protocol):
    """A person at the terminal, if there is one."""

    async def answer(self, question: Question) -> PersonAnswer | None:
        """What the person said; None when the question is to wait (no terminal, wrong role, or they said later)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAnswer:
    """What a person decided or answered."""

    status: DecisionStatus
    by: str
    answer: object = None
    note: str | None = None


class Listener(Protocol):
    """Hears what a run does, as it does it; it must not block and must not raise."""

    def run_started(self, run_id: int, start: RunStart) -> None: ...

    def step_began(self, run_id: int, intent: StepIntent) -> None: ...

    def step_ended(self, run_id: int, intent: StepIntent, result: StepResult) -> None: ...

    def waiting(self, run_id: int, decision_id: int, question: Question) -> None: ...

    def run_ended(self, run_id: int, end: RunEnd) -> None: ...
