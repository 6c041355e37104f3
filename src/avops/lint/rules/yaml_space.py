"""A space is missing after `:` or `-`.

`name:Restart` is one word to YAML.

Wrong:

    - name:Restart

Right:

    - name: Restart
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV007", name="yaml-space", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
