"""Figures of many names of one kind over the same period: every workflow's, or every recipe's."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from avops.telemetry.filters import where
from avops.telemetry.kpis import parts
from avops.telemetry.rollups import MEASURED, TABLES, bucket_of, quantile_s
from avops.telemetry.rows import to_micros

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from avops.telemetry.filters import RunFilter
    from avops.telemetry.names import Dimension

MOST_SLOTS = 12
_BY_HOUR = timedelta(days=4)
_MEASURED_SQL = f"status IN ({', '.join(repr(status) for status in sorted(MEASURED))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameFigures:
    """How the runs of one name did in a period: those that ended as success, failed or unverified."""

    runs: int
    success_rate: float | None
    p95_s: float | None
    trend: tuple[float | None, ...]
    """The success rate over the period in equal slots, oldest first; None where nothing ended."""


@dataclass(slots=True)
class _Count:
    good: list[int]
    all: list[int]
    buckets: Counter[int] = field(default_factory=Counter)


class _Piece(NamedTuple):
    """Runs of one moment: how many succeeded, of how many, and their durations by bucket."""

    at: int
    good: int
    runs: int
    buckets: Mapping[int, int]


def figures_by_name(
    connection: sqlite3.Connection,
    dimension: Dimension,
    names: Iterable[str],
    *,
    since: datetime,
    until: datetime,
    chosen: RunFilter,
    include_simulated: bool = False,
) -> dict[str, NameFigures]:
    """The figures of those of `names` that had measured runs in the period; `chosen` narrows by its names.

    Success rates and p95 are those of `kpis.kpis`. In the trend a run of a longer period counts where its UTC day has its noon.
    """
    begins, ends = to_micros(since), to_micros(until)
    slots = MOST_SLOTS if until - since < _BY_HOUR else max(1, min(MOST_SLOTS, (until - since).days))
    found: dict[str, _Count] = {}
    if chosen.names.keys() <= {dimension}:
        for name in names:
            for piece in _of_name(connection, dimension, name, (begins, ends), include_simulated):
                _add(found.setdefault(name, _none(slots)), _slot(piece.at, begins, ends, slots), piece)
    else:
        wanted = set(names)
        for name, at, good, took_us in _of_filter(connection, dimension, replace(chosen, since=since, until=until), include_simulated):
            if name in wanted:
                _add(found.setdefault(name, _none(slots)), _slot(at, begins, ends, slots), _Piece(at, good, 1, {bucket_of(took_us): 1}))
    return {name: _figures(count) for name, count in found.items()}


def _slot(at: int, begins: int, ends: int, slots: int) -> int:
    return min(max((at - begins) * slots // max(ends - begins, 1), 0), slots - 1)


def _none(slots: int) -> _Count:
    return _Count(good=[0] * slots, all=[0] * slots)


def _add(count: _Count, slot: int, piece: _Piece) -> None:
    count.good[slot] += piece.good
    count.all[slot] += piece.runs
    for bucket, times in piece.buckets.items():
        count.buckets[bucket] += times


def _figures(count: _Count) -> NameFigures:
    runs = sum(count.all)
    return NameFigures(
        runs=runs,
        success_rate=sum(count.good) / runs if runs else None,
        p95_s=quantile_s(count.buckets, 0.95),
        trend=tuple(good / number if number else None for good, number in zip(count.good, count.all, strict=True)),
    )


def _of_name(
    connection: sqlite3.Connection, dimension: Dimension, name: str, period: tuple[int, int], include_simulated: bool
) -> Iterator[_Piece]:
    """The runs of a name, from the rollups but for the ends of the period."""
    begins, ends = period
    shown = "('no', 'partly', 'all')" if include_simulated else "('no', 'partly')"
    loads = json.JSONDecoder().decode
    for part in parts(begins, ends, rolled_up=True, by_day=ends - begins >= _BY_HOUR // timedelta(microseconds=1)):
        if part.table == "runs":
            sql = (
                f"SELECT started_at, status = 'success', coalesce(duration_us, 0) FROM runs WHERE {dimension} = ? "  # noqa: S608 - own names
                f"AND started_at >= ? AND started_at < ? AND {_MEASURED_SQL} AND simulated IN {shown}"
            )
            for at, good, took_us in connection.execute(sql, (name, part.starts_at, part.ends_at)):
                yield _Piece(at, good, 1, {bucket_of(took_us): 1})
            continue
        sql = (
            f"SELECT starts_at, success, success + failed + unverified, durations FROM {part.table} WHERE dimension = ? AND name = ? "  # noqa: S608 - own names
            f"AND simulated IN {shown} AND starts_at >= ? AND starts_at < ?"
        )
        for at, good, number, durations in connection.execute(sql, (dimension, name, part.starts_at, part.ends_at)):
            if number:
                buckets = {int(bucket): times for bucket, times in loads(durations).items()}
                yield _Piece(at + TABLES[part.table] // 2, good, number, buckets)


def _of_filter(
    connection: sqlite3.Connection, dimension: Dimension, chosen: RunFilter, include_simulated: bool
) -> Iterator[tuple[str, int, int, int]]:
    """A row for each measured run that the filter chooses, read from the runs."""
    condition, values = where(replace(chosen, status=None, simulated=None))
    shown = "" if include_simulated else " AND simulated <> 'all'"
    yield from connection.execute(
        f"SELECT {dimension}, started_at, status = 'success', coalesce(duration_us, 0) FROM runs "  # noqa: S608 - values are bound
        f"WHERE {condition} AND {dimension} IS NOT NULL AND {_MEASURED_SQL}{shown}",
        values,
    )
