"""A check in Verify looks at nothing that was read after Act.

What Intake read is how it was before, also when `set` passes it on. Give the check a `reading:`, or name a step of Verify.

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

    from avops.lint.recipe_view import RecipeView, Use


def _check(recipe: RecipeView) -> Iterator[Finding]:
    fresh = _fresh(recipe)
    for use in recipe.uses:
        step = use.step
        if step is None or use.purpose != "check" or step.phase is not Phase.VERIFY or any(call.use == "reading" for call in step.calls):
            continue
        if not _roots(use) & fresh:
            message = "this check looks at nothing that was read after Act, so it proves nothing"
            yield Finding(message, use.path, "add 'reading: {tool: …}', or name the result of a step of Verify")


def _fresh(recipe: RecipeView) -> set[str]:
    """The results of Verify that tell of now; what `set` makes of old values is old."""
    sets = {step.order: step.doc.id for step in recipe.in_phase(Phase.VERIFY) if step.kind == "set" and step.doc.id is not None}
    found = {step.doc.id for step in recipe.in_phase(Phase.VERIFY) if step.doc.id is not None and step.kind != "set"}
    for use in recipe.uses:
        own = sets.get(use.step.order) if use.step is not None and use.purpose in ("set", "for_each") else None
        if own is not None and _roots(use) & found:
            found.add(own)
    return found


def _roots(use: Use) -> set[str]:
    return {str(name.path[1]) if name.path[0] == "verify" and len(name.path) > 1 else str(name.path[0]) for name in use.parsed.names}


RULE = Rule(number="AV303", name="stale-check", family=Family.CONTRACT, levels=ALWAYS, page=__doc__, recipe=_check, in_drafts_warns=True)
