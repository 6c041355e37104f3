"""A step has no step key, or several.

A step does one thing. The step keys are `ask`, `tool`, `do`, `manual`, `check`, `confirm`, `approve`, `wait`,
`notify`, `recipe`, `set` and `artifact`.

Wrong:

    - name: Restart the room

Right:

    - name: Restart the room
      tool: zoom.restart_room
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV029", name="step-key", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
