"""Which steps and branches of a recipe its tests reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.case_result import Coverage
from avops.model.run import StepStatus
from avops.testing.places import base_of, steps_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from avops.model.recipe import Recipe
    from avops.model.run import StepRecord
    from avops.model.step import StepOptions

_WAYS = {"when": ("true", "false"), "check": ("passed", "failed"), "confirm": ("yes", "no")}
_FALSE = "when is false"


class Tally:
    """What the runs of a recipe's tests reached, added up."""

    def __init__(self, recipe: Recipe) -> None:
        self._steps: Mapping[str, StepOptions] = steps_of(recipe)
        self._reached: set[str] = set()
        self._taken: set[tuple[str, str, str]] = set()

    def add(self, rows: Iterable[StepRecord]) -> None:
        """Counts what one run did."""
        for row in rows:
            base = base_of(row.intent.key)
            step = self._steps.get(base)
            if step is None:
                continue
            skipped = row.status in (StepStatus.SKIPPED, StepStatus.PENDING)
            if skipped and (row.error or "").startswith(_FALSE):
                self._taken.add((base, "when", "false"))
            if not skipped:
                self._reached.add(base)
                self._taken.add((base, "when", "true"))
            for word in ("check", "confirm"):
                if hasattr(step, word) and (way := _judged(row, base, word)):
                    self._taken.add((base, word, way))

    def coverage(self) -> Coverage:
        """The figures, and what is missing in words."""
        branches = list(self._branches())
        missing = [f"{key} '{title_of(step)}' was never reached" for key, step in self._steps.items() if key not in self._reached]
        missing += [
            f"{key} '{title_of(self._steps[key])}': {word} was never {way}"
            for key, word, way in branches
            if (key, word, way) not in self._taken and key in self._reached
        ]
        return Coverage(
            steps=len(self._steps),
            steps_reached=len(self._reached),
            branches=len(branches),
            branches_taken=sum(branch in self._taken for branch in branches),
            missing=tuple(missing),
        )

    def _branches(self) -> Iterator[tuple[str, str, str]]:
        for key, step in self._steps.items():
            for word, ways in _WAYS.items():
                if getattr(step, word, None) is not None:
                    yield from ((key, word, way) for way in ways)


def _judged(row: StepRecord, base: str, word: str) -> str | None:
    """Which way a check or confirm went in this row; a held check counts each time it is read."""
    yes, no = _WAYS[word]
    own = row.intent.key
    if own.partition("[")[0] != base and not own.startswith(f"{base}/hold@"):
        return None
    if "/" in own and own.count("/") > 1:
        return None
    if row.status is StepStatus.OK:
        return yes
    return no if row.status in (StepStatus.FAILED, StepStatus.DENIED) else None
