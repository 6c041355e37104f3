"""An alias names nothing, or stands inside what it names.

Wrong:

    - manual: *hint

Right:

    - manual: '*hint'
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV014", name="yaml-alias", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
