"""When workflows are due: pure arithmetic over instants, no clock and no storage.

A slot is a planned instant. A `Timing` is a workflow's trigger with every default filled in:

    Never                 only by hand
    Every(minutes)        a grid: anchor, anchor + minutes, anchor + 2 * minutes, …
    ByCron(line, zone)    the wall-clock minutes that the line names, in that zone
    Once(at)              one instant
    Following(workflow)   when a run of another workflow has ended; the arithmetic here knows no slots of it

Clock changes. A cron line with a fixed time (no `*` and no `/` in minute or hour) fires once when the change skips
that time, at the first instant after the skip, and once when the change repeats it, the first time round. A line with
`*` or `/` in minute or hour follows real time: a skipped minute does not happen, a repeated one happens twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from avops.errors import FindingsError
from avops.schedule.cron import HORIZON_YEARS, CronLine, read_cron
from avops.schedule.zone import find_zone, repeated_until, stretches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avops.model.workflow import Trigger

ENDS = ("ended", "failed", "success", "unverified")


@dataclass(frozen=True, slots=True)
class Never:
    """Started by hand only."""


@dataclass(frozen=True, slots=True)
class Every:
    """A grid of so many minutes from the workflow's anchor on."""

    minutes: int


@dataclass(frozen=True, slots=True)
class ByCron:
    """A cron line in an IANA time zone."""

    line: CronLine
    zone: str


@dataclass(frozen=True, slots=True)
class Once:
    """One instant, aware UTC."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Following:
    """The ends of another workflow's runs; `on` is a run status, or `ended` for any end."""

    workflow: str
    on: str


Timing: TypeAlias = Never | Every | ByCron | Once | Following


def read_trigger(trigger: Trigger, default_zone: str) -> Timing:
    """The timing of a workflow document's trigger; FindingsError for a cron line, zone or instant that cannot be."""
    if trigger == "manual":
        return Never()
    # By attribute, not by class: this module is imported where pydantic must not be.
    return timing_of(trigger.model_dump(exclude_none=True), default_zone)


def timing_of(values: Mapping[str, object], default_zone: str) -> Timing:
    """The timing that the keys of a trigger mapping describe; the inverse of `stored`."""
    match values:
        case {"interval_minutes": int(minutes)}:
            return Every(minutes)
        case {"cron": str(text)}:
            zone = str(values.get("timezone") or default_zone)
            find_zone(zone)
            return ByCron(read_cron(text), zone)
        case {"at": str(text)}:
            return Once(_read_instant(text))
        case {"after": str(workflow)}:
            return Following(workflow, str(values.get("on", "success")))
        case {} if not values:
            return Never()
    raise FindingsError(f"unknown trigger '{dict(values)}', expected one of after, at, cron, interval_minutes, manual")


def stored(timing: Timing) -> dict[str, object]:
    """The timing as plain data, for the index."""
    match timing:
        case Never():
            return {}
        case Every(minutes):
            return {"interval_minutes": minutes}
        case ByCron(line, zone):
            return {"cron": line.text, "timezone": zone}
        case Once(at):
            return {"at": at.isoformat()}
        case Following(workflow, on):
            return {"after": workflow, "on": on}


def _read_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise FindingsError(f"'{text}' is not an instant", hint="write it with its offset: '2026-05-01T06:00:00+02:00'") from None
    if instant.tzinfo is None:
        raise FindingsError(f"'{text}' has no offset", hint="write it with its offset: '2026-05-01T06:00:00+02:00'")
    return instant.astimezone(UTC)


def slots_between(timing: Timing, anchor: datetime, start: datetime, end: datetime) -> Iterator[datetime]:
    """The slots in (start, end], ascending and without repeats. `anchor` matters to a grid only."""
    for slot in _slots_after(timing, anchor, start):
        if slot > end:
            return
        yield slot


def next_slot(timing: Timing, anchor: datetime, after: datetime) -> datetime | None:
    """The first slot later than `after`; None when there will be none."""
    return next(_slots_after(timing, anchor, after), None)


def fires_within(timing: Timing, seconds: float) -> bool:
    """True when two slots can lie closer together than `seconds`; clock changes are left out of account."""
    match timing:
        case Every(minutes):
            return minutes * 60 < seconds
        case ByCron(line, _):
            return line.fires_within(seconds)
    return False


def never_fires(timing: Timing) -> bool:
    """True for a cron line that no date of the calendar matches."""
    return isinstance(timing, ByCron) and timing.line.never_fires


def _slots_after(timing: Timing, anchor: datetime, after: datetime) -> Iterator[datetime]:
    match timing:
        case Every(minutes):
            yield from _grid(anchor, timedelta(minutes=minutes), after)
        case ByCron(line, zone):
            walk = _real_minutes if line.follows_clock else _fixed_times
            yield from walk(line, zone, after)
        case Once(at) if at > after:
            yield at


def _grid(anchor: datetime, step: timedelta, after: datetime) -> Iterator[datetime]:
    number = max(0, (after - anchor) // step + 1)
    while True:
        yield anchor + number * step
        number += 1


def _real_minutes(line: CronLine, zone: str, after: datetime) -> Iterator[datetime]:
    last = after
    for stretch in stretches(zone, after):
        if stretch.start.year > last.year + HORIZON_YEARS:
            return
        low, high = (_wall(instant, stretch.offset) for instant in (stretch.start, stretch.end))
        for wall in line.walls(low, high):
            slot = _instant(wall, stretch.offset)
            if slot > last:
                yield slot
                last = slot


def _fixed_times(line: CronLine, zone: str, after: datetime) -> Iterator[datetime]:
    shown = repeated_until(zone, after)
    """The wall time that the clock has reached so far: what lies before it happens a second time."""
    last = after
    for stretch in stretches(zone, after):
        if stretch.start.year > last.year + HORIZON_YEARS:
            return
        low, high = (_wall(instant, stretch.offset) for instant in (stretch.start, stretch.end))
        for wall in line.walls(max(low, shown) if shown else low, high):
            slot = _instant(wall, stretch.offset)
            if slot > last:
                yield slot
                last = slot
        shown = max(high, shown) if shown else high
        if stretch.change and stretch.change.after > stretch.change.before:
            skipped_to = _wall(stretch.end, stretch.change.after)
            if next(line.walls(shown, skipped_to), None) is not None:
                yield stretch.end
                last = stretch.end


def _wall(instant: datetime, offset: timedelta) -> datetime:
    return (instant + offset).replace(tzinfo=None)


def _instant(wall: datetime, offset: timedelta) -> datetime:
    return (wall - offset).replace(tzinfo=UTC)
