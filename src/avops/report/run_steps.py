"""The rows of a run gathered by step: each step with its attempts, readings, holds, approvals and undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.model.run import StepStatus
from avops.report.step_keys import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from avops.model.run import Artifact, Decision, StepRecord

PHASES = ("intake", "plan", "act", "verify", "rollback")


@dataclass(slots=True)
class StepView:
    """One step of a run with all that belongs to it."""

    key: str
    phase: str
    depth: int = 0
    own: list[StepRecord] = field(default_factory=list)
    """Its attempts, in order; empty while only parts of it have been done."""
    parts: dict[str, list[StepRecord]] = field(default_factory=dict)
    """Its readings, approvals and calls of a model, by what part they are."""
    holds: dict[str, list[StepRecord]] = field(default_factory=dict)
    """The held checks that were read again before it, by the key of the check."""
    decisions: list[Decision] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)

    @property
    def first(self) -> StepRecord:
        """The row that was begun first."""
        return min(self.rows(), key=lambda row: row.intent.started_at)

    @property
    def last(self) -> StepRecord:
        """The row that speaks for the step: its last attempt, or else its newest part."""
        return self.own[-1] if self.own else max(self.rows(), key=lambda row: row.intent.started_at)

    @property
    def status(self) -> StepStatus:
        """Where the step stands; one whose parts are all done and that has no row of its own is still running."""
        if self.own:
            return self.own[-1].status
        return self.last.status if self.last.status is not StepStatus.OK else StepStatus.RUNNING

    @property
    def name(self) -> str:
        """What people call it."""
        row = self.own[-1] if self.own else self._nearest()
        intent = row.intent
        return intent.name or (f"{intent.tool}.{intent.action}" if intent.tool else intent.kind)

    @property
    def entry(self) -> str:
        """`[3]` for an entry of a `for_each`."""
        return self.key[self.key.rindex("[") :] if self.key.endswith("]") else ""

    @property
    def is_simulated(self) -> bool:
        """True when a simulated tool answered any part of it."""
        return any(row.intent.simulated for row in self.rows())

    @property
    def took_s(self) -> float | None:
        """From its first row to the end of its last; None while it is going on."""
        if not self.own or self.own[-1].finished_at is None:
            return None
        rows = [row for row in (*self.own, *self._readings()) if row.finished_at is not None]
        began = min(row.intent.started_at for row in rows)
        return (self.own[-1].finished_at - began).total_seconds()

    @property
    def undo_status(self) -> str | None:
        """`ok` or `failed` once rollback has tried to take it back."""
        return next((row.undo_status for row in reversed(self.own) if row.undo_status), None)

    def rows(self) -> list[StepRecord]:
        """All rows of the step but those of its undo."""
        return [*self.own, *(row for rows in (*self.parts.values(), *self.holds.values()) for row in rows)]

    def _readings(self) -> list[StepRecord]:
        return [row for name, rows in self.parts.items() if name != "approval" for row in rows]

    def _nearest(self) -> StepRecord:
        for rows in (*self.parts.values(), *self.holds.values()):
            if rows:
                return rows[0]
        raise AssertionError("a step has at least one row")


def gather(rows: Iterable[StepRecord], decisions: Sequence[Decision] = (), artifacts: Sequence[Artifact] = ()) -> list[StepView]:
    """The steps of a run in the order they were begun; what rollback took back comes last, as steps of their own."""
    views: dict[str, StepView] = {}
    late: dict[str, StepView] = {}
    for row in rows:
        place = place_of(row.intent.key)
        if row.intent.phase == "rollback" and place.part.rpartition("/")[2] == "undo":
            late.setdefault(row.intent.key, StepView(row.intent.key, "rollback")).own.append(row)
            continue
        phase = _phase(place.owner, row)
        found = late if phase == "rollback" else views
        view = found.get(place.owner)
        if view is None:
            view = found[place.owner] = StepView(place.owner, phase, place.depth)
        if not place.part:
            view.own.append(row)
        elif place.held is not None:
            view.holds.setdefault(place.held, []).append(row)
        else:
            view.parts.setdefault(place.part, []).append(row)
    for decision in decisions:
        owner = views.get(place_of(decision.question.key).owner)
        if owner is not None:
            owner.decisions.append(decision)
    for artifact in artifacts:
        owner = views.get(place_of(artifact.step_key).owner) if artifact.step_key else None
        if owner is not None:
            owner.artifacts.append(artifact)
    return [*_nested(views), *late.values()]


def _phase(owner: str, row: StepRecord) -> str:
    """A step of a called recipe stands in the phase of the step that calls."""
    phase = owner.partition(".")[0]
    return phase if phase in PHASES else row.intent.phase


def _nested(views: dict[str, StepView]) -> list[StepView]:
    """Each step followed by those of the recipe it calls: the caller's own row is written when they have ended."""
    below: dict[str, list[StepView]] = {}
    top: list[StepView] = []
    for view in views.values():
        caller = view.key.rpartition("/")[0]
        if caller:
            if caller not in views and caller not in below:
                top.append(StepView(caller, view.phase, caller.count("/")))
            below.setdefault(caller, []).append(view)
        else:
            top.append(view)
    seen: set[str] = set()
    ordered: list[StepView] = []

    def put(view: StepView) -> None:
        if view.key in seen:
            return
        seen.add(view.key)
        if view.rows():
            ordered.append(view)
        for child in below.get(view.key, ()):
            put(child)

    for view in sorted(top, key=lambda view: PHASES.index(view.phase) if view.phase in PHASES else len(PHASES)):
        put(view)
    return ordered
