"""A file of the project cannot be read.

Wrong:

    (a file without read permission)

Right:

    (the same file, readable for the account that runs avops)
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV042", name="unreadable", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
