"""A comment silences a rule that does not exist, or names none.

Wrong:

    - manual: Press restart  # avops: ignore

Right:

    - manual: Press restart  # avops: ignore[step-name] one word says it
"""

from __future__ import annotations

from avops.lint.rule import WARNS, Family, Rule

RULE = Rule(number="AV901", name="unknown-ignore", family=Family.STYLE, levels=WARNS, page=__doc__)
