"""A call leaves out an argument that its action requires.

Wrong:

    - tool: zoom.get_room

Right:

    - tool: zoom.get_room
      with: {room_id: "{{ room.zoom_id }}"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.arguments import required
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for call in recipe.calls:
        if call.action is None:
            continue
        for name in required(call.action):
            if name not in call.arguments:
                message = f"'{call.reference}' needs the argument '{name}'"
                yield Finding(message, call.path, f"add '{name}: …' under 'with:'", at_key=call.step.kind == "notify")


RULE = Rule(number="AV212", name="missing-argument", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
