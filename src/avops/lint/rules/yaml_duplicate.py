"""A key is given twice.

YAML keeps one of them without a word; which one depends on the reader.

Wrong:

    name: Display Fix
    name: Display Repair

Right:

    name: Display Fix
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV012", name="yaml-duplicate", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
