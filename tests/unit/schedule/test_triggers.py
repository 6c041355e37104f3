"""The arithmetic of triggers, held against a walk over every minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.schedule.minute_walk import MINUTE, Names, changes, walk

from avops.errors import FindingsError
from avops.model.workflow import AfterTrigger, AtTrigger, CronTrigger, IntervalTrigger
from avops.schedule.triggers import (
    ByCron,
    Every,
    Following,
    Never,
    Once,
    fires_within,
    never_fires,
    next_slot,
    read_trigger,
    slots_between,
    stored,
    timing_of,
)

ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Scoresbysund",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Asia/Kathmandu",
)
YEARS = range(1997, 2028)
ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
cached_changes = lru_cache(maxsize=None)(lambda zone, year: changes(ZoneInfo(zone), year))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def cron(line: str, zone: str = "UTC") -> ByCron:
    timing = timing_of({"cron": line, "timezone": zone}, "UTC")
    assert isinstance(timing, ByCron)
    return timing


def fires(timing: ByCron | Every | Once, start: str, end: str) -> list[str]:
    return [f"{slot:%dT%H:%M}" for slot in slots_between(timing, ANCHOR, instant(start), instant(end))]


@st.composite
def number_field(draw: st.DrawFn, low: int, high: int) -> tuple[str, frozenset[int]]:
    """A field's text with what it names: stars, steps, ranges, lists."""
    everything = range(low, high + 1)
    match draw(st.sampled_from(["star", "star step", "range", "range step", "number step", "list", "one"])):
        case "star":
            return "*", frozenset(everything)
        case "star step":
            step = draw(st.integers(1, high))
            return f"*/{step}", frozenset(everything[::step])
        case "range":
            first, last = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
            return f"{first}-{last}", frozenset(range(first, last + 1))
        case "range step":
            first = draw(st.integers(low, high - 1))
            last, step = draw(st.integers(first + 1, high)), draw(st.integers(1, high))
            return f"{first}-{last}/{step}", frozenset(range(first, last + 1, step))
        case "number step":
            first, step = draw(st.integers(low, high)), draw(st.integers(1, high))
            return f"{first}/{step}", frozenset(range(first, high + 1, step))
        case "list":
            chosen = draw(st.lists(st.integers(low, high), min_size=1, max_size=5))
            return ",".join(map(str, chosen)), frozenset(chosen)
    one = draw(st.integers(low, high))
    return str(one), frozenset({one})


@st.composite
def hours_of_the_night(draw: st.DrawFn) -> tuple[str, frozenset[int]]:
    chosen = draw(st.lists(st.sampled_from([23, 0, 1, 2, 3, 4]), min_size=1, max_size=3))
    return ",".join(map(str, chosen)), frozenset(chosen)


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, Names]:
    """A cron line with what it names; most are near the hours in which clocks are changed."""
    minute, minutes = draw(number_field(0, 59))
    hour, hours = draw(st.one_of(number_field(0, 23), hours_of_the_night()))
    weekday, weekdays = draw(st.one_of(st.just(("*", frozenset(range(7)))), number_field(0, 6)))
    day, days = draw(st.one_of(st.just(("*", frozenset(range(1, 32)))), number_field(1, 31)))
    if day == "*" or not day.startswith("*"):
        month, months = "*", frozenset(range(1, 13))
    else:
        month, months = draw(number_field(1, 12))

    def names_day(when: date) -> bool:
        by_day, by_weekday = when.day in days, when.isoweekday() % 7 in weekdays
        both = day.startswith("*") or weekday.startswith("*")
        return when.month in months and (by_day and by_weekday if both else by_day or by_weekday)

    follows = any(mark in field for field in (minute, hour) for mark in "*/")
    text = f"{minute} {hour} {day} {month} {weekday}"
    # `0/2` counts up to 7 in the weekday field, whose 7 is Sunday again.
    if "/" in weekday and weekday[0].isdigit() and "-" not in weekday:
        first, step = map(int, weekday.split("/"))
        weekdays = frozenset(number % 7 for number in range(first, 8, step))
    elif weekday.startswith("*/"):
        weekdays = frozenset(number % 7 for number in range(0, 8, int(weekday[2:])))
    return text, Names(minutes, hours, names_day, follows)


