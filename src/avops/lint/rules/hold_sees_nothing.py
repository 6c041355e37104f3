"""A held check has nothing to read again.

`hold: true` reads again what the check looks at: its own `reading:`, or the read steps whose results it names. Without
either it would judge the old values once more.

Wrong:

    - check: inputs.confirmed
      hold: true

Right:

    - reading: {tool: zoom.get_room, with: {room_id: "{{ room.zoom_id }}"}}
      check: reading.status != 'InMeeting'
      hold: true
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import TEAM, Family, Finding, Rule
from avops.lint.scope import PHASES
from avops.model.effect import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    reads = {
        step.doc.id
        for step in recipe.main
        if step.kind == "tool" and step.doc.for_each is None and (step.effect is None or step.effect is Effect.READ)
    }
    for use in recipe.uses:
        step = use.step
        if step is None or use.purpose != "check" or not step.option("hold", False) or step.calls:
            continue
        roots = {str(name.path[1]) if len(name.path) > 1 and name.path[0] in PHASES else str(name.path[0]) for name in use.parsed.names}
        if not roots & reads:
            yield Finding(
                "this held check has nothing to read again",
                step.at("hold"),
                "add 'reading: {tool: …}', or name the result of a read step",
                at_key=True,
            )


RULE = Rule(
    number="AV309", name="hold-sees-nothing", family=Family.CONTRACT, levels=TEAM, page=__doc__, recipe=_check, in_drafts_warns=True
)
