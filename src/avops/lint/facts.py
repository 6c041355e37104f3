"""What other documents need to know of a recipe: small, and the same whatever its comments say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


_PHRASES = {"read": "a read", "record": "a record", "write": "a write", "destructive": "destructive"}


def phrase(effect: str | None) -> str:
    """An effect as it follows "is": `a write`, `destructive`."""
    return _PHRASES.get(effect or "", "of unknown effect")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """One call that a recipe makes: where, what, and how much it changes (None when the tool is not known)."""

    phase: str
    tool: str
    action: str
    effect: str | None
    use: str
    """`step`, `reading`, `undo`, `restore`, `notify` or `rollback`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepName:
    """What a test may call a step: its key (`act.1`, `rollback.0`), its id, and its name or what it does."""

    key: str
    id: str | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeFacts:
    """A recipe in so far as agents, workflows and calling recipes depend on it.

    `inputs` are the declared inputs as plain data, `outputs` the JSON Schema of each output, `children` the recipes it calls
    with the phase, `waits` the step keys that wait for a person.
    """

    name: str
    path: str
    broken: bool = False
    draft: bool = False
    room: str | None = None
    inputs: Mapping[str, Mapping[str, object]] | None = None
    outputs: Mapping[str, object] | None = None
    calls: tuple[CallFact, ...] = ()
    children: tuple[tuple[str, str], ...] = ()
    waits: tuple[str, ...] = ()
    timeout_minutes: float | None = None
    has_hold: bool = False
    steps: tuple[StepName, ...] = ()

    def as_data(self) -> list[object]:
        """Plain data for the cache; the inverse of `from_data`."""
        calls = [[call.phase, call.tool, call.action, call.effect, call.use] for call in self.calls]
        return [
            self.name,
            self.path,
            self.broken,
            self.draft,
            self.room,
            self.inputs,
            self.outputs,
            calls,
            [list(child) for child in self.children],
            list(self.waits),
            self.timeout_minutes,
            self.has_hold,
            [[step.key, step.id, step.title] for step in self.steps],
        ]

    @classmethod
    def from_data(cls, data: list[object]) -> RecipeFacts:
        """The facts that `as_data` wrote; raises TypeError or ValueError for other data."""
        name, path, broken, draft, room, inputs, outputs, calls, children, waits, timeout, has_hold, steps = data
        return cls(
            name=name,  # type: ignore[arg-type]  # written by as_data, and the cache is keyed on the version of this code
            path=path,  # type: ignore[arg-type]  # see above
            broken=bool(broken),
            draft=bool(draft),
            room=room,  # type: ignore[arg-type]  # see above
            inputs=inputs,  # type: ignore[arg-type]  # see above
            outputs=outputs,  # type: ignore[arg-type]  # see above
            calls=tuple(
                CallFact(phase=phase, tool=tool, action=action, effect=effect, use=use)
                for phase, tool, action, effect, use in calls  # type: ignore[attr-defined]  # see above
            ),
            children=tuple((phase, child) for phase, child in children),  # type: ignore[attr-defined]  # see above
            waits=tuple(waits),  # type: ignore[arg-type]  # see above
            timeout_minutes=timeout,  # type: ignore[arg-type]  # see above
            has_hold=bool(has_hold),
            steps=tuple(StepName(key=key, id=own, title=title) for key, own, title in steps),  # type: ignore[attr-defined]  # see above
        )
