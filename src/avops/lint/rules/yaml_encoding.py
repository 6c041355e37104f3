"""The file is not UTF-8.

Save it as UTF-8 in the editor.

Wrong:

    (a file saved as UTF-16)

Right:

    (the same file saved as UTF-8)
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV020", name="yaml-encoding", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
