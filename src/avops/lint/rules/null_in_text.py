"""A text is made with a value that is always null.

Wrong, when the step `pause` is a `wait: 10s`:

    text: "waited {{ pause }}"

Right:

    text: "waited 10 seconds"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.flow import told
from avops.lint.rule import ALWAYS, Family, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.recipe_view import RecipeView
    from avops.lint.rule import Finding


def _check(recipe: RecipeView) -> Iterator[Finding]:
    return told(
        recipe,
        "null-in-text",
    )


RULE = Rule(number="AV210", name="null-in-text", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
