"""A value is lost because `#` begins a comment.

Wrong:

    channel: #av-support

Right:

    channel: '#av-support'
"""

from __future__ import annotations

from avops.lint.rule import ADVICE, Family, Rule

RULE = Rule(number="AV024", name="yaml-comment", family=Family.SYNTAX, levels=ADVICE, page=__doc__)
