"""A directive (a line that begins with `%`) is not read.

Wrong:

    %DISPLAY
    name: Display Fix

Right:

    name: Display Fix
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV017", name="yaml-directive", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
