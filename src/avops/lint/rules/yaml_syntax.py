"""The YAML cannot be read here.

Something that no other message describes stops the reader. What stands before the marked place is often the cause.

Wrong:

    tags: &a &b [display]

Right:

    tags: [display]
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV001", name="yaml-syntax", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
