"""A second document begins in the file.

Keep one document per file.

Wrong:

    name: Display Fix
    ---
    name: Audio Fix

Right:

    name: Display Fix
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV016", name="yaml-document", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
