"""A colon stands inside a value, or a line has none.

Quote a value that holds `: `.

Wrong:

    - manual: Note: the lamp is hot

Right:

    - manual: 'Note: the lamp is hot'
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV006", name="yaml-colon", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
