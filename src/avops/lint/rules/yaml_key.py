"""A key is missing, or is no text.

Wrong:

    - ? [manual]
      : Restart

Right:

    - manual: Restart
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV011", name="yaml-key", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
