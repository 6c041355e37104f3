"""Keeps the store's index equal to the workflow files, reading only those that may have changed.

This module finds out whether any has, and imports little; `index_update` does the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from avops.schedule.scan import scan_workflows, stamp_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avops.model.workflow import Workflow
    from avops.ports import ScheduleStore

INDEX_VERSION = "1"
"""Kept with the index: when the reading of triggers changes, the next tick reads all files again."""

TIME_ZONES = Path("/usr/share/zoneinfo/tzdata.zi")
"""Changes when the machine learns new clock changes; next slots are then worked out anew."""

FRESH_NS = 2_000_000_000
"""A file read so soon after its last change may have changed again within the resolution of its times."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class WorkflowSource(Protocol):
    """The project, as far as the schedule needs it."""

    def default_zone(self) -> str:
        """The project's time zone, an IANA name. Raises AvopsError when the settings cannot be read."""
        ...

    def read(self, path: str, data: bytes) -> Workflow:
        """The workflow that the bytes of a file hold. Raises AvopsError when they hold none."""
        ...

    def refusal(self, workflow: Workflow) -> str | None:
        """Why the schedule must not start it (its recipe is a draft, say); None when it may."""
        ...


def refresh(store: ScheduleStore, root: Path, source: WorkflowSource, now: datetime) -> None:
    """Brings the index up to date in one transaction; nothing is read or written when no file has changed.

    A workflow that is new, or whose trigger or `enabled` has changed, has slots from the moment on at which its file
    changed, but never from before the last tick.
    """
    found, known, fresh, facts = scan_workflows(root), store.stamps(), store.fresh_files(FRESH_NS), store.facts()
    reading = {"index": f"{INDEX_VERSION} {stamp_of(TIME_ZONES)}", "settings": str(stamp_of(root / "avops.yaml"))}
    is_same = {name: facts.get(name) == value for name, value in reading.items()}
    if found == known and not fresh and all(is_same.values()):
        return
    from avops.schedule.index_update import update

    zone = facts.get("zone", "") if is_same["settings"] else source.default_zone()
    reads_all = not is_same["index"] or zone != facts.get("zone")
    fresh_ones = frozenset(fresh)
    changed = [path for path, stamp in found.items() if reads_all or known.get(path) != stamp or path in fresh_ones]
    update(
        store,
        root,
        source,
        now=now,
        facts={**reading, "zone": zone},
        found=found,
        changed=changed,
        removed=known.keys() - found.keys(),
        trusts_hashes=not reads_all,
    )


def last_tick_at(facts: Mapping[str, str]) -> datetime | None:
    """The `now` of the last tick, None before the first."""
    kept = facts.get("last_tick_at")
    return None if kept is None else _EPOCH + timedelta(microseconds=int(kept))


def note_tick(store: ScheduleStore, now: datetime) -> None:
    """Keeps `now` as the instant of the last tick."""
    store.set_fact("last_tick_at", str((now - _EPOCH) // _MICROSECOND))
