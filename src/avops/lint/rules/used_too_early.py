"""A result is used before its step has been done.

Wrong:

    - check: state.status == 'Available'
    - {id: state, tool: zoom.get_room}

Right:

    - {id: state, tool: zoom.get_room}
    - check: state.status == 'Available'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for unknown in recipe.flow.unknown:
        later = unknown.later
        if later is None:
            continue
        own = later.doc.id
        if later is unknown.use.step:
            message = f"'{own}' is the result of this very step, which is not there yet"
            hint = "in a check, what its reading gives is called 'reading'"
        elif unknown.in_phase and later.phase.value != unknown.name.path[0]:
            message, hint = f"'{own}' is a step of {later.phase}, not of {unknown.name.path[0]}", f"write '{later.phase}.{own}'"
        else:
            message = f"'{own}' is used before its step '{later.title}', in {later.phase}, has been done"
            hint = "move one of the two steps"
        yield Finding(message, unknown.use.path, hint, offset=unknown.name.offset, length=len(str(unknown.name.path[0])))


RULE = Rule(number="AV202", name="used-too-early", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
