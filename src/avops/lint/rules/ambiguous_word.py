"""A word that some readers take for true or false is not quoted.

avops reads `on`, `off`, `yes` and `no` as text; other programs, and many people, read them as true and false.

Wrong:

    with: {power: on}

Right:

    with: {power: "on"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ADVICE, Family, Finding, Rule
from avops.lint.words import ambiguous_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TextView


def _check(text: TextView) -> Iterator[Finding]:
    if text.data is not None:
        for word, span in ambiguous_words(text.text):
            yield Finding(f"'{word}' is text here, and true or false elsewhere", hint=f'write "{word}"', span=span)


RULE = Rule(number="AV910", name="ambiguous-word", family=Family.STYLE, levels=ADVICE, page=__doc__, text=_check, fixable=True)
