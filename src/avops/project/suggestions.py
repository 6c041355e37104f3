"""The name that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 80


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` is most likely a slip for, or None when none is near.

    Case and the signs between words do not count; two letters that changed places are one slip. Among equals the
    first in alphabetical order wins. About one slip in three letters is forgiven.
    """
    plain = _plain(word)
    if not plain or len(word) > _LONGEST:
        return None
    best: tuple[int, str] | None = None
    for candidate in sorted(set(candidates)):
        other = _plain(candidate)
        limit = max(len(plain), len(other)) // 3 if len(plain) > 2 else 1
        if best is not None:
            limit = min(limit, best[0] - 1)
        if limit < 0 or abs(len(plain) - len(other)) > limit:
            continue
        distance = _distance(plain, other)
        if distance <= limit and distance < len(plain):
            best = (distance, candidate)
    return best[1] if best else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The hint `did you mean 'x'?`, or None."""
    found = closest(word, candidates)
    return f"did you mean '{found}'?" if found else None


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character not in " _-.")


def _distance(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
