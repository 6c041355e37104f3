"""The room list cannot be read as CSV.

Wrong:

    room,name
    HQ-1,"Boardroom

Right:

    room,name
    HQ-1,"Boardroom"
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV032", name="rooms-csv", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
