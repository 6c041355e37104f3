"""A step that calls something has no name.

The name is what people read while it runs, in the report, and on the card.

Wrong:

    - tool: zoom.restart_room

Right:

    - name: Restart the Zoom Room
      tool: zoom.restart_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import STRICT, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.main:
        if step.doc.name is None and step.kind in ("tool", "check", "recipe"):
            yield Finding(f"this '{step.kind}' step has no name", step.at(step.kind), "add 'name: …'", at_key=True)


RULE = Rule(number="AV907", name="unnamed-step", family=Family.STYLE, levels=STRICT, page=__doc__, recipe=_check)
