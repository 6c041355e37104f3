"""A number with a leading zero is kept as text.

Say which is meant: quotes for text, no zero for a number.

Wrong:

    extension: 0123

Right:

    extension: '0123'
"""

from __future__ import annotations

from avops.lint.rule import ADVICE, Family, Rule

RULE = Rule(number="AV023", name="yaml-leading-zero", family=Family.SYNTAX, levels=ADVICE, page=__doc__, fixable=True)
