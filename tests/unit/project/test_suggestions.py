"""Names that were probably meant."""

from __future__ import annotations

import pytest

from avops.project.suggestions import closest, did_you_mean

KEYS = ("ask", "tool", "do", "manual", "check", "confirm", "approve", "wait", "notify", "recipe", "set", "artifact")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("chekc", "check"),
        ("Check", "check"),
        ("chec", "check"),
        ("tol", "tool"),
        ("artefact", "artifact"),
        ("recepi", "recipe"),
        ("notfy", "notify"),
        ("dp", "do"),
        ("d", None),
        ("shell", None),
        ("run", None),
        ("", None),
        ("-", None),
        ("x" * 5000, None),
    ],
)
def test_closest_key(word: str, meant: str | None) -> None:
    assert closest(word, KEYS) == meant


def test_signs_between_words_do_not_count() -> None:
    assert closest("display fix", ["Display-Fix", "Display Mix"]) == "Display-Fix"


def test_the_first_in_the_alphabet_wins_among_equals() -> None:
    assert closest("cat", ["hat", "bat"]) == "bat"


def test_the_hint() -> None:
    assert did_you_mean("chekc", KEYS) == "did you mean 'check'?"
    assert did_you_mean("shell", KEYS) is None
