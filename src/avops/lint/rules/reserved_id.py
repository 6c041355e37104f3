"""A step's id is a word that the scope needs.

`inputs`, `room`, `item`, `agent`, `run`, `reading` and the names of the phases mean something already.

Wrong:

    - id: room
      tool: zoom.get_room

Right:

    - id: state
      tool: zoom.get_room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.step import SCOPE_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    for step in recipe.steps:
        if step.doc.id in SCOPE_WORDS:
            yield Finding(f"'{step.doc.id}' cannot be the id of a step: it is the name of something else", step.at("id"))


RULE = Rule(number="AV039", name="reserved-id", family=Family.SYNTAX, levels=ALWAYS, page=__doc__, recipe=_check)
