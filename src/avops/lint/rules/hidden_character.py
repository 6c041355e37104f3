"""A text holds characters that nobody sees.

Marks that change the direction of text, and characters without width, make a line read differently from what it does.

Wrong:

    (a name with a right-to-left mark in it)

Right:

    name: Display Fix
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.project.yaml_source import span_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TextView

_HIDDEN = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u206a-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)
_JOINERS = "\u200c\u200d"


def _check(text: TextView) -> Iterator[Finding]:
    if text.text.isascii():
        return
    for found in _HIDDEN.finditer(text.text):
        sign = found.group()
        # Joiners belong to some scripts and to emoji: there the neighbours are beyond ASCII.
        if sign in _JOINERS and found.start() and ord(text.text[found.start() - 1]) > 0x2FF:
            continue
        name = unicodedata.name(sign, "a hidden character").lower()
        message = f"U+{ord(sign):04X} ({name}) cannot be seen"
        yield Finding(message, hint="delete it, and look at what the line says without it", span=span_at(text.text, found.start()))


RULE = Rule(number="AV605", name="hidden-character", family=Family.SECURITY, levels=ALWAYS, page=__doc__, text=_check)
