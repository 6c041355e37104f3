"""A value of the wrong type.

Wrong:

    tags: display

Right:

    tags: [display]
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV027", name="wrong-type", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, fixable=True)
