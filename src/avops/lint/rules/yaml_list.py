"""A list begins on the line of its key.

Begin the list on the next line, or write it in brackets.

Wrong:

    act: - manual: Restart

Right:

    act:
      - manual: Restart
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV008", name="yaml-list", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
