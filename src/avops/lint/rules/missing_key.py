"""A required key is missing.

Wrong:

    description: Bring a display back

Right:

    name: Display Fix
    description: Bring a display back
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV026", name="missing-key", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
