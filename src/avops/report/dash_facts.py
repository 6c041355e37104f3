"""What the dashboard shows beside its key figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from avops.model.run import RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Run


class Figures(Protocol):
    """The key figures of one period."""

    @property
    def total(self) -> int:
        """All runs that started in it."""
        ...

    @property
    def counts(self) -> Mapping[RunStatus, int]:
        """Runs by status."""
        ...

    @property
    def success_rate(self) -> float | None:
        """success / (success + failed + unverified)."""
        ...

    @property
    def p95_s(self) -> float | None:
        """The 95th percentile of their durations."""
        ...

    @property
    def mean_s(self) -> float | None:
        """Their mean duration."""
        ...

    @property
    def last_error(self) -> Run | None:
        """The newest run that did not work, and says why."""
        ...

    @property
    def partly_simulated(self) -> int:
        """How many of them were simulated in part."""
        ...

    @property
    def hidden_simulated(self) -> int:
        """How many were left out because they were simulated altogether."""
        ...


class NameFigures(Protocol):
    """How the runs of one workflow did in the period."""

    @property
    def runs(self) -> int:
        """How many ended as success, failed or unverified."""
        ...

    @property
    def success_rate(self) -> float | None:
        """The share of them that succeeded."""
        ...

    @property
    def p95_s(self) -> float | None:
        """The 95th percentile of their durations."""
        ...

    @property
    def trend(self) -> Sequence[float | None]:
        """The success rate in equal slots of the period, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowState:
    """A workflow with its last run and its next one, where these are known."""

    name: str
    enabled: bool = True
    last: Run | None = None
    next_at: datetime | None = None
    figures: NameFigures | None = None
    """None when nothing of it ended in the period."""
    only_simulated: bool = False
    """It ran, but every run was simulated altogether and is not shown."""

    @property
    def silence(self) -> str:
        """What stands in the place of a last run."""
        return "only simulated" if self.only_simulated else "never ran"

    @property
    def colour(self) -> str:
        """Green when the last run succeeded; yellow when it goes on, waits, or there is none; red otherwise."""
        if self.last is None or not self.last.status.is_final:
            return "yellow"
        return "green" if self.last.status is RunStatus.SUCCESS else "red"


class Failing(Protocol):
    """A step or a tool that failed."""

    @property
    def what(self) -> str:
        """The step's name, or `tool.action`."""
        ...

    @property
    def recipe(self) -> str | None:
        """The step's recipe."""
        ...

    @property
    def runs(self) -> int:
        """In how many runs."""
        ...

    @property
    def attempts(self) -> int:
        """How often altogether."""
        ...

    @property
    def last_run(self) -> int:
        """The newest of these runs."""
        ...


class Spending(Protocol):
    """What models cost."""

    @property
    def steps(self) -> int:
        """Turns that a model took."""
        ...

    @property
    def tokens(self) -> int:
        """Tokens, in and out."""
        ...

    @property
    def cost_usd(self) -> float:
        """US dollars, of the tokens with a known price."""
        ...

    @property
    def unpriced_tokens(self) -> int:
        """Tokens without a known price."""
        ...


class Schedule(Protocol):
    """How the schedule keeps its word."""

    @property
    def last_tick_at(self) -> datetime | None:
        """When somebody last ticked."""
        ...

    @property
    def scheduled(self) -> int:
        """Workflows with a next planned start."""
        ...

    @property
    def is_paused(self) -> bool:
        """True while the whole schedule is paused."""
        ...

    @property
    def paused_until(self) -> datetime | None:
        """When the pause ends, where that is known."""
        ...

    @property
    def pause_reason(self) -> str:
        """Why."""
        ...

    @property
    def missed(self) -> int:
        """Missed slots of the period."""
        ...

    @property
    def failed(self) -> int:
        """Slots that could not be started."""
        ...

    @property
    def largest_late_s(self) -> float | None:
        """How late the latest start was."""
        ...

    @property
    def broken(self) -> int:
        """Workflow files that cannot be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A success metric of a recipe beside its target."""

    recipe: str
    metric: str
    target: str
    """As the recipe writes it: `<= 300`."""
    value: float | None
    """In the metric's own unit; None when it was not measured."""
    is_met: bool | None
    runs: int
