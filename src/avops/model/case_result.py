"""What recipe tests came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One test: what did not come as expected, and the run behind it."""

    name: str
    status: str
    """How the run ended; `-` when there was none."""
    problems: tuple[str, ...] = ()
    steps: tuple[tuple[str, str, str], ...] = ()
    """Key, title and status of each step of a test that failed."""
    duration_s: float = 0.0

    @property
    def is_passed(self) -> bool:
        """True when everything came as expected."""
        return not self.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which steps and branches of a recipe its tests reached.

    A branch is one way of a `when`, a `check` or a `confirm`; each has two.
    """

    steps: int = 0
    steps_reached: int = 0
    branches: int = 0
    branches_taken: int = 0
    missing: tuple[str, ...] = ()
    """What no test reached, in words."""

    @property
    def percent(self) -> float:
        """Steps and branches together; 100 for a recipe without any."""
        total = self.steps + self.branches
        return 100.0 * (self.steps_reached + self.branches_taken) / total if total else 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeResult:
    """The tests of one recipe."""

    recipe: str
    path: str
    """The file of the tests; that of the recipe where it has none."""
    cases: tuple[CaseResult, ...] = ()
    coverage: Coverage = Coverage()
    is_tested: bool = True

    @property
    def failed(self) -> int:
        """How many tests failed."""
        return sum(not case.is_passed for case in self.cases)
