"""A comment silences a rule that finds nothing there.

It may have been right once. Left standing, it would hide the next mistake.

Wrong:

    - manual: Press restart  # avops: ignore[unknown-tool] comes with the next release

Right:

    - manual: Press restart
"""

from __future__ import annotations

from avops.lint.rule import ADVICE, Family, Rule

RULE = Rule(number="AV902", name="unused-ignore", family=Family.STYLE, levels=ADVICE, page=__doc__)
