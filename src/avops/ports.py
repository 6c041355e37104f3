"""The seams of the house: what the engine needs from the world, as Protocols.

Every Protocol has one contract suite in `tests/contract`, run over each implementation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from avops.model.conversation import ModelReply, ModelRequest
    from avops.model.run import (
        Artifact,
        Decision,
        DecisionStatus,
        LaterWrite,
        Question,
        Run,
        RunEnd,
        RunStart,
        StepIntent,
        StepRecord,
        StepResult,
    )
    from avops.model.schedule import (
        Busy,
        Ending,
        IndexedFile,
        Override,
        Pause,
        ScheduledWorkflow,
        Slot,
        SlotRecord,
        SlotState,
        Verdict,
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

    def remember(self, value: str) -> None:
        """Counts a value as handed out that was obtained with a secret: a token."""
        ...


class Connector(Protocol):
    """Makes tools of one kind."""

    def open(self, manifest: ToolBase, secrets: SecretSource) -> Tool:
        """A tool that is not connected yet. Raises AvopsError for a manifest it cannot serve."""
        ...


class Model(Protocol):
    """A language model of one provider. It connects when first asked; nothing it says is an instruction to avops.

    `reply` raises `ModelError`, and nothing else of its own: for a refused key, a model that is not there, a server that
    stays busy after the retries, a lost connection. Its retries are of the request alone, and heed the server's own delay.
    Cancelling the task that awaits `reply` ends the request. The caller bounds the time.
    """

    @property
    def name(self) -> str:
        """Provider and model: `openai:gpt-5`."""
        ...

    async def reply(self, request: ModelRequest, on_text: Callable[[str], None] | None = None) -> ModelReply:
        """The model's next turn. `on_text` hears the text as it comes; the reply has it whole."""
        ...

    async def close(self) -> None:
        """Ends connections; safe to call twice."""
        ...


class RoomHolder(Protocol):
    """The run that has a room."""

    @property
    def run_id(self) -> int:
        """Its number."""
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

    def lock_room(self, room: str, run_id: int, process: str, *, now: datetime) -> Awaitable[RoomHolder | None]:
        """None when the run has the room now; otherwise the live run that has it."""
        ...

    def unlock_room(self, room: str, run_id: int) -> Awaitable[None]:
        """Frees the room if the run has it; `end_run` does so too."""
        ...

    def children(self, run_id: int) -> list[Run]:
        """The runs that this one started, oldest first."""
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

    def later_write(self, run_id: int, *, before_epoch: int | None = None) -> LaterWrite | None:
        """A write of another run in this run's room since its last record; with `before_epoch`, since that of its lives before."""
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

    def room_busy(self, run_id: int, room: str, holder: int) -> None: ...

    def run_ended(self, run_id: int, end: RunEnd) -> None: ...


