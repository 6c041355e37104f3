"""A bracket is not closed, or is one too many.

Wrong:

    tags: [display, audio

Right:

    tags: [display, audio]
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV009", name="yaml-brackets", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
