"""The indentation of a line fits no line above it.

Entries of one list, and keys of one mapping, begin in the same column.

Wrong:

    act:
      - name: Restart
         manual: Press restart

Right:

    act:
      - name: Restart
        manual: Press restart
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV002", name="yaml-indentation", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