@given(lines(), st.sampled_from(ZONES), st.sampled_from(YEARS), st.integers(0, 400), st.integers(-2000, 2000), st.integers(1, 2000))
@settings(max_examples=200, deadline=None)
def test_slots_are_those_of_a_walk_over_every_minute(
    line: tuple[str, Names], zone: str, year: int, which: int, shift: int, minutes: int
) -> None:
    text, names = line
    near = cached_changes(zone, year) or [datetime(year, 2, 28, tzinfo=UTC)]
    start = near[which % len(near)] + shift * MINUTE
    end = start + minutes * MINUTE
    expected = walk(names, ZoneInfo(zone), start, end)

    timing = cron(text, zone)

    assert list(slots_between(timing, ANCHOR, start, end)) == expected
    following = next_slot(timing, ANCHOR, start)
    assert following == expected[0] if expected else following is None or following > end


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("line", ["30 2 * * *", "0 0 * * *", "15,45 1-3 * * *", "*/20 * * * *", "5 */2 * * *"])
def test_each_clock_change_of_thirty_years(zone: str, line: str) -> None:
    minute, hour = line.split()[:2]
    names = Names(
        {"30": frozenset({30}), "0": frozenset({0}), "15,45": frozenset({15, 45}), "*/20": frozenset({0, 20, 40}), "5": frozenset({5})}[
            minute
        ],
        {
            "2": frozenset({2}),
            "0": frozenset({0}),
            "1-3": frozenset({1, 2, 3}),
            "*": frozenset(range(24)),
            "*/2": frozenset(range(0, 24, 2)),
        }[hour],
        lambda _: True,
        any(mark in minute + hour for mark in "*/"),
    )
    # Every fourth year, and the year in which Samoa left out a day.
    for year in {*YEARS[::4], 2011}:
        for change in cached_changes(zone, year):
            start, end = change - 5 * 60 * MINUTE, change + 5 * 60 * MINUTE
            assert list(slots_between(cron(line, zone), ANCHOR, start, end)) == walk(names, ZoneInfo(zone), start, end), (change, line)


@given(lines(), st.integers(0, 30 * 365 * 24 * 3600))
@settings(max_examples=100, deadline=None)
def test_without_clock_changes_slots_are_those_of_cronsim(line: tuple[str, Names], after_s: int) -> None:
    start = datetime(1997, 1, 1, tzinfo=UTC) + timedelta(seconds=after_s)
    timing = cron(line[0])
    if timing.line.never_fires:
        assert next_slot(timing, ANCHOR, start) is None
        return
    end = start + timedelta(days=20 * 365)
    expected = list(islice(takewhile(lambda slot: slot <= end, CronSim(line[0], start)), 20))
    assert list(islice(slots_between(timing, ANCHOR, start, end), 20)) == expected


@given(
    st.sampled_from(["0 6 * * 1-5", "30 2 * * *", "0 0 L * *", "*/15 7-18 * * *", "0 9 * * MON#2", "0 */6 * * *"]),
    st.sampled_from(ZONES),
    st.lists(st.integers(1, 365 * 24 * 3600 - 1), min_size=5, max_size=150, unique=True),
)
@settings(max_examples=30, deadline=None)
def test_a_year_seen_through_ticks_at_any_instants_has_each_slot_once(line: str, zone: str, ticks: list[int]) -> None:
    timing = cron(line, zone)
    start, end = instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z")
    whole = list(slots_between(timing, ANCHOR, start, end))
    seen: list[datetime] = []
    now = start
    for ahead in [*(start + timedelta(seconds=tick) for tick in sorted(ticks)), end]:
        due = next_slot(timing, ANCHOR, now)
        found = list(slots_between(timing, ANCHOR, now, ahead))
        assert found[:1] == ([due] if due is not None and due <= ahead else [])
        seen += found
        now = ahead
    assert seen == whole
    assert len(set(whole)) == len(whole)


@given(st.integers(1, 3000), st.integers(0, 10**7), st.integers(0, 10**6))
def test_an_interval_keeps_its_grid(minutes: int, offset_s: int, length_s: int) -> None:
    start = ANCHOR + timedelta(seconds=offset_s)
    end = start + timedelta(seconds=length_s)
    slots = list(slots_between(Every(minutes), ANCHOR, start, end))
    assert all((slot - ANCHOR) % timedelta(minutes=minutes) == timedelta(0) for slot in slots)
    assert len(slots) == (end - ANCHOR) // timedelta(minutes=minutes) - (start - ANCHOR) // timedelta(minutes=minutes)


