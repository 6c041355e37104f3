"""A value that its key does not take.

Wrong:

    timeout: 90 seconds

Right:

    timeout: 90s
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV028", name="wrong-value", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
