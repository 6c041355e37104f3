"""The document is nested too deeply.

Forty levels are the most.

Wrong:

    a: [[[[…]]]]

Right:

    a: []
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV018", name="yaml-depth", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
