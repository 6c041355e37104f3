"""What the schedule is going to do, and how it has kept its word: data for people to look at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from heapq import merge
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from avops.model.schedule import SlotState
from avops.schedule.index import last_tick_at, refresh
from avops.schedule.plan import closed_during, closures_of
from avops.schedule.tick_report import BrokenFile
from avops.schedule.triggers import Following, slots_between, timing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from avops.model.schedule import Override, Pause, ScheduledWorkflow, SlotRecord
    from avops.ports import ScheduleStore
    from avops.schedule.index import WorkflowSource

FIRE_LIMIT = 1000
LATE_AFTER = timedelta(minutes=3)
"""A last tick older than this means that nobody ticks every minute any more."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A planned start. `reason` says why it will be skipped, None when it will not.

    `overlaps` are the workflows, this one too, of which a run will be under way at the same time, sorted.
    """

    workflow: str
    planned_at: datetime
    reason: str | None = None
    overlaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The fires of some days, ascending; `is_cut` when there are more than were asked for.

    `following` are the workflows without planned times: each with the one it follows, and on which end.
    """

    fires: tuple[Fire, ...]
    is_cut: bool
    following: tuple[tuple[str, str, str], ...]
    broken: tuple[BrokenFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late slots began, in seconds; those that were caught up, queued, or followed a run are not counted."""

    slots: int
    median_s: float
    largest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStatus:
    """How the schedule stands. Lists of slots reach back to `since`, newest first."""

    now: datetime
    since: datetime
    last_tick_at: datetime | None
    is_late: bool
    """No tick for longer than it should be, or none ever."""
    pause: Pause | None
    overrides: tuple[Override, ...]
    """The words that count now, by key."""
    lateness: Lateness | None
    missed: tuple[SlotRecord, ...]
    failed: tuple[SlotRecord, ...]
    skipped: tuple[SlotRecord, ...]
    open: tuple[SlotRecord, ...]
    broken: tuple[BrokenFile, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """The workflows' names by key."""


def preview(
    store: ScheduleStore,
    root: Path,
    source: WorkflowSource,
    *,
    now: datetime,
    days: float = 7,
    durations: Mapping[str, float] | None = None,
    blackout: Callable[[datetime], str | None] | None = None,
    limit: int = FIRE_LIMIT,
) -> Preview:
    """The next fires of all workflows; the store is left as it was.

    `durations` are the seconds that a run of a workflow (by key) is expected to take, 0 where unknown: such runs overlap
    only those that begin at the same instant, or that are under way then.
    """
    with store.transaction(keep=False):
        refresh(store, root, source, now)
        workflows = store.workflows()
        pauses = store.pauses(now)
        streams = [_fires(each, _closed(store, each, pauses, blackout), now, now + days * _DAY) for each in workflows]
        found = list(islice(merge(*streams, key=lambda each: (each[0].planned_at, each[1])), limit + 1))
        broken = _broken(store)
    timings = [(workflow, timing_of(workflow.timing, "UTC")) for workflow in workflows if workflow.after]
    following = tuple((workflow.name, timing.workflow, timing.on) for workflow, timing in timings if isinstance(timing, Following))
    fires = _mark_overlaps(found[:limit], durations or {})
    return Preview(fires=fires, is_cut=len(found) > limit, following=following, broken=broken)


def _fires(
    workflow: ScheduledWorkflow, closed: Callable[[datetime], str | None], now: datetime, until: datetime
) -> Iterator[tuple[Fire, str]]:
    timing = timing_of(workflow.timing, "UTC")
    start = max(now - timedelta(microseconds=1), workflow.decided_until)
    for planned_at in slots_between(timing, workflow.anchor_at, start, until):
        yield Fire(workflow=workflow.name, planned_at=planned_at, reason=closed(planned_at)), workflow.key


def _closed(
    store: ScheduleStore, workflow: ScheduledWorkflow, pauses: Sequence[Pause], blackout: Callable[[datetime], str | None] | None
) -> Callable[[datetime], str | None]:
    """Says of an instant why the workflow is closed then, as far as is known now."""
    overrides = store.overrides(workflow.key)
    closures = closures_of(enabled=workflow.enabled, overrides=overrides, pauses=pauses, problem=workflow.problem)
    return lambda at: closed_during(at, at, closures, blackout or (lambda _: None))


def _mark_overlaps(fires: Sequence[tuple[Fire, str]], durations: Mapping[str, float]) -> tuple[Fire, ...]:
    """The fires with what is under way at the same time; those that will be skipped take no time."""
    marked: list[set[str]] = [set() for _ in fires]
    under_way: list[tuple[datetime, int]] = []
    for index, (fire, key) in enumerate(fires):
        if fire.reason:
            continue
        # One that begins at this very instant overlaps, however short it is.
        under_way = [(ends_at, other) for ends_at, other in under_way if max(ends_at, _just_after(fires[other][0])) > fire.planned_at]
        for _, other in under_way:
            marked[index].add(fires[other][0].workflow)
            marked[other].add(fire.workflow)
        under_way.append((fire.planned_at + timedelta(seconds=durations.get(key, 0.0)), index))
    return tuple(replace(fire, overlaps=tuple(sorted(names))) for (fire, _), names in zip(fires, marked, strict=True))


def _just_after(fire: Fire) -> datetime:
    return fire.planned_at + timedelta(microseconds=1)


def schedule_status(store: ScheduleStore, *, now: datetime, days: float = 1) -> ScheduleStatus:
    """How the schedule stands, and what became of the slots of the last days."""
    since = now - days * _DAY
    last = last_tick_at(store.facts())
    history = store.history(since=since)
    words: dict[str, Override] = {override.key: override for override in store.overrides()}
    return ScheduleStatus(
        now=now,
        since=since,
        last_tick_at=last,
        is_late=last is None or now - last > LATE_AFTER,
        pause=next((pause for pause in store.pauses(now) if pause.from_at <= now), None),
        overrides=tuple(words[key] for key in sorted(words) if words[key].enabled is not None),
        lateness=_lateness(history),
        missed=tuple(record for record in history if record.state is SlotState.MISSED),
        failed=tuple(record for record in history if record.state is SlotState.FAILED),
        skipped=tuple(record for record in history if record.state is SlotState.SKIPPED),
        open=tuple(store.open_slots()),
        broken=_broken(store),
        names={workflow.key: workflow.name for workflow in store.workflows()},
    )


def _lateness(history: Sequence[SlotRecord]) -> Lateness | None:
    late = [
        (record.begun_at - record.planned_at).total_seconds()
        for record in history
        if record.begun_at is not None and record.reason is None and record.cause is None
    ]
    return Lateness(slots=len(late), median_s=median(late), largest_s=max(late)) if late else None


def _broken(store: ScheduleStore) -> tuple[BrokenFile, ...]:
    return tuple(BrokenFile(path=path, message=message, hint=hint) for path, message, hint in store.problems())
