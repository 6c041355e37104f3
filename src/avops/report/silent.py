"""A listener that says nothing: for `--json`, for ticks, for looking ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.model.run import Question, RunEnd, RunStart, StepIntent, StepResult


class Silent:
    """A listener that says nothing."""

    def run_started(self, run_id: int, start: RunStart) -> None:
        """Nothing."""

    def step_began(self, run_id: int, intent: StepIntent) -> None:
        """Nothing."""

    def step_ended(self, run_id: int, intent: StepIntent, result: StepResult) -> None:
        """Nothing."""

    def waiting(self, run_id: int, decision_id: int, question: Question) -> None:
        """Nothing."""

    def room_busy(self, run_id: int, room: str, holder: int) -> None:
        """Nothing."""

    def run_ended(self, run_id: int, end: RunEnd) -> None:
        """Nothing."""


class OnlyRooms(Silent):
    """A listener for many rooms, whose progress is told elsewhere: it says which room is waited for, and who has it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def room_busy(self, run_id: int, room: str, holder: int) -> None:
        """One line."""
        self._tell(f"run {run_id} waits for room {room}, held by run {holder}")
