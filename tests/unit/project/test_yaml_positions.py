"""Where keys and values stand."""

from __future__ import annotations

from avops.project.yaml_positions import positions
from avops.project.yaml_source import Span

TEXT = """\
name: Display Fix
act:
  - name: Power on
    with: {host: "{{ room.host }}", ports: [1, 22]}
  - check: "on"
    text: |
      one
      two
  - &shared
    wait: 5s
empty:
later: *missing
"""


def test_spans_of_keys_and_values() -> None:
    found = positions(TEXT.replace("*missing", "*shared"))
    assert found.key(("name",)) == Span(1, 1, 1, 5)
    assert found.value(("name",)) == Span(1, 7, 1, 18)
    assert found.key(("act", 0, "with", "host")) == Span(4, 12, 4, 16)
    assert found.value(("act", 0, "with", "host")) == Span(4, 18, 4, 35)
    assert found.value(("act", 0, "with", "ports", 1)) == Span(4, 48, 4, 50)
    assert found.value(("act", 0, "with")) == Span(4, 11, 4, 52)
    assert found.value(("act", 0)) == Span(3, 5, 4, 52)
    assert found.value(("act", 1, "check")) == Span(5, 12, 5, 16)
    assert found.value(("act", 1, "text")).line == 6


def test_a_missing_value_is_shown_at_its_key() -> None:
    assert positions(TEXT).value(("empty",)) == Span(11, 1, 11, 6)


def test_an_unknown_path_answers_with_its_parent() -> None:
    found = positions(TEXT.replace("*missing", "*shared"))
    assert found.value(("later", "wait")) == Span(12, 8, 12, 15)
    assert found.value(("act", 0, "undo", "tool")) == found.value(("act", 0))
    assert found.key(("nothing", "here")) == found.value(())
    assert ("later", "wait") not in found
    assert ("act", 2, "wait") in found


def test_columns_count_characters() -> None:
    found = positions("räume: {größe: 日本, z: 1}\r\nb: 2\r\n".encode())
    assert found.key(("räume", "z")) == Span(1, 20, 1, 21)
    assert found.key(("b",)) == Span(2, 1, 2, 2)


def test_a_byte_order_mark_is_no_column() -> None:
    assert positions("\ufeffa: 1").key(("a",)) == Span(1, 1, 1, 2)


def test_a_broken_text_has_the_positions_before_the_mistake() -> None:
    found = positions("a: 1\nb: 2\nc: [1\nd: 2\n")
    assert found.key(("b",)) == Span(2, 1, 2, 2)
    assert ("d",) not in found


def test_an_empty_text_points_at_its_start() -> None:
    assert positions("").value(("a", 0)) == Span(1, 1, 1, 2)
