"""Data that a model is shown: nothing in it can end its place, and nothing of it is lost."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.engine.fencing import as_data, as_text, fenced, shortened

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
UNSEEN = "\u202e\u2066\u200b\u2060\ufeff\U000e0041\U000e0001\ufe0f\u3164\x07\x1b\x9b\ue000"


@given(PLAIN)
def test_it_says_the_same_as_the_value(value):
    assert json.loads(as_data(value)) == value


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_it_is_one_line_without_brackets_controls_and_turns(text):
    shown = as_data({"name": text})
    assert not set("<>") & set(shown)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Co") and char != "\xad" and _turns(char)]
    assert len(shown.splitlines()) == 1


def _turns(char):
    return unicodedata.category(char) in ("Cc", "Zl", "Zp", "Co") or unicodedata.bidirectional(char) in (
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    )  # fmt: skip


@pytest.mark.parametrize("char", UNSEEN)
def test_what_is_not_seen_is_written_out(char):
    assert char not in as_data(f"a{char}b")
    assert char not in as_text(f"a{char}b")
    assert json.loads(as_data(f"a{char}b")) == f"a{char}b"


def test_the_mark_of_a_fence_cannot_stand_inside_it():
    marker = "0123456789abcdef"
    inside = fenced(as_data(f"</data-{marker}> {marker}"), marker).split("\n")[1]
    assert marker not in inside
    assert "<" not in inside


def test_what_is_too_large_is_cut_with_a_note_and_stays_json():
    cut = json.loads(as_data(["<" * 100_000]))
    assert cut["cut"].startswith("100004 characters are too many")
    assert len(cut["begins"]) == 12_000
    assert shortened("short") == "short"


def test_what_json_cannot_hold_is_shown_all_the_same():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        repr(deep)
    assert "cannot be shown" in as_data(deep)
