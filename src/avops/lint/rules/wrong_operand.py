"""An operator or filter gets a value of a kind that it does not take.

Text never turns into a number by itself.

Wrong, when `level` is text:

    - check: audio.level > -20

Right:

    - check: audio.level | number > -20
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
    return told(recipe, "wrong-kind", "not-comparable")


RULE = Rule(number="AV208", name="wrong-operand", family=Family.FLOW, levels=ALWAYS, page=__doc__, recipe=_check)
