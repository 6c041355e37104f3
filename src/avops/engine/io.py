"""What `drive` may ask of the world, and the four ways in which a step ends other than well.

`drive` is deterministic: given the same program and the same answers from `io`, it asks the same questions in the
same order (steps that run in parallel are told apart by their keys). A run is continued by driving it again over an
`io` that answers from the journal for as long as the journal goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avops.model.run import Simulated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from avops.model.run import Artifact, Question, StepIntent, StepResult, StepStatus
    from avops.ports import PersonAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What bounds one outside call, and what its answer must look like."""

    timeout_s: float
    output: Mapping[str, object] | None = None
    expect: Mapping[str, object] | None = None


class Io(Protocol):
    """Everything outside the engine's decisions."""

    @property
    def run_id(self) -> int:
        """The run's number."""
        ...

    def now(self) -> datetime:
        """The present instant; while the journal is replayed, the instant of its last answer."""
        ...

    def paused_s(self) -> float:
        """How long the run has waited for people, or lain interrupted."""
        ...

    def epoch_of(self, key: str) -> int:
        """In which life of the run the step was (or would now be) begun: 0 before the first continuation."""
        ...

    async def step(self, intent: StepIntent, bounds: Bounds) -> StepResult:
        """Commits the intent, does the outside call, commits the result."""
        ...

    async def record(self, intent: StepIntent, result: StepResult) -> StepResult:
        """Keeps a step that touched nothing outside; from the journal where it is there already."""
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

    def __init__(self, reason: str, *, abandoned: bool = False) -> None:
        super().__init__(reason)
        self.abandoned = abandoned
        """True after a second interruption: rollback is skipped."""


class Suspended(Exception):
    """The run waits for a person; it goes on in another process. `simulated` tells how much of it was, so far."""

    simulated: Simulated = Simulated.NO
