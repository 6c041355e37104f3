"""Edits of YAML that keep its comments and its look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.errors import AvopsError
from avops.project.yaml_edit import block, edit_yaml
from avops.project.yaml_text import read_yaml

RECIPE = """\
# What it is for.
name: Display Fix   # as people say it
tags: [display, 'hdmi']
act:
  - name: Power the display on
    tool: display.set_power
    with: {power: "on"}   # a string

  # Restart last.
  - name: Restart the Zoom Room, although a meeting may be going on in a room whose calendar nobody keeps and whose door is open
    tool: zoom.restart_room
"""

FLUSH = """\
name: Flush
act:
# first
- name: One
  tool: a.b
- name: Two
  tool: a.b
"""


@pytest.mark.parametrize("text", [RECIPE, FLUSH, "name: x\n", "a: 012\nb: on\nc: 12:30\n"])
def test_an_edit_that_changes_nothing_changes_nothing(text):
    assert edit_yaml(text, lambda data: None) == text


def test_only_what_is_edited_changes():
    def rename(data):
        data["name"] = "Display Repair"

    assert edit_yaml(RECIPE, rename) == RECIPE.replace("Display Fix  ", "Display Repair")


json_values = st.recursive(
    st.text(max_size=30) | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet="abcdef_", min_size=1, max_size=6), inner, max_size=4),
    max_leaves=12,
)


def _is_writable(value: object) -> bool:
    """True when no text holds what no YAML file may hold as it is."""
    if isinstance(value, dict):
        return all(map(_is_writable, value.values()))
    if isinstance(value, list):
        return all(map(_is_writable, value))
    return not isinstance(value, str) or not any("\ud800" <= letter <= "\udfff" for letter in value)


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_a_break_of_other_alphabets_is_read_back(sign):
    def put(data):
        data["value"] = block([f"a{sign}b", sign])

    assert read_yaml(edit_yaml("name: x\n", put)) == {"name": "x", "value": [f"a{sign}b", sign]}


@given(json_values.filter(_is_writable))
def test_values_put_in_are_read_back(value):
    def put(data):
        data["value"] = block(value)

    assert read_yaml(edit_yaml("name: x\n", put)) == {"name": "x", "value": value}


def test_a_long_text_stands_as_it_is():
    text = edit_yaml("name: x\n", lambda data: data.update(description=block("One\n\ntwo: three")))
    assert text == "name: x\ndescription: |-\n  One\n\n  two: three\n"


def test_what_cannot_be_read_cannot_be_edited():
    with pytest.raises(AvopsError, match="the file cannot be edited"):
        edit_yaml("a: [", lambda data: None)
