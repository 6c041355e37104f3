"""A window cannot be read.

Write days and times: `Mon-Fri 06:00-22:00`, several with `;` between.

Wrong:

    window: weekdays 6-22

Right:

    window: "Mon-Fri 06:00-22:00"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.lint.rule import ALWAYS, Family, Finding, Rule
from avops.model.window import parse_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView


def _check(recipe: RecipeView) -> Iterator[Finding]:
    window = recipe.doc.guardrails.window
    if window is not None:
        try:
            parse_window(window)
        except AvopsError as error:
            yield Finding(error.message, ("guardrails", "window"), error.hint)


RULE = Rule(number="AV405", name="bad-window", family=Family.GUARDRAILS, levels=ALWAYS, page=__doc__, recipe=_check)
