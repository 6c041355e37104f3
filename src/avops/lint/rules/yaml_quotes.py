"""A value needs quotes, or its quotes do not match.

A value that begins with a sign such as `'`, `"`, `*`, `&`, `@` or `` ` `` means something else to YAML unless the
whole of it is quoted.

Wrong:

    - manual: "Projector" is off

Right:

    - manual: '"Projector" is off'
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV004", name="yaml-quotes", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
