"""The rollups say what the runs say."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.telemetry.histories import FIRST, Past, database, histories

from avops.model.run import RunStatus, Simulated
from avops.telemetry import kpis, queries, upkeep
from avops.telemetry.filters import RunFilter
from avops.telemetry.rollups import DAY_US, RELATIVE_ERROR, bucket_of, bucket_value_s, counted_day, days, kept_day, quantile_s

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

MEASURED = (RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.UNVERIFIED)
BLAMED = (RunStatus.FAILED, RunStatus.UNVERIFIED, RunStatus.REFUSED)
OPEN = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.INTERRUPTED)


@given(st.integers(1_000, 10**14))
def test_a_bucket_stands_for_its_durations_within_the_bound(duration_us: int) -> None:
    value_us = bucket_value_s(bucket_of(duration_us)) * 1e6
    assert abs(value_us - duration_us) <= (RELATIVE_ERROR + 1e-9) * duration_us
    assert RELATIVE_ERROR < 0.025


@given(st.integers(-1, 1_000))
def test_what_takes_less_than_a_millisecond_counts_as_one(duration_us: int) -> None:
    assert bucket_of(duration_us) == 0
    assert bucket_value_s(0) < 0.001


@given(st.integers(0, 10**14), st.integers(0, 10**14))
def test_a_longer_duration_is_never_in_a_lower_bucket(one: int, two: int) -> None:
    assert (one <= two) <= (bucket_of(one) <= bucket_of(two))


@given(st.lists(st.integers(1_000, 10**10), min_size=1), st.sampled_from([0.0, 0.5, 0.95, 1.0]))
def test_a_quantile_is_within_the_bound_of_the_true_one(durations: list[int], share: float) -> None:
    buckets: dict[int, int] = {}
    for duration in durations:
        buckets[bucket_of(duration)] = buckets.get(bucket_of(duration), 0) + 1

    found = quantile_s(buckets, share)

    true = sorted(durations)[max(1, math.ceil(share * len(durations))) - 1] / 1e6
    assert found is not None
    assert abs(found - true) <= (RELATIVE_ERROR + 1e-9) * true


def test_without_runs_there_is_no_quantile() -> None:
    assert quantile_s({}, 0.95) is None


@settings(max_examples=30, deadline=None)
@given(histories())
def test_what_was_added_run_by_run_is_what_counting_anew_gives(history: list[Past]) -> None:
    with database(history) as (connection, path):
        found = days(connection)
        before = [kept_day(connection, day) for day in found]
        assert before == [counted_day(connection, day) for day in found]
        assert upkeep.check(path) == []

        connection.execute("UPDATE rollups_hourly SET failed = failed + 1, last_error_run = 99")
        connection.execute("DELETE FROM rollups_daily")
        connection.execute(
            f"INSERT INTO rollups_daily SELECT dimension, 'ghost', simulated, starts_at / {DAY_US} * {DAY_US}, 1, 1, 1, 1, 1, 1, 1, '{{}}' "
            "FROM rollups_hourly GROUP BY 1, 3, 4"
        )
        assert bool(upkeep.check(path)) == any(before)
        assert upkeep.rebuild_rollups(path) == len(found)
        assert [kept_day(connection, day) for day in found] == before
        assert upkeep.check(path) == []


INSTANTS = st.integers(-86_400_000_000, 6 * 86_400_000_000).map(lambda us: FIRST + timedelta(microseconds=us)) | st.integers(-24, 144).map(
    lambda hours: datetime(2026, 3, 27, 21, tzinfo=UTC) + timedelta(hours=hours)
)
NAMES = st.none() | st.sampled_from(["a", "b"])
FILTERS = st.builds(RunFilter) | st.builds(RunFilter, workflow=NAMES, agent=NAMES, recipe=NAMES, room=NAMES)


def chosen_runs(connection: sqlite3.Connection, chosen: RunFilter, since: datetime, until: datetime) -> list[queries.Run]:
    """The runs of a period, picked one by one."""
    return [
        run
        for run in queries.each_run(connection)
        if since <= run.started_at < until and all(getattr(run, name) == value for name, value in chosen.names.items())
    ]


@settings(max_examples=100, deadline=None)
@given(histories(), FILTERS, INSTANTS, INSTANTS, st.booleans())
def test_key_figures_are_those_of_the_runs(
    history: list[Past], chosen: RunFilter, one: datetime, two: datetime, include_simulated: bool
) -> None:
    since, until = sorted((one, two))
    with database(history) as (connection, _):
        report = kpis.kpis(connection, since=since, until=until, chosen=chosen, include_simulated=include_simulated)
        current = chosen_runs(connection, chosen, since, until)
        before = chosen_runs(connection, chosen, since - (until - since), since)

    compare(report.current, current, include_simulated)
    compare(report.before, before, include_simulated)
    assert (report.current.since, report.current.until, report.before.until) == (since, until, since)


def compare(found: kpis.Kpis, every: list[queries.Run], include_simulated: bool) -> None:
    runs = [run for run in every if include_simulated or run.simulated is not Simulated.ALL]
    measured = [run for run in runs if run.status in MEASURED]
    assert found.total == len(runs)
    assert found.counts == {status: n for status in RunStatus if (n := sum(run.status is status for run in runs))}
    assert found.hidden_simulated == len(every) - len(runs)
    assert found.partly_simulated == sum(run.simulated is Simulated.PARTLY for run in runs)
    blamed = [run for run in runs if run.status in BLAMED and run.error is not None]
    assert found.last_error == max(blamed, key=lambda run: run.id, default=None)
    if not measured:
        assert (found.success_rate, found.p95_s, found.mean_s) == (None, None, None)
        return
    durations = sorted(run.duration_s or 0.0 for run in measured)
    true_p95 = durations[math.ceil(0.95 * len(durations)) - 1]
    assert found.success_rate == sum(run.status is RunStatus.SUCCESS for run in measured) / len(measured)
    assert found.p95_s is not None
    assert abs(found.p95_s - true_p95) <= max(0.001, (RELATIVE_ERROR + 1e-9) * true_p95)
    assert found.mean_s is not None
    assert math.isclose(found.mean_s, sum(durations) / len(durations), abs_tol=1e-6)


@settings(max_examples=60, deadline=None)
@given(histories(), FILTERS, INSTANTS, INSTANTS, st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles"]), st.booleans())
def test_the_series_has_every_day_once_with_its_runs(
    history: list[Past], chosen: RunFilter, one: datetime, two: datetime, zone_name: str, include_simulated: bool
) -> None:
    zone = ZoneInfo(zone_name)
    since, until = min(one, two), max(one, two) + timedelta(microseconds=1)
    with database(history) as (connection, _):
        series = kpis.day_series(connection, since=since, until=until, zone=zone, chosen=chosen, include_simulated=include_simulated)
        runs = chosen_runs(connection, chosen, since - timedelta(days=2), until + timedelta(days=2))

    first, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date()
    assert [figures.day for figures in series] == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    ended = [run for run in runs if run.status not in OPEN and (include_simulated or run.simulated is not Simulated.ALL)]
    for figures in series:
        of_day = [run for run in ended if run.started_at.astimezone(zone).date() == figures.day]
        assert figures.counts == {status: n for status in RunStatus if (n := count(of_day, status))}
        measured = [run.duration_s or 0.0 for run in of_day if run.status in MEASURED]
        assert (figures.mean_s is None) == (not measured)
        if measured and figures.mean_s is not None:
            assert math.isclose(figures.mean_s, sum(measured) / len(measured), abs_tol=1e-6)


def count(runs: Iterable[queries.Run], status: RunStatus) -> int:
    return sum(run.status is status for run in runs)


def test_in_a_zone_off_by_half_an_hour_a_day_begins_half_an_hour_late() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    late = datetime(2026, 3, 28, 0, 10, tzinfo=zone).astimezone(UTC)
    with database([Past(started_at=late), Past(started_at=late + timedelta(hours=1))]) as (connection, _):
        series = kpis.day_series(connection, since=late - timedelta(days=1), until=late + timedelta(days=1), zone=zone)
    assert [sum(figures.counts.values()) for figures in series] == [1, 1, 0]
