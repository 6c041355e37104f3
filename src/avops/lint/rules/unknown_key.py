"""A key that its place does not know.

A key that nobody reads is a mistake that nobody sees: a misspelt `approval` would approve nothing.

Wrong:

    - tool: zoom.restart_room
      aproval: Support_L2

Right:

    - tool: zoom.restart_room
      approval: Support_L2
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV025", name="unknown-key", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
