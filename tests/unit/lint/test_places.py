"""Where a finding points, however its text is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.lint.places import Places
from avops.lint.rule import Finding
from avops.project.yaml_text import read_yaml


def pointed(text: str, offset: int, length: int) -> tuple[int, int, int | None]:
    found = Places("a.yaml", text).diagnostic("rule", Finding("m", ("a",), offset=offset, length=length))
    return found.line, found.column, found.end_column


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("a: one two\n", 4, (1, 8, 11)),
        ("a: 'one two'\n", 4, (1, 9, 12)),
        ("a: 'it''s two'\n", 5, (1, 11, 14)),
        ('a: "one two"\n', 4, (1, 9, 12)),
        ('a: "o\\tn\\u0065 two"\n', 5, (1, 16, 19)),
        ("a: |\n  zero\n  one two\n", 9, (3, 7, 10)),
        ("b: 1\na: |-\n    one two\n", 4, (3, 9, 12)),
    ],
)
def test_characters_of_a_text(text: str, offset: int, expected: tuple[int, int, int]) -> None:
    assert pointed(text, offset, 3) == expected


def test_a_folded_text_is_pointed_at_as_a_whole() -> None:
    assert pointed("a: >\n  one\n  two\n", 4, 3)[0] == 1


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30), st.data())
def test_quoted_texts_point_at_what_is_meant(word: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(word) - 1))
    for quoted in ("'" + word.replace("'", "''") + "'", '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'):
        text = f"a: {quoted}\n"
        assert read_yaml(text) == {"a": word}
        line, column, end = pointed(text, offset, 1)
        assert line == 1
        assert end is not None
        written = text[column - 1 : end - 1]
        assert word[offset] in written
        assert len(written) <= 2
