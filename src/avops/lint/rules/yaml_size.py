"""The file is too large, or its aliases make it so.

1 MiB, and 50,000 values counted through aliases, are the most.

Wrong:

    (a file of 2 MiB)

Right:

    (two recipes, one calling the other)
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV019", name="yaml-size", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
