"""Which runs a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.telemetry.rows import to_micros

if TYPE_CHECKING:
    from datetime import datetime

    from avops.model.run import RunStatus, Simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Conditions that all must hold; None asks for nothing. Names are compared as they are written.

    `since` is included, `until` is not; both speak of `started_at`.
    """

    workflow: str | None = None
    agent: str | None = None
    recipe: str | None = None
    room: str | None = None
    trigger: str | None = None
    parent_id: int | None = None
    status: frozenset[RunStatus] | None = None
    simulated: frozenset[Simulated] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def names(self) -> dict[str, str]:
        """The conditions that the rollups know by name, by dimension."""
        known = {"workflow": self.workflow, "agent": self.agent, "recipe": self.recipe, "room": self.room, "trigger": self.trigger}
        return {dimension: name for dimension, name in known.items() if name is not None}


def where(chosen: RunFilter) -> tuple[str, list[object]]:
    """An SQL condition over `runs` and its values; `1` when everything is asked for."""
    conditions: list[str] = []
    values: list[object] = []
    for column, name in chosen.names.items():
        conditions.append(f'"{column}" = ?')
        values.append(name)
    if chosen.parent_id is not None:
        conditions.append("parent_id = ?")
        values.append(chosen.parent_id)
    if chosen.status is not None:
        conditions.append(f"status IN ({', '.join('?' * len(chosen.status))})")
        values.extend(sorted(chosen.status))
    if chosen.simulated is not None:
        conditions.append(f"simulated IN ({', '.join('?' * len(chosen.simulated))})")
        values.extend(sorted(chosen.simulated))
    if chosen.since is not None:
        conditions.append("started_at >= ?")
        values.append(to_micros(chosen.since))
    if chosen.until is not None:
        conditions.append("started_at < ?")
        values.append(to_micros(chosen.until))
    return " AND ".join(conditions) or "1", values