class ScheduleStore(Protocol):
    """What the schedule remembers: its index of files, how far slots are decided, what became of them, who said what.

    Reads see all that is durable. Writes outside `transaction` are durable when they return, or when their awaitable is
    done. Every method raises StorageError when the store refuses. Keys are workflow names without regard to case.
    """

    def transaction(self, *, keep: bool = True) -> AbstractContextManager[None]:
        """One transaction that no other process can come between, or part of the open one; with `keep` False it leaves no trace."""
        ...

    def facts(self) -> Mapping[str, str]:
        """Small facts by name, such as `last_tick_at`."""
        ...

    def set_fact(self, name: str, value: str) -> None:
        """Keeps a fact."""
        ...

    def stamps(self) -> Mapping[str, tuple[int, int, int]]:
        """Size, mtime_ns and ctime_ns of each indexed file, by path."""
        ...

    def fresh_files(self, margin_ns: int) -> Sequence[str]:
        """The paths of files that were read less than `margin_ns` after their last change."""
        ...

    def problems(self) -> Sequence[tuple[str, str, str | None]]:
        """Path, message and hint of each file that cannot be scheduled, sorted; two files of one name are a problem."""
        ...

    def indexed_file(self, path: str) -> IndexedFile | None:
        """What is known of a file."""
        ...

    def files_of(self, key: str) -> Sequence[IndexedFile]:
        """The indexed files whose workflow has that key, sorted by path."""
        ...

    def put_file(self, file: IndexedFile) -> None:
        """Adds a file or replaces what was known of it."""
        ...

    def drop_file(self, path: str) -> None:
        """Forgets a file."""
        ...

    def workflow(self, key: str) -> ScheduledWorkflow | None:
        """What is known of a workflow, also after its file has gone."""
        ...

    def workflows(self) -> Sequence[ScheduledWorkflow]:
        """All workflows that have a file, sorted by key."""
        ...

    def put_workflow(self, workflow: ScheduledWorkflow) -> None:
        """Adds a workflow or replaces what was known of it."""
        ...

    def rename(self, key: str, new_key: str, name: str) -> None:
        """Lets what is known of a workflow, and what people said of it, go on under another name."""
        ...

    def has_work(self, now: datetime) -> bool:
        """True when a workflow is due, a run has ended that another follows, or a slot is open."""
        ...

    def due(self, now: datetime) -> Sequence[ScheduledWorkflow]:
        """The workflows whose next slot is not later than `now`, sorted by that slot."""
        ...

    def endings(self, now: datetime) -> Sequence[Ending]:
        """Ends of runs, not later than `now`, that a workflow follows and that no slot stands for yet; oldest first."""
        ...

    def decided_after(self, instant: datetime) -> Sequence[ScheduledWorkflow]:
        """The workflows with slots decided beyond `instant`: the clock has stepped back since."""
        ...

    def set_decided(self, key: str, decided_until: datetime, due_at: datetime | None) -> None:
        """Moves the mark up to which a workflow's slots are settled, and its next slot."""
        ...

    def undecide(self, key: str, after: datetime) -> SlotRecord | None:
        """Forgets that slots later than `after` were skipped or missed. The row that reaches beyond it is removed and returned."""
        ...

    def claim(self, slot: Slot, *, process: str, now: datetime, reason: str | None = None, attempts: int = 0) -> bool:
        """True when the slot was nobody's and is the process's now; a slot is claimed once, ever."""
        ...

    def record(self, record: SlotRecord) -> None:
        """Keeps slots that are not run; those that already have a row are left as they are."""
        ...

    def open_slots(self) -> Sequence[SlotRecord]:
        """All slots with an open state, oldest first."""
        ...

    def abandoned(self, record: SlotRecord) -> bool:
        """True when the process of an open slot is gone."""
        ...

    def run_of(self, slot: Slot) -> tuple[int, str] | None:
        """Number and status of the run that was made for the slot."""
        ...

    def drop_slot(self, slot: Slot) -> None:
        """Forgets a slot, so that it can be claimed again."""
        ...

    def close_slot(self, slot: Slot, state: SlotState, *, reason: str | None = None, run_id: int | None = None) -> None:
        """Keeps what became of an open slot."""
        ...

    def busy(self, slot: Slot) -> tuple[Busy | None, bool]:
        """What keeps the slot's workflow busy, and whether another slot of it is queued."""
        ...

    def begin(self, slot: Slot, *, process: str, now: datetime, judge: Callable[[Busy | None, bool], Verdict]) -> Awaitable[Verdict | None]:
        """What `judge` makes of what keeps the workflow busy and whether a slot of it is queued; None when the slot is not ours.

        The slot was claimed by the process, or is queued. Looking, judging and keeping are one transaction.
        """
        ...

    def settle(self, slot: Slot, state: SlotState, *, reason: str | None = None, run_id: int | None = None) -> Awaitable[None]:
        """As `close_slot`, for a slot that has begun."""
        ...

    def let_go(self, process: str) -> None:
        """Gives up the process's claims that have not begun, so that another tick takes them."""
        ...

    def override(self, word: Override) -> None:
        """Adds a person's word on whether a workflow is scheduled."""
        ...

    def overrides(self, key: str | None = None) -> Sequence[Override]:
        """The words on one workflow or on all, oldest first."""
        ...

    def pause(self, pause: Pause) -> None:
        """Stops the whole schedule; an open pause is ended where this one begins."""
        ...

    def resume(self, now: datetime) -> Pause | None:
        """The pause that this call ended, None when there was none."""
        ...

    def pauses(self, since: datetime | None = None) -> Sequence[Pause]:
        """The pauses that reach beyond `since`, oldest first."""
        ...

    def history(self, *, since: datetime, states: Sequence[SlotState] = (), key: str | None = None) -> Sequence[SlotRecord]:
        """What was decided since an instant, in any or the given states, newest first."""
        ...

    def forget_slots(self, before: datetime) -> int:
        """The number of rows removed: those whose slots are all older than `before` and not open."""
        ...
