"""The data files of the converter: verb classes, closed word classes, kinds of headings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from avops.sop.lazily import lazily

_FOLDER = Path(__file__).parent / "data"


@cache
def read_data(name: str) -> tuple[tuple[str, str], ...]:
    """(key, words) of each line `key: words` in a data file, in order."""
    rows = []
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            key, _, words = line.partition(":")
            rows.append((key.strip(), words.strip()))
    return tuple(rows)


@cache
def words(kind: str) -> frozenset[str]:
    """The closed class `kind`."""
    return frozenset(word for key, line in read_data("words.txt") if key == kind for word in line.split())


@cache
def _verbs() -> dict[str, str]:
    """The class of each verb."""
    found: dict[str, str] = {}
    for key, line in read_data("verbs.txt"):
        if key != "noun":
            for word in line.split():
                found.setdefault(word, key)
    return found


@cache
def noun_verbs() -> frozenset[str]:
    """Verbs that are as often nouns."""
    return frozenset(word for key, line in read_data("verbs.txt") if key == "noun" for word in line.split())


def verb_class(word: str) -> str:
    """The class of a verb in its base form, "" for no verb."""
    return _verbs().get(word, "")


@cache
def base_form(word: str) -> str:
    """The base form of an inflected verb that the lexicon knows, else ""."""
    if verb_class(word):
        return word
    for pattern, ends in _ENDINGS:
        if pattern.search(word):
            for cut, add in ends:
                stem = word[:-cut] + add
                if len(stem) > 1 and verb_class(stem):
                    return stem
                if len(stem) > 3 and stem[-1] == stem[-2] and verb_class(stem[:-1]):
                    return stem[:-1]
    return _IRREGULAR.get(word, "")


_ENDINGS = (
    (lazily(r"ies$"), ((3, "y"),)),
    (lazily(r"ied$"), ((3, "y"),)),
    (lazily(r"es$"), ((2, ""), (1, ""))),
    (lazily(r"s$"), ((1, ""),)),
    (lazily(r"ed$"), ((2, ""), (1, ""))),
    (lazily(r"ing$"), ((3, ""), (3, "e"))),
)
_IRREGULAR = {
    "sent": "send", "set": "set", "put": "put", "taken": "take", "written": "write", "shown": "show", "done": "do", "run": "run",
    "held": "hold",
    "made": "make", "left": "leave", "kept": "keep", "brought": "bring", "built": "build", "shut": "shut", "given": "give", "drawn": "draw",
    "does": "do", "goes": "go",
}  # fmt: skip