def test_an_interval_begins_at_its_anchor() -> None:
    assert next_slot(Every(60), ANCHOR, ANCHOR - timedelta(days=3)) == ANCHOR


def test_a_skipped_fixed_time_fires_once_at_the_next_instant() -> None:
    assert fires(cron("0,30 2 * * *", "Europe/Berlin"), "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z") == [
        "29T01:00",
        "30T00:00",
        "30T00:30",
    ]


def test_a_repeated_fixed_time_fires_once() -> None:
    assert fires(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z") == ["25T00:30", "26T01:30"]


def test_asked_from_within_the_repeated_hour_a_fixed_time_waits_for_the_next_day() -> None:
    assert next_slot(cron("30 2 * * *", "Europe/Berlin"), ANCHOR, instant("2026-10-25T01:15:00Z")) == instant("2026-10-26T01:30:00Z")


def test_a_step_follows_real_time_over_both_changes() -> None:
    assert fires(cron("0/30 1-2 * * *", "Europe/Berlin"), "2026-03-28T23:00:00Z", "2026-03-29T12:00:00Z") == ["29T00:00", "29T00:30"]
    assert fires(cron("0/30 2 * * *", "Europe/Berlin"), "2026-10-24T23:00:00Z", "2026-10-25T12:00:00Z") == [
        "25T00:00",
        "25T00:30",
        "25T01:00",
        "25T01:30",
    ]


def test_a_whole_day_left_out_fires_its_fixed_times_once() -> None:
    assert fires(cron("0 6 * * *", "Pacific/Apia"), "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z") == [
        "29T16:00",
        "30T10:00",
        "30T16:00",
        "31T16:00",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 9 L * *", ["31T09:00", "28T09:00", "31T09:00"]),
        ("0 9 LW * *", ["30T09:00", "27T09:00", "31T09:00"]),
        ("0 9 * * FRIL", ["30T09:00", "27T09:00", "27T09:00"]),
        ("0 9 * * MON#2", ["12T09:00", "09T09:00", "09T09:00"]),
        ("@monthly", ["01T00:00", "01T00:00", "01T00:00"]),
    ],
)
def test_words_for_days_of_a_month(line: str, expected: list[str]) -> None:
    assert fires(cron(line), "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z")[: len(expected)] == expected


def test_a_range_of_weekdays_may_pass_the_end_of_the_week() -> None:
    assert fires(cron("0 9 * * FRI-MON"), "2026-06-01T12:00:00Z", "2026-06-09T00:00:00Z") == [
        "05T09:00",
        "06T09:00",
        "07T09:00",
        "08T09:00",
    ]
    assert cron("0 9 * * SAT-SUN").line.times == (540,)
    assert fires(cron("0 9 * * SAT-TUE"), "2026-06-01T12:00:00Z", "2026-06-09T00:00:00Z") == [
        "02T09:00",
        "06T09:00",
        "07T09:00",
        "08T09:00",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("61 * * * *", "'61' in '61 * * * *' is not a minute, expected 0-59"),
        ("0 24 * * *", "'24' in '0 24 * * *' is not an hour, expected 0-23"),
        ("0 0 32 * *", "'32' in '0 0 32 * *' is not a day of month, expected 1-31, L, LW"),
        ("0 0 30 foo *", "'FOO' in '0 0 30 foo *' is not a month, expected 1-12, JAN-DEC"),
        ("0 0 1 1 8", "'8' in '0 0 1 1 8' is not a weekday, expected 0-7, SUN-SAT, 5L, MON#2"),
        ("0 0 1 1 MON-FOO", "'MON-FOO' in '0 0 1 1 MON-FOO' is not a weekday, expected 0-7, SUN-SAT, 5L, MON#2"),
        ("* * * *", "a cron line has five fields, '* * * *' has 4"),
        ("0 * * * * *", "a cron line has five fields, '0 * * * * *' has 6"),
        ("*/0 * * * *", "'*/0' in '*/0 * * * *' is not a minute, expected 0-59"),
        (
            "@reboot",
            "unknown cron word '@reboot', expected one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly",
        ),
    ],
)
def test_a_line_that_cannot_be_read_says_which_field(line: str, message: str) -> None:
    with pytest.raises(FindingsError) as caught:
        cron(line)
    assert caught.value.message == message


