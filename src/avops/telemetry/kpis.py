"""Key figures of a period and of the one before it, read from the rollups.

A period is any half-open span of time. Whole days and hours within it come from the rollups, the rest of an hour at
either end from the runs themselves, so that nothing is rounded. A filter with more than one name (a workflow in a room)
is read from the runs altogether, since the rollups know names one at a time.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from avops.model.run import Run, RunStatus, Simulated
from avops.telemetry import queries
from avops.telemetry.filters import RunFilter, where
from avops.telemetry.rollups import BLAMED, COUNTED, DAY_US, FINAL_SQL, HOUR_US, MEASURED, bucket_of, quantile_s
from avops.telemetry.rows import from_micros, to_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

HOURLY_DAYS = 120
"""A series longer than this is read from the days in UTC: its bars stand for several days each anyway."""

_OPEN = (RunStatus.INTERRUPTED, RunStatus.RUNNING, RunStatus.WAITING)
_BLAMED_SQL = f"status IN ({', '.join(repr(status) for status in sorted(BLAMED))}) AND error IS NOT NULL"
_MEASURED_SQL = f"status IN ({', '.join(repr(status) for status in sorted(MEASURED))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """The key figures of one period, `since` included, `until` not."""

    since: datetime
    until: datetime
    total: int
    """All runs that started in the period, those still going included."""
    counts: Mapping[RunStatus, int]
    """Runs by status; a status without runs is left out."""
    success_rate: float | None
    """success / (success + failed + unverified); None without such runs."""
    p95_s: float | None
    """The 95th percentile of their durations (nearest rank), within 2.44 %; None without such runs."""
    mean_s: float | None
    last_error: Run | None
    """The newest run that failed, was unverified or refused, and says why."""
    partly_simulated: int
    """How many of the counted runs were simulated in part."""
    hidden_simulated: int
    """How many runs were left out because they were simulated altogether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReport:
    """A period beside the one of the same length before it."""

    current: Kpis
    before: Kpis


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """One day of a series: ended runs by status, and how long the measured ones took."""

    day: date
    counts: Mapping[RunStatus, int]
    mean_s: float | None
    buckets: Mapping[int, int]
    """Their durations, counted as the rollups count them, so that days can be added up."""


@dataclass(slots=True)
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    duration_us: int = 0
    last_error_run: int = 0
    buckets: Counter[int] = field(default_factory=Counter)
    partly: int = 0
    hidden: int = 0


class Part(NamedTuple):
    """A piece of a period and the table that answers for it."""

    table: str
    starts_at: int
    ends_at: int


def kpis(
    connection: sqlite3.Connection,
    *,
    since: datetime,
    until: datetime,
    chosen: RunFilter = queries.EVERYTHING,
    include_simulated: bool = False,
) -> KpiReport:
    """Key figures of the runs started in the period, and of the period before.

    Of `chosen`, the names count (workflow, agent, recipe, room, trigger). Runs that were simulated altogether are left
    out, and counted in `hidden_simulated`, unless they are asked for.
    """
    return KpiReport(
        current=_period(connection, since, until, chosen, include_simulated),
        before=_period(connection, since - (until - since), since, chosen, include_simulated),
    )


def _period(connection: sqlite3.Connection, since: datetime, until: datetime, chosen: RunFilter, include_simulated: bool) -> Kpis:
    tally = _Tally()
    for part in parts(to_micros(since), to_micros(until), rolled_up=len(chosen.names) <= 1):
        if part.table == "runs":
            within = replace(_named(chosen), since=from_micros(part.starts_at), until=from_micros(part.ends_at))
            _add_runs(connection, tally, within, include_simulated)
        else:
            _add_rollups(connection, tally, part, chosen, include_simulated)
    _add_open(connection, tally, replace(_named(chosen), since=since, until=until), include_simulated)
    measured = sum(tally.counts[status] for status in MEASURED)
    return Kpis(
        since=since,
        until=until,
        total=sum(tally.counts.values()),
        counts={RunStatus(status): number for status, number in sorted(tally.counts.items()) if number},
        success_rate=tally.counts["success"] / measured if measured else None,
        p95_s=quantile_s(tally.buckets, 0.95),
        mean_s=tally.duration_us / 1e6 / measured if measured else None,
        last_error=queries.run(connection, tally.last_error_run) if tally.last_error_run else None,
        partly_simulated=tally.partly,
        hidden_simulated=tally.hidden,
    )


