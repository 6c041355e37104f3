r"""A character that no YAML file may hold.

Control characters have no place in a text file; write them escaped inside double quotes.

Wrong:

    (a line with a form feed in it)

Right:

    text: "\f"
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV021", name="yaml-character", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
