"""A row of the room list is not right.

Each row has a cell per column, a key of its own, and holds no secret in clear.

Wrong:

    room,name
    HQ-1

Right:

    room,name
    HQ-1,Boardroom
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV034", name="rooms-row", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
