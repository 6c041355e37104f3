"""A tag (`!…`) is not read.

Tags can make values of other kinds; a document has none.

Wrong:

    description: !important Restart first

Right:

    description: '!important Restart first'
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV015", name="yaml-tag", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
