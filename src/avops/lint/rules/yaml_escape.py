r"""An escape in double quotes that YAML does not know.

Write `\\` for a backslash, or use single quotes.

Wrong:

    file: "C:\sops\fix.md"

Right:

    file: 'C:\sops\fix.md'
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV010", name="yaml-escape", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
