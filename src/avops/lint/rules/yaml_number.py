"""A number is too large or too long.

Quote what is not for counting.

Wrong:

    id: 999…999

Right:

    id: '999…999'
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV022", name="yaml-number", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
