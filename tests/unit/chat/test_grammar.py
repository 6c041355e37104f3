"""The words of slash commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.chat.grammar import json_object, quote, words
from avops.errors import UsageError

TEXTS = st.text(alphabet=st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from(" \"'“”‘’«»{}=\\-/")))


def texts(line: str) -> list[tuple[str | None, str]]:
    return [(word.key, word.text) for word in words(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a b", [(None, "a"), (None, "b")]),
        ('agent=KB_Agent name="SOP to KB"', [("agent", "KB_Agent"), ("name", "SOP to KB")]),
        ("name='SOP to KB'", [("name", "SOP to KB")]),
        ("name=“SOP to KB”", [("name", "SOP to KB")]),
        ("name=‘SOP to KB’", [("name", "SOP to KB")]),
        ("name=„SOP to KB“", [("name", "SOP to KB")]),
        ("name=«SOP»", [("name", "SOP")]),
        ("'the room's display'", [(None, "the room's display")]),
        (r'"a \"quoted\" word"', [(None, 'a "quoted" word')]),
        (r"'C:\new'", [(None, r"C:\new")]),
        ('\'{"a": "b c"}\'', [(None, '{"a": "b c"}')]),
        ('{"a": {"b": "}"}} room=HQ-1', [(None, '{"a": {"b": "}"}}'), ("room", "HQ-1")]),
        ('channel="#av"', [("channel", "#av")]),
        ("a=b=c", [("a", "b=c")]),
        ("1=x", [(None, "1=x")]),
        ("", []),
    ],
)
def test_words(line, expected):
    assert texts(line) == expected


@pytest.mark.parametrize("line", ['"open', "name='open", "“open", '{"a": 1', '{"a": "}'])
def test_what_is_never_closed_is_told(line):
    with pytest.raises(UsageError, match="never closed"):
        list(words(line))


@given(TEXTS)
def test_any_text_gives_words_or_a_usage_error(line):
    try:
        found = list(words(line))
    except UsageError:
        return
    assert [word.start for word in found] == sorted(word.start for word in found)
    assert all(word.end > word.start for word in found)


@given(st.lists(TEXTS, max_size=4), TEXTS)
def test_what_is_quoted_is_read_back(plain, value):
    line = " ".join([*map(quote, plain), f"key={quote(value)}"])
    assert texts(line) == [*((None, text) for text in plain), ("key", value)]


def test_json_with_the_quotes_of_a_word_processor():
    assert json_object("{“action”: “create”}") == {"action": "create"}


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": }', "{'a': 1}", '{"a":' * 5000 + "1" + "}" * 5000, '{"a": ' + "9" * 5000 + "}"])
def test_what_is_no_json_object_is_told(text):
    with pytest.raises(UsageError, match="JSON"):
        json_object(text)
