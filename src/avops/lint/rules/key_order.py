"""The top-level keys of a document stand in another order than everywhere else.

Names first, then what it needs, then the phases in the order in which they are done: readers find things where they
expect them.

Wrong:

    verify:
      - confirm: The display shows a picture
    name: Display Fix

Right:

    name: Display Fix
    verify:
      - confirm: The display shows a picture
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.key_order import rank_of
from avops.lint.rule import STRICT, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TextView


def _check(text: TextView) -> Iterator[Finding]:
    if not text.valid or not isinstance(text.data, dict):
        return
    highest, before = -1, ""
    for key in text.data:
        own = rank_of(text.kind, key)
        if own < highest:
            hint = "`avops lint --fix` puts the keys in order"
            yield Finding(f"'{key}' stands before '{before}' elsewhere", (key,), hint, at_key=True)
            return
        if own > highest:
            highest, before = own, key


RULE = Rule(number="AV912", name="key-order", family=Family.STYLE, levels=STRICT, page=__doc__, text=_check, fixable=True)
