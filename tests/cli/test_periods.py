"""Spans of time as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from avops.cli.periods import parse_period
from avops.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since", "until", "words"),
    [
        ("24h", NOW - timedelta(hours=24), None, "the last 24 hours"),
        (" 1D ", NOW - timedelta(days=1), None, "the last day"),
        ("30min", NOW - timedelta(minutes=30), None, "the last 30 minutes"),
        ("2w", NOW - timedelta(weeks=2), None, "the last 2 weeks"),
        # It is half past midnight in Berlin.
        ("today", datetime(2026, 3, 29, 22, 0, tzinfo=UTC), None, "today"),
        ("2026-03-28", datetime(2026, 3, 27, 23, 0, tzinfo=UTC), None, "since 2026-03-28"),
        # The clocks went forward: this day had 23 hours.
        (
            "2026-03-29..2026-03-29",
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 22, tzinfo=UTC),
            "2026-03-29 to 2026-03-29",
        ),
        ("all", None, None, "all time"),
        ("999999w", None, None, "all time"),
    ],
)
def test_periods(text, since, until, words):
    period = parse_period(text, BERLIN, NOW)
    assert (period.since, period.until, period.words) == (since, until, words)


@pytest.mark.parametrize(
    "text", ["", "7", "d", "-1d", "7y", "2026-13-01", "2026-02-30", "01.03.2026", "2026-03-01..", "..2026-03-01", "x" * 1000]
)
def test_what_is_no_period(text):
    with pytest.raises(UsageError, match="is no period") as caught:
        parse_period(text, BERLIN, NOW)
    assert "24h, 7d" in (caught.value.hint or "")


def test_a_period_that_ends_before_it_begins():
    with pytest.raises(UsageError, match="ends before it begins") as caught:
        parse_period("2026-03-07..2026-03-01", BERLIN, NOW)
    assert caught.value.hint == "write 2026-03-01..2026-03-07"