def _named(chosen: RunFilter) -> RunFilter:
    return RunFilter(workflow=chosen.workflow, agent=chosen.agent, recipe=chosen.recipe, room=chosen.room, trigger=chosen.trigger)


def parts(since: int, until: int, *, rolled_up: bool, by_day: bool = True) -> Iterator[Part]:
    """The period cut into days (unless `by_day` is False), hours and what is left, in order."""
    first_hour, last_hour = -(-since // HOUR_US) * HOUR_US, until // HOUR_US * HOUR_US
    if not rolled_up or first_hour >= last_hour:
        yield Part("runs", since, until)
        return
    first_day, last_day = -(-first_hour // DAY_US) * DAY_US, last_hour // DAY_US * DAY_US
    if first_day >= last_day or not by_day:
        first_day = last_day = last_hour
    pieces = (
        Part("runs", since, first_hour),
        Part("rollups_hourly", first_hour, first_day),
        Part("rollups_daily", first_day, last_day),
        Part("rollups_hourly", last_day, last_hour),
        Part("runs", last_hour, until),
    )
    yield from (piece for piece in pieces if piece.starts_at < piece.ends_at)


def _add_rollups(connection: sqlite3.Connection, tally: _Tally, part: Part, chosen: RunFilter, include_simulated: bool) -> None:
    dimension, name = next(iter(chosen.names.items()), ("all", ""))
    rows = connection.execute(
        f"SELECT simulated, duration_us, last_error_run, durations, {', '.join(COUNTED)} FROM {part.table} "  # noqa: S608 - constant names
        "WHERE dimension = ? AND name = ? AND simulated IN ('no', 'partly', 'all') AND starts_at >= ? AND starts_at < ?",
        (dimension, name, part.starts_at, part.ends_at),
    )
    totals = [0] * len(COUNTED)
    buckets: dict[str, int] = {}
    loads = json.JSONDecoder().decode
    for simulated, duration_us, last_error_run, durations, *counts in rows:
        if simulated == Simulated.ALL and not include_simulated:
            tally.hidden += sum(counts)
            continue
        if simulated == Simulated.PARTLY:
            tally.partly += sum(counts)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        tally.duration_us += duration_us
        tally.last_error_run = max(tally.last_error_run, last_error_run or 0)
        for bucket, count in loads(durations).items():
            buckets[bucket] = buckets.get(bucket, 0) + count
    tally.counts.update(dict(zip(COUNTED, totals, strict=True)))
    for bucket, count in buckets.items():
        tally.buckets[int(bucket)] += count


def _add_runs(connection: sqlite3.Connection, tally: _Tally, chosen: RunFilter, include_simulated: bool) -> None:
    condition, values = where(chosen)
    rows = connection.execute(
        f"SELECT simulated, status, count(*), sum(CASE WHEN {_MEASURED_SQL} THEN duration_us ELSE 0 END), "  # noqa: S608 - values are bound
        f"max(CASE WHEN {_BLAMED_SQL} THEN id ELSE 0 END) FROM runs WHERE {condition} AND {FINAL_SQL} GROUP BY simulated, status",
        values,
    )
    for simulated, status, number, duration_us, last_error_run in rows:
        if _counts(tally, simulated, number, include_simulated):
            tally.counts[status] += number
            tally.duration_us += duration_us or 0
            tally.last_error_run = max(tally.last_error_run, last_error_run)
    shown = "" if include_simulated else " AND simulated <> 'all'"
    for (duration_us,) in connection.execute(
        f"SELECT coalesce(duration_us, 0) FROM runs WHERE {condition} AND {_MEASURED_SQL}{shown}",  # noqa: S608 - values are bound
        values,
    ):
        tally.buckets[bucket_of(duration_us)] += 1


def _add_open(connection: sqlite3.Connection, tally: _Tally, chosen: RunFilter, include_simulated: bool) -> None:
    """Runs that have not ended are in no rollup; there are few, and their status finds them."""
    condition, values = where(replace(chosen, status=frozenset(_OPEN)))
    rows = connection.execute(
        f"SELECT simulated, status, count(*) FROM runs INDEXED BY runs_status WHERE {condition} GROUP BY simulated, status",  # noqa: S608 - values are bound
        values,
    )
    for simulated, status, number in rows:
        if _counts(tally, simulated, number, include_simulated):
            tally.counts[status] += number


def _counts(tally: _Tally, simulated: str, number: int, include_simulated: bool) -> bool:
    if simulated == Simulated.ALL and not include_simulated:
        tally.hidden += number
        return False
    if simulated == Simulated.PARTLY:
        tally.partly += number
    return True


def day_series(
    connection: sqlite3.Connection,
    *,
    since: datetime,
    until: datetime,
    zone: tzinfo,
    chosen: RunFilter = queries.EVERYTHING,
    include_simulated: bool = False,
) -> list[DayFigures]:
    """Ended runs for each day of the zone that the period touches, whole days, oldest first, empty ones included.

    A day is made of whole UTC hours: in a zone that is off by half an hour, a day begins at most half an hour late. In a
    series of more than `HOURLY_DAYS` days, a day is one of UTC.
    """
    first, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date()
    starts_at, ends_at = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    tallies: dict[date, _Tally] = {}
    for tally_at, part in _hours(connection, starts_at, ends_at, chosen, include_simulated):
        day = from_micros(tally_at).astimezone(zone).date()
        tally = tallies.setdefault(day, _Tally())
        tally.counts.update(part.counts)
        tally.duration_us += part.duration_us
        for bucket, number in part.buckets.items():
            tally.buckets[bucket] += number
    series = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        found = tallies.get(day) or _Tally()
        measured = sum(found.counts[status] for status in MEASURED)
        series.append(
            DayFigures(
                day=day,
                counts={RunStatus(status): found.counts[status] for status in COUNTED if found.counts[status]},
                mean_s=found.duration_us / 1e6 / measured if measured else None,
                buckets=found.buckets,
            )
        )
    return series


def _midnight(day: date, zone: tzinfo) -> int:
    """The first whole hour at or after the day's midnight, in microseconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    return -(-to_micros(midnight) // HOUR_US) * HOUR_US


def _hours(
    connection: sqlite3.Connection, starts_at: int, ends_at: int, chosen: RunFilter, include_simulated: bool
) -> Iterator[tuple[int, _Tally]]:
    """Each hour's start and what was counted in it; an hour may come in several parts. A long series comes by UTC days."""
    shown = "" if include_simulated else " AND simulated <> 'all'"
    if len(chosen.names) <= 1:
        dimension, name = next(iter(chosen.names.items()), ("all", ""))
        table = "rollups_hourly" if ends_at - starts_at <= HOURLY_DAYS * DAY_US else "rollups_daily"
        rows = connection.execute(
            f"SELECT starts_at, duration_us, durations, {', '.join(COUNTED)} FROM {table} "  # noqa: S608 - values are bound
            f"WHERE dimension = ? AND name = ? AND simulated IN ('no', 'partly', 'all'){shown} AND starts_at >= ? AND starts_at < ?",
            (dimension, name, starts_at, ends_at),
        )
        loads = json.JSONDecoder().decode
        noon = DAY_US // 2 if table == "rollups_daily" else 0
        for hour, took_us, durations, *counts in rows:
            buckets = Counter({int(bucket): number for bucket, number in loads(durations).items()})
            yield hour + noon, _Tally(counts=Counter(dict(zip(COUNTED, counts, strict=True))), duration_us=took_us, buckets=buckets)
        return
    condition, values = where(replace(_named(chosen), since=from_micros(starts_at), until=from_micros(ends_at)))
    rows = connection.execute(
        f"SELECT started_at, status, coalesce(duration_us, 0) FROM runs WHERE {condition} AND {FINAL_SQL}{shown}",  # noqa: S608 - values are bound
        values,
    )
    for started_at, status, took_us in rows:
        measured = status in MEASURED
        buckets = Counter({bucket_of(took_us): 1} if measured else {})
        yield started_at // HOUR_US * HOUR_US, _Tally(counts=Counter({status: 1}), duration_us=took_us if measured else 0, buckets=buckets)
