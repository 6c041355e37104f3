"""Merge keys (`<<`) are not read.

What a step does must be readable in the step.

Wrong:

    - <<: *restart
      name: Again

Right:

    - name: Again
      manual: Restart
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV013", name="yaml-merge", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
