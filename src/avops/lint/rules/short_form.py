"""A short form, which is not run.

People and converters write short forms, such as a bare text for a step. `avops lint --fix` rewrites them, so that a
reviewer sees what will happen.

Wrong:

    act:
      - Press the power button

Right:

    act:
      - manual: Press the power button
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV030", name="short-form", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, fixable=True)
