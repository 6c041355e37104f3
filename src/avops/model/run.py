"""The facts of a run: what was intended, what came of it, who decided, what it left behind.

Instants end in `_at` and are aware UTC; durations end in `_s`. A step is addressed inside its run by its `key`:

    act.0                the first step of Act
    act.2[3]             the fourth entry of its `for_each`
    verify.0/reading     the reading of a check; further attempts of it carry `attempt` 2, 3, …
    plan.0/hold@act.1    the held check `plan.0`, read again before `act.1`
    act.2/act.0          the first Act step of the recipe that `act.2` calls
    act.0/undo           taking `act.0` back
    rollback.0           the first of the rollback actions
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


LOST = "the process ended before the answer came"
"""The error of a step row whose process ended between intent and result."""

INTERRUPTED = "interrupted"
"""The note of a step that a person's Ctrl-C (or SIGTERM) cut short."""

ABORTED = "a person said: abort"
"""The note of a step with which a person ended an interrupted run."""

CANCEL = "cancel"
"""The kind of the row with which a person ended a run: nothing but its rollback is done after it."""

ANYWAY = "anyway"
"""The kind of the row with which a person let a run go on although another had written to its room meanwhile."""


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    WAITING = "waiting"
    SUCCESS = "success"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when nothing will change it any more, short of a person's `resume`."""
        return self not in (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.INTERRUPTED)


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"
    DENIED = "denied"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Simulated(StrEnum):
    """How much of a run was simulated."""

    NO = "no"
    PARTLY = "partly"
    ALL = "all"


class Trigger(StrEnum):
    """Who or what started a run."""

    MANUAL = "manual"
    SCHEDULE = "schedule"
    CHAT = "chat"
    MCP = "mcp"
    PARENT = "parent"
    CALL = "call"
    CARD = "card"
    """Done by a person with a card, and entered by hand: avops called nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """Everything a run starts from, and continues from after a restart.

    `texts` holds the documents by path (`recipes/display-fix.yaml`), as they were; `inputs` holds no secret value
    (a secret input is kept as its reference, or left out).
    """

    recipe: str
    agent: str
    workflow: str | None = None
    trigger: Trigger = Trigger.MANUAL
    room: str | None = None
    room_values: Mapping[str, object] | None = None
    inputs: Mapping[str, object] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    started_by: str = ""
    started_at: datetime
    parent_id: int | None = None
    slot: str | None = None
    process: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a recipe by an agent, as the store knows it."""

    id: int
    workflow: str | None
    agent: str
    recipe: str
    trigger: Trigger
    room: str | None
    status: RunStatus
    simulated: Simulated
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    duration_s: float | None
    paused_s: float
    error: str | None
    parent_id: int | None
    slot: str | None
    process: str | None
    epoch: int
    """How often the run was continued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepIntent:
    """What is about to be done, committed before it is done."""

    key: str
    attempt: int = 1
    phase: str
    """`intake`, `plan`, `act`, `verify` or `rollback`."""
    kind: str
    """The step key (`tool`, `check`, `do`, …), or `reading`, `hold`, `undo`."""
    step_id: str | None = None
    name: str = ""
    tool: str | None = None
    action: str | None = None
    effect: str | None = None
    arguments: object = None
    undo: object = None
    """The call that takes it back, where it is known beforehand: `{"tool": "display.set_power", "with": {…}}`."""
    simulated: bool = False
    idempotent: bool = False
    started_at: datetime
    deadline_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What came of an intent."""

    key: str
    attempt: int = 1
    status: StepStatus
    value: object = None
    """The result, redacted; what later steps see under the step's id."""
    error: str | None = None
    finished_at: datetime
    undo: object = None
    """The call that takes it back, where it is known only now; None leaves the intent's."""
    actor: str | None = None
    """The login account of the person who answered, where one did."""
    note: str | None = None
    tokens: int = 0
    cost_usd: float = 0.0
    retry_after_s: float | None = None
    """How long the service asked us to wait before the next attempt; not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One row of a run's steps: an intent with what came of it (if anything yet)."""

    intent: StepIntent
    status: StepStatus
    value: object
    error: str | None
    finished_at: datetime | None
    undo: object
    undo_status: str | None
    """`ok` or `failed` once rollback has tried to take the step back."""
    actor: str | None
    note: str | None
    epoch: int
    tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterWrite:
    """What another run did to a room after a run that is to go on had last done anything. `call` is `display.set_power`."""

    run_id: int
    recipe: str
    room: str
    key: str
    call: str
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How a run ended (or stopped for now: `waiting`, `interrupted`)."""

    status: RunStatus
    simulated: Simulated = Simulated.NO
    error: str | None = None
    finished_at: datetime
    paused_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """What a run leaves behind."""

    kind: str
    title: str
    id: str | None = None
    url: str | None = None
    path: str | None = None
    """Relative to the project, for artifacts that are files."""
    step_key: str | None = None
    after_failure: bool = False


class DecisionKind(StrEnum):
    """What a person is asked for."""

    APPROVE = "approve"
    MANUAL = "manual"
    CONFIRM = "confirm"
    ASK = "ask"
    DO = "do"
    UNKNOWN = "unknown"
    """A step of which nobody knows whether it happened: redo, done or abort."""


class DecisionStatus(StrEnum):
    """Where a decision stands."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    ANSWERED = "answered"
    EXPIRED = "expired"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a run needs from a person, with all that the person needs to decide."""

    key: str
    kind: DecisionKind
    prompt: str
    phase: str
    name: str = ""
    step_id: str | None = None
    role: str | None = None
    call: object = None
    """The rendered call it is about, with its undo: `{"tool": …, "with": {…}, "effect": …, "undo": …}`."""
    call_hash: str | None = None
    readings: Mapping[str, object] = field(default_factory=dict)
    expect: Mapping[str, object] | None = None
    asked_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question as the store keeps it, and what was decided."""

    id: int
    run_id: int
    question: Question
    status: DecisionStatus
    answer: object = None
    note: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
