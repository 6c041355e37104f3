"""A column of the room list has no good name.

Columns are `room.COLUMN` in recipes: lower-case letters, digits and `_`; one of them is `room`.

Wrong:

    Room,Display Host

Right:

    room,display_host
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV033", name="rooms-header", family=Family.SYNTAX, levels=ALWAYS, page=__doc__)
