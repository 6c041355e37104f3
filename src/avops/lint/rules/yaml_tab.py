"""A tab is used for indentation.

YAML does not allow tabs there. Set the editor to two spaces.

Wrong:

    act:
    →   - manual: Press restart

Right:

    act:
      - manual: Press restart
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV003", name="yaml-tab", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
