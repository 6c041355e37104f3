"""The names a step can see, and which of them came from a simulated tool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avops.model.effect import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avops.engine.program import Program
    from avops.expression import NameUse

PHASES = frozenset(phase.value for phase in Phase)


@dataclass(slots=True)
class Scope:
    """Values by name, as expressions look them up, with where each came from."""

    values: dict[str, object]
    simulated: set[str] = field(default_factory=set)
    """Ids whose value came, wholly or partly, from a simulated tool."""
    verified: set[str] = field(default_factory=set)
    """Ids whose value was seen in Verify: a reading there, a person's answer, or what was computed from those."""

    @classmethod
    def of(cls, program: Program) -> Scope:
        """What is in scope before the first step."""
        values: dict[str, object] = {
            "inputs": dict(program.inputs),
            "room": program.room,
            "run": dict(program.run),
            "agent": {"name": program.agents[Phase.INTAKE].name, "domain": program.agents[Phase.INTAKE].domain},
        }
        for phase in Phase:
            values[phase.value] = {}
        return cls(values)

    def bind(self, step_id: str | None, phase: Phase, value: object, *, simulated: bool = False, verified: bool = False) -> None:
        """Makes a step's result visible under its id; `verified` when it was seen in Verify."""
        if step_id is None:
            return
        self.values[step_id] = value
        by_phase = self.values[phase.value]
        assert isinstance(by_phase, dict)
        # A new mapping: the value may hold the phase as it was (`set: {all: intake}`), and must not come to hold itself.
        self.values[phase.value] = {**by_phase, step_id: value}
        if simulated:
            self.simulated.add(step_id)
        if verified:
            self.verified.add(step_id)

    def with_item(self, item: object, *, simulated: bool, verified: bool = False) -> Scope:
        """The same names, and `item`."""
        inner = Scope({**self.values, "item": item}, set(self.simulated), set(self.verified))
        if simulated:
            inner.simulated.add("item")
        if verified:
            inner.verified.add("item")
        return inner

    def with_reading(self, reading: object) -> Mapping[str, object]:
        """The same names, and `reading`."""
        return {**self.values, "reading": reading}

    def is_simulated(self, names: Iterable[NameUse]) -> bool:
        """True when any of the names holds what a simulated tool said; a whole phase holds all that was said in it."""
        return bool(self.simulated) and any((first := root(name)) in self.simulated or first in PHASES for name in names)

    def is_verified(self, names: Iterable[NameUse]) -> bool:
        """True when any of the names was obtained in Verify."""
        return any(root(name) in self.verified for name in names)

    def without_verified(self) -> dict[str, object]:
        """The names without what was obtained in Verify, to see whether a judgement hangs on it."""
        values = {name: value for name, value in self.values.items() if name not in self.verified}
        for phase in PHASES:
            by_phase = values[phase]
            assert isinstance(by_phase, dict)
            values[phase] = {name: value for name, value in by_phase.items() if name not in self.verified}
        return values


def root(name: NameUse) -> str:
    """The id that a name begins with: `state` for `state.status` and for `intake.state.status`."""
    first = str(name.path[0])
    return str(name.path[1]) if first in PHASES and len(name.path) > 1 else first