@given(st.text(alphabet="0123456789*/-,LW# @MONJANU²", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        timing = cron(text)
    except FindingsError:
        return
    assert timing.line.times


def test_a_zone_that_nobody_knows_is_refused() -> None:
    for name in ("Europe/Berlni", "../../etc/passwd", "Europe", ""):
        with pytest.raises(FindingsError, match=f"no time zone is named '{name}'"):
            timing_of({"cron": "0 6 * * *", "timezone": name or None}, name)


@pytest.mark.parametrize(
    ("line", "never"),
    [
        ("0 0 30 2 *", True),
        ("0 0 31 2,4 *", True),
        ("0 0 31 2 1", False),
        ("0 0 29 2 *", False),
        ("0 0 */31 * MON#2", True),
        ("0 0 29 2 */6", False),
        ("* * * * *", False),
    ],
)
def test_lines_that_never_fire_are_known(line: str, never: bool) -> None:
    assert never_fires(cron(line)) is never
    assert (next_slot(cron(line), ANCHOR, ANCHOR) is None) is never


@pytest.mark.parametrize(
    ("line", "seconds", "within"),
    [
        ("* * * * *", 61, True),
        ("* * * * *", 60, False),
        ("0,59 * * * *", 120, True),
        ("59 23,0 * * *", 7200, True),
        ("0 23 1 * 1", 86400 * 2, True),
        ("0 6 * * MON", 86400 * 7, False),
        ("0 6 * * MON", 86400 * 7 + 1, True),
        ("*/5 * 31 2 *", 600, False),
        ("0 0 29 2 *", 86400 * 365, False),
    ],
)
def test_how_close_two_fires_can_be(line: str, seconds: int, within: bool) -> None:
    assert fires_within(cron(line), seconds) is within


def test_documents_become_timings_and_come_back_from_the_index() -> None:
    timings = {
        read_trigger("manual", "UTC"): Never(),
        read_trigger(IntervalTrigger(interval_minutes=5), "UTC"): Every(5),
        read_trigger(CronTrigger(cron="@daily"), "Asia/Tokyo"): cron("@daily", "Asia/Tokyo"),
        read_trigger(CronTrigger(cron="0 6 * * *", timezone="Europe/Berlin"), "UTC"): cron("0 6 * * *", "Europe/Berlin"),
        read_trigger(AtTrigger(at="2026-05-01T06:00:00+02:00"), "UTC"): Once(instant("2026-05-01T04:00:00Z")),
        read_trigger(AfterTrigger(after="Sweep", on="failed"), "UTC"): Following("Sweep", "failed"),
    }
    for timing, expected in timings.items():
        assert timing == expected
        assert timing_of(stored(timing), "Europe/Paris") == timing


def test_an_instant_that_is_none_is_refused() -> None:
    with pytest.raises(FindingsError, match="'2026-02-31T06:00:00Z' is not an instant"):
        read_trigger(AtTrigger(at="2026-02-31T06:00:00Z"), "UTC")


def test_slots_go_on_however_long_the_span() -> None:
    slots = list(slots_between(cron("0 0 29 2 MON"), ANCHOR, instant("2001-01-01T00:00:00Z"), instant("2120-01-01T00:00:00Z")))
    assert (slots[0].year, slots[-1].year) == (2001, 2119)
    assert [slot.year for slot in slots_between(cron("0 0 29 2 */1"), ANCHOR, slots[0], slots[-1])][-3:] == [2108, 2112, 2116]


def test_one_instant_is_due_once() -> None:
    once = Once(instant("2026-05-01T04:00:00Z"))
    assert fires(once, "2026-05-01T03:59:00Z", "2026-06-01T00:00:00Z") == ["01T04:00"]
    assert next_slot(once, ANCHOR, once.at) is None


def test_what_is_done_by_hand_or_after_another_has_no_slots_of_its_own() -> None:
    assert next_slot(Never(), ANCHOR, ANCHOR) is None
    assert next_slot(Following("Sweep", "ended"), ANCHOR, ANCHOR) is None
