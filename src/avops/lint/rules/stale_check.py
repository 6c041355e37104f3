"""A check in Verify looks at nothing that was read after Act.

What Intake read is how it was before. Give the check a `reading:`, or name a step of Verify.

Wrong:

    intake:
      - {id: state, tool: zoom.get_room}
    verify:
      - check: state.status == 'Available'

Right:

    verify:
      - reading: {tool: zoom.get_room}
        check: reading.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.effect import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    fresh = {step.doc.id for step in recipe.in_phase(Phase.VERIFY) if step.doc.id is not None}
    for use in recipe.uses:
        step = use.step
        if step is None or use.purpose != "check" or step.phase is not Phase.VERIFY or any(call.use == "reading" for call in step.calls):
            continue
        roots = {str(name.path[1]) if name.path[0] == "verify" and len(name.path) > 1 else str(name.path[0]) for name in use.parsed.names}
        if not roots & fresh:
            message = "this check looks at nothing that was read after Act, so it proves nothing"
            yield Finding(message, use.path, "add 'reading: {tool: …}', or name the result of a step of Verify")


RULE = Rule(number="AV303", name="stale-check", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True)
