"""Verify has no check.

A run succeeds only when a check or a confirmation has passed on what Verify read. Without one every run ends as
`unverified`.

Wrong:

    verify:
      - notify: {slack: "#av-support", text: The room is back}

Right:

    verify:
      - name: The room is online
        reading: {tool: zoom.get_room, with: {room_id: "{{ room.zoom_id }}"}}
        check: reading.status != 'Offline'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.effect import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    if not recipe.main or any(step.kind in ("check", "confirm") for step in recipe.in_phase(Phase.VERIFY)):
        return
    if any(step.kind == "recipe" for step in recipe.in_phase(Phase.VERIFY)):
        return
    path, at_key = (("verify",), True) if recipe.in_phase(Phase.VERIFY) else (("name",), False)
    yield Finding(
        "Verify has no 'check' and no 'confirm', so every run ends as unverified", path, "add a check with a 'reading:'", at_key=at_key
    )


RULE = Rule(
    number="AV302", name="no-verification", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True
)
