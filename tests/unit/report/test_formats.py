"""How facts are written."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.report.formats import count, duration, in_full, moment, on_one_line, percent
from avops.report.run_json import to_json
from avops.report.step_keys import Place, place_of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0, "0 ms"),
        (0.35, "350 ms"),
        (0.9996, "1.0 s"),
        (4.23, "4.2 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (72, "1 min 12 s"),
        (3599.7, "1 h"),
        (7500, "2 h 5 min"),
        (86399, "1 d"),
        (100_000, "1 d 4 h"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@given(st.floats(0, 1e7))
def test_no_duration_has_sixty_of_a_unit(seconds):
    text = f" {duration(seconds)} "
    for wrong in (" 60 s", " 60 min", " 24 h", " 1000 ms"):
        assert wrong not in text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (0.0, "0 %"), (1.0, "100 %"), (0.5, "50 %"), (0.9999, "99.9 %"), (0.0001, "0.1 %"), (0.982, "98.2 %")],
)
def test_a_share_is_not_rounded_to_all_or_nothing(share, text):
    assert percent(share, "–") == text


def test_moments_are_in_the_zone():
    assert moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin")) == "2026-07-02 00:30"
    assert moment(None, UTC) == ""
    assert count(1204) == "1,204"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"power": "on", "level": 5}, "power=on level=5"),
        ({"power": True, "level": "5"}, 'power=true level="5"'),
        ({"a": "null", "b": None, "c": "two words"}, 'a="null" b=null c="two words"'),
        ({"a": {"b": [1]}}, 'a={"b": [1]}'),
        ([], "[]"),
        (["a", 1], "[a, 1]"),
        ({}, "{}"),
        ("plain text", "plain text"),
        ({"avops:file": "x/y.json", "characters": 90000}, "90000 characters, kept in x/y.json"),
    ],
)
def test_values_on_one_line(value, text):
    assert on_one_line(value) == text


@given(st.text(max_size=12), st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()))
def test_a_text_is_never_mistaken_for_another_value(text, value):
    assert on_one_line({"x": text}) != on_one_line({"x": value})


def test_a_value_in_full_takes_more_lines_only_where_it_must():
    assert in_full({"a": 1}, 40) == '{"a": 1}'
    assert in_full({"a": "x" * 40}, 40).splitlines()[0] == "{"


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20)))
def test_json_is_read_back_and_holds_nothing_a_terminal_obeys(data):
    import json

    text = to_json(data)
    assert json.loads(text) == data
    text.encode("utf-8")
    assert not any(character in text for character in "\x1b\x9b\x7f\u202e\u2066")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("act.0", Place("act.0")),
        ("act.2[3]", Place("act.2[3]")),
        ("verify.0/reading", Place("verify.0", "reading")),
        ("act.3/approval", Place("act.3", "approval")),
        ("act.0/undo", Place("act.0", "undo")),
        ("plan.0/hold@act.1", Place("act.1", "hold", "plan.0")),
        ("plan.0/hold@act.1/state", Place("act.1", "state", "plan.0")),
        ("act.2/act.0", Place("act.2/act.0")),
        ("act.2/plan.0/hold@act.2/act.0/reading", Place("act.2/act.0", "reading", "act.2/plan.0")),
        ("act.2[1]/verify.0/reading", Place("act.2[1]/verify.0", "reading")),
        ("rollback.0", Place("rollback.0")),
        ("strange", Place("strange")),
    ],
)
def test_what_a_key_says(key, place):
    assert place_of(key) == place
