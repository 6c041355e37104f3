"""A value that begins with `{{` needs quotes.

YAML reads `{` as the beginning of a mapping.

Wrong:

    with: {room_id: {{ room.zoom_id }}}

Right:

    with: {room_id: "{{ room.zoom_id }}"}
"""

from __future__ import annotations

from avops.lint.rule import ALWAYS, Family, Rule

RULE = Rule(number="AV005", name="yaml-template", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, fixable=True)
