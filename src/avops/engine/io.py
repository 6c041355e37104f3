"""What `drive` may ask of the world, and the four ways in which a step ends other than well.

`drive` is deterministic: given the same program and the same answers from `io`, it asks the same questions in the
same order (steps that run in parallel are told apart by their keys). A run is continued by driving it again over an
`io` that answers from the journal for as long as the journal goes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from avops.model.conversation import ModelRequest
    from avops.model.run import Artifact, Question, Simulated, StepIntent, StepRecord, StepResult, StepStatus
    from avops.ports import PersonAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What bounds one outside call, and what its answer must look like."""

    timeout_s: float
    output: Mapping[str, object] | None = None
    expect: Mapping[str, object] | None = None
    fresh: bool = False
    """The call is made now, whatever earlier lives of the run were answered."""
    undo: Callable[[object], object] | None = None
    """What takes the call back, from its result, where that could not be known before."""
    windows: Sequence[str] = ()
    """When a write may be made at all: one window for each recipe on the way to it that has one."""
    ask: Callable[[str], ModelRequest] | None = None
    """Of a turn of the agent's model: what it is asked, with a marker that fences data."""


def call_hash(call: object) -> str:
    """Tells one rendered call from any other: a decision counts only for the call it was made for."""
    return hashlib.sha256(json.dumps(call, sort_keys=True, default=str).encode()).hexdigest()


class Io(Protocol):
    """Everything outside the engine's decisions."""

    @property
    def run_id(self) -> int:
        """The run's number."""
        ...

    def now(self) -> datetime:
        """The present instant. It never goes back, also when the machine's clock does."""
        ...

    def paused_s(self) -> float:
        """How long the run has waited for people, or lain interrupted."""
        ...

    def simulated(self) -> Simulated:
        """How much of what the run has called so far was simulated."""
        ...

    def epoch_of(self, key: str) -> int:
        """In which life of the run the step ended, or would now be done: 0 before the first continuation."""
        ...

    def recall(self, key: str) -> StepRecord | None:
        """How the step ended in an earlier life of the run; None when it has not."""
        ...

    def recalls(self, key: str, attempt: int = 1) -> bool:
        """True when an earlier life was answered so many attempts of the step."""
        ...

    def is_answered(self, key: str) -> bool:
        """True when a person has answered the question that the step asked."""
        ...

    def cancelled(self) -> str | None:
        """Who cancelled the run, and why: all that is left is to take it back. None when nobody has."""
        ...

    def began_at(self, key: str) -> datetime | None:
        """When an earlier life began the step, or the first one inside it; None when none did."""
        ...

    def is_uncertain(self, key: str) -> bool:
        """True when an earlier life may have done the step without learning so."""
        ...

    def has_model(self, key: str) -> bool:
        """True when the agent's model does this step: one is configured, or did it in an earlier life, and no person was asked yet."""
        ...

    def not_ready(self, tool: str) -> str | None:
        """Why a tool must not be called here (nobody trusted it, a secret is missing); None when it may."""
        ...

    def hidden(self, value: object) -> object:
        """The plain value without secrets, as it may be told to others."""
        ...

    async def begin(self, intent: StepIntent) -> datetime:
        """Keeps a step with its `deadline_at` before it looks at anything; the deadline it had in an earlier life, if that is sooner."""
        ...

    async def step(self, intent: StepIntent, bounds: Bounds) -> StepResult:
        """Commits the intent, does the outside call, commits the result."""
        ...

    async def record(self, intent: StepIntent, result: StepResult, *, fresh: bool = False) -> StepResult:
        """Keeps a step that touched nothing outside; from the journal where it is there already, unless `fresh`."""
        ...

    async def sleep(self, intent: StepIntent, until: datetime) -> StepResult:
        """A recorded wait; its deadline survives a restart."""
        ...

    async def pause(self, seconds: float, *, jitter: bool = False) -> None:
        """A short unrecorded wait between two readings or two attempts; with `jitter`, up to half of it longer."""
        ...

    async def signal(self, intent: StepIntent, question: Question) -> PersonAnswer:
        """What a person decided; raises Suspended when nobody has yet."""
        ...

    async def artifact(self, artifact: Artifact) -> None:
        """Keeps an artifact."""
        ...

    async def mark_undo(self, key: str, status: str) -> None:
        """Notes on a step whether taking it back worked: `ok` or `failed`."""
        ...

    def booked_until(self, key: str) -> datetime | None:
        """When the room's booking ends, if somebody has it now; from the journal, if this step waited for that already."""
        ...

    async def hold_room(self) -> None:
        """Takes the room's lock; raises StepError when another run has it and does not give it back in time."""
        ...

    async def release_room(self) -> None:
        """Gives the room's lock back."""
        ...


class StepError(Exception):
    """A step failed; `status` is `unknown` where nobody knows whether it happened.

    `kept` is true when the step's own row already says so.
    """

    def __init__(self, message: str, *, status: StepStatus | None = None, kept: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept


class Refusal(StepError):
    """A step that was not carried out because a rule forbids it; `rule` names it."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"refused by {rule}: {message}")
        self.rule = rule


class Stopped(Exception):
    """The run is to end as `cancelled`: a person interrupted it, or denied what it asked."""

    def __init__(self, reason: str, *, unknown: bool = False) -> None:
        super().__init__(reason)
        self.unknown = unknown
        """True when nobody knows whether the call that was cut short happened."""


class Suspended(Exception):
    """The run waits for a person; it goes on in another process."""
