"""Bars: cells in proportion, days gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from avops.model.run import RunStatus
from avops.report.charts import _shares, bars_of, write_days
from avops.report.sheet import Page, Sheet, columns_of


@dataclass(frozen=True)
class DayOf:
    day: date
    counts: dict[RunStatus, int] = field(default_factory=dict)
    mean_s: float | None = None
    buckets: dict[int, int] = field(default_factory=dict)


numbers = st.lists(st.integers(0, 1_000_000), min_size=4, max_size=4)


@given(numbers, st.integers(0, 80))
def test_cells_fill_the_bar_and_no_result_is_rounded_away(found, width):
    cells = _shares(found, width)
    there = [number for number in found if number]
    assert sum(cells) == (width if there else 0)
    assert all(cells[index] == 0 for index, number in enumerate(found) if not number)
    if len(there) <= width:
        assert all(cells[index] >= 1 for index, number in enumerate(found) if number)


def days(count):
    return [DayOf(date(2026, 1, 1) + timedelta(days=n), {RunStatus.SUCCESS: n, RunStatus.FAILED: 1}, float(n)) for n in range(count)]


def test_few_days_are_bars_of_their_own():
    assert [bar.first for bar in bars_of(days(14))] == [one.day for one in days(14)]
    assert bars_of([]) == []


def test_many_days_are_gathered_and_lose_nothing():
    for count in (15, 30, 90, 365, 1000):
        bars = bars_of(days(count))
        assert len(bars) <= 14
        assert sum(bar.total for bar in bars) == sum(sum(one.counts.values()) for one in days(count))
        assert bars[0].first == days(count)[0].day
        assert bars[-1].last == days(count)[-1].day


def test_a_mean_over_days_weighs_them_by_their_runs():
    few = DayOf(date(2026, 1, 1), {RunStatus.SUCCESS: 1}, 100.0)
    many = DayOf(date(2026, 1, 2), {RunStatus.SUCCESS: 9}, 10.0)
    none = DayOf(date(2026, 1, 3), {RunStatus.REFUSED: 5}, None)
    (bar,) = bars_of([few, many, none], most=1)
    assert bar.mean_s == 19.0
    assert bars_of([none])[0].mean_s is None


@given(st.integers(40, 200), st.lists(numbers, min_size=1, max_size=40))
def test_the_chart_fits_its_sheet(width, found):
    statuses = (RunStatus.SUCCESS, RunStatus.UNVERIFIED, RunStatus.FAILED, RunStatus.CANCELLED)
    series = [
        DayOf(date(2026, 1, 1) + timedelta(days=n), dict(zip(statuses, row, strict=True)), float(sum(row))) for n, row in enumerate(found)
    ]
    page = Page(Sheet(zone=UTC, width=width))
    write_days(page, bars_of(series))
    assert all(columns_of(line) <= width for line in page.text().splitlines())
