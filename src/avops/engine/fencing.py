"""What a model is shown as data: JSON that cannot leave its place, whatever stands in it.

A room's name, a web page or a device's answer may be written by anybody, and may speak to the model. Such text is given as
JSON in which every character is escaped that could end the fence, be taken for a marker of the model's own, turn the
direction of the text round, or hide in it. The escapes are those of JSON: nothing is lost for whoever reads the value.

The fence keeps data apart for the model. It is not what the agent's limits rest on: those are held in code.
"""

from __future__ import annotations

import json
import re

MAX_DATA = 16_000
"""Characters of one value that a model is shown."""

_UNSAFE = re.compile(
    "[<>\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U0001d173-\U0001d17a\U000e0000-\U000effff\U000f0000-\U0010ffff]"
)
"""Angle brackets, and what is not seen: controls, turns of direction, joiners without width, variations, tags, private characters."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f]")


def as_data(value: object, limit: int = MAX_DATA) -> str:
    """The value as one line of JSON that holds no angle bracket and no unseen character; a large one is cut, and says so."""
    text = _dumped(value)
    return _UNSAFE.sub(_escaped, text if len(text) <= limit else _dumped(_cut(text, limit)))


def shortened(value: object, limit: int = MAX_DATA) -> object:
    """The value, or its beginning with a note where it is too large to show."""
    text = _dumped(value)
    return value if len(text) <= limit else _cut(text, limit)


def _cut(text: str, limit: int) -> dict[str, str]:
    return {"cut": f"{len(text)} characters are too many to show: this is the beginning", "begins": text[: limit * 3 // 4]}


def _dumped(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError, TypeError):
        return json.dumps({"cut": f"a {type(value).__name__} that cannot be shown: it is too deep, or no plain data"})


def as_text(text: str, limit: int = MAX_DATA) -> str:
    """Words of a document (a description, an instruction) without unseen characters, cut at a limit."""
    shown = _CONTROLS.sub(_escaped, _UNSAFE.sub(lambda found: found[0] if found[0] in "<>" else _escaped(found), text))
    return shown if len(shown) <= limit else shown[:limit] + " … (cut)"


def fenced(data: str, marker: str) -> str:
    """What `as_data` gave, between two lines that nobody who wrote it can guess; should it hold the marker, that is taken out."""
    return f"<data-{marker}>\n{data.replace(marker, '') if marker else data}\n</data-{marker}>"


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
