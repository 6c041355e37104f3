"""A comment silences a rule without saying why.

The next reader needs to know whether the reason still holds.

Wrong:

    - tool: zoom.restart_room  # avops: ignore[destructive-without-hold]

Right:

    - tool: zoom.restart_room  # avops: ignore[destructive-without-hold] the room is closed on Sundays
"""

from __future__ import annotations

from avops.lint.rule import HINT, Family, Rule

RULE = Rule(number="AV903", name="ignore-reason", family=Family.STYLE, levels=HINT, page=__doc__)
