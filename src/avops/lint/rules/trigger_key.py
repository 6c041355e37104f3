"""A trigger has no trigger key, or several.

Wrong:

    trigger: {cron: '0 6 * * *', interval_minutes: 5}

Right:

    trigger: {cron: '0 6 * * *'}
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV031", name="trigger-key", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
