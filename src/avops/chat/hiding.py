"""Secrets in what a person typed: hidden before a line is kept or shown to a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.chat.grammar import words
from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

HIDDEN = "«redacted»"
_TELLING = re.compile(
    r"password|passwd|passphrase|secret|token|api[_-]?key|credential|(?:^|[_.-])(?:pin|pw|pwd|psk)(?:$|[_.-])", re.IGNORECASE
)
_MEMBER = re.compile(r'(["“”])([^"“”]{1,80})(["“”]\s*:\s*)(["“”](?:\\.|[^"\\“”])*["“”]|-?[0-9][^\s,}\]]*)')
_PAIR = re.compile(r"([^\W\d][\w.-]*)=(\S+)")


def without_secrets(message: str, names: Collection[str] = ()) -> str:
    """The message with the values hidden whose key is one of `names`, or reads like that of a secret (`password=`, `"token":`)."""
    known = {name.casefold() for name in names}

    def is_secret(key: str) -> bool:
        return key.casefold().removeprefix("input.") in known or bool(_TELLING.search(key))

    first, newline, rest = message.partition("\n")
    shown = _line(first, is_secret)
    text = shown + newline + _PAIR.sub(lambda found: f"{found[1]}={HIDDEN}" if is_secret(found[1]) else found[0], rest)
    return _MEMBER.sub(lambda found: f'{found[1]}{found[2]}{found[3]}"{HIDDEN}"' if is_secret(found[2]) else found[0], text)


def _line(line: str, is_secret: object) -> str:
    assert callable(is_secret)
    pieces: list[str] = []
    at = 0
    try:
        for word in words(line):
            if word.key is not None and is_secret(word.key):
                pieces += [line[at : word.start], f"{word.key}={HIDDEN}"]
                at = word.end
    except UsageError:
        # A quote that is never closed: all that follows the key may be its value.
        cut = next((found.end(1) for found in _PAIR.finditer(line, at) if is_secret(found[1])), None)
        if cut is not None:
            return "".join([*pieces, line[at:cut], f"={HIDDEN}"])
    return "".join([*pieces, line[at:]])
